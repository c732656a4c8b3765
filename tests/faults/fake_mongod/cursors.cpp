#include "cursors.h"

#include <limits>
#include <utility>

#include <fmt/format.h>

#include "wire_message.h"

namespace tallygate::fake_mongod {

void Cursors::write_batch(BsonWriter& reply, std::string_view name, Cursor& cursor,
                          std::int64_t most) {
    reply.begin_array(name);
    std::size_t bytes = 0;
    for (std::int64_t i = 0; i < most && cursor.next < cursor.documents.size(); ++i) {
        const Document& document = cursor.documents[cursor.next];
        bytes += document->size();
        if (i > 0 && bytes > kMaxDocument) break;
        reply.add(std::to_string(i), view_of(document));
        ++cursor.next;
    }
    reply.end();
}

void Cursors::answer(BsonWriter& reply, std::string_view name_space,
                     std::vector<Document> documents, std::optional<std::int64_t> batch_size,
                     bool single_batch) {
    constexpr std::int64_t kFirstBatch = 101;
    Cursor cursor{std::string(name_space), std::move(documents), 0};
    reply.begin_object("cursor");
    write_batch(reply, "firstBatch", cursor, batch_size.value_or(kFirstBatch));
    std::int64_t id = 0;
    if (!single_batch && cursor.next < cursor.documents.size()) {
        id = ++last_id_;
        cursors_.emplace(id, std::move(cursor));
    }
    reply.add("id", id).add("ns", name_space).end();
}

Outcome<void> Cursors::answer_more(BsonWriter& reply, std::int64_t id,
                                   std::optional<std::int64_t> batch_size) {
    const auto found = cursors_.find(id);
    if (found == cursors_.end())
        return fail_with(code::kCursorNotFound, fmt::format("there is no cursor {}", id));
    Cursor& cursor = found->second;
    const std::int64_t asked = batch_size.value_or(0);
    reply.begin_object("cursor");
    write_batch(reply, "nextBatch", cursor,
                asked > 0 ? asked : std::numeric_limits<std::int64_t>::max());
    const bool at_end = cursor.next >= cursor.documents.size();
    reply.add("id", at_end ? std::int64_t{0} : id).add("ns", cursor.name_space).end();
    if (at_end) cursors_.erase(found);
    return {};
}

}  // namespace tallygate::fake_mongod
