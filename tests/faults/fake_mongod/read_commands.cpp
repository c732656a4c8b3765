// find, count, aggregate, getMore and killCursors.
#include <algorithm>
#include <limits>
#include <string>

#include <fmt/format.h>

#include "commands.h"
#include "pipeline.h"
#include "projection.h"

namespace tallygate::fake_mongod {
namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

struct Range {
    std::size_t skip = 0;
    std::size_t most = kAll;  // with those that are skipped
};

// `skip` and `limit`; a limit of 0 is none.
Outcome<Range> range_of(const CommandCall& call) {
    const auto skip = call.number("skip");
    if (!skip) return std::unexpected(skip.error());
    const auto limit = call.number("limit");
    if (!limit) return std::unexpected(limit.error());
    Range range{static_cast<std::size_t>(skip->value_or(0)), kAll};
    if (limit->value_or(0) > 0) range.most = range.skip + static_cast<std::size_t>(**limit);
    return range;
}

// The documents that match, in order, as the collection holds them.
Outcome<std::vector<Document>> select(const CommandCall& call, std::string_view filter_name) {
    const auto range = range_of(call);
    if (!range) return std::unexpected(range.error());
    const auto filter = Filter::parse(call.fields(filter_name));
    if (!filter) return std::unexpected(filter.error());
    const auto order = SortOrder::parse(call.fields("sort"));
    if (!order) return std::unexpected(order.error());
    std::vector<Document> documents;
    const Collection* collection = call.data.find(call.request.name_space());
    if (!collection) return documents;
    const auto found = collection->find(*filter, *order, range->most);
    if (!found) return std::unexpected(found.error());
    for (std::size_t i = range->skip; i < found->size(); ++i)
        documents.push_back(collection->at((*found)[i]));
    return documents;
}

Outcome<void> find(CommandCall& call) {
    const auto projection = Projection::parse(call.fields("projection"));
    if (!projection) return std::unexpected(projection.error());
    const auto batch_size = call.number("batchSize");
    if (!batch_size) return std::unexpected(batch_size.error());
    auto documents = select(call, "filter");
    if (!documents) return std::unexpected(documents.error());
    for (Document& document : *documents)
        document = projection->apply(document);
    const auto single = call.argument("singleBatch");
    call.data.cursors.answer(call.reply, call.request.name_space(), std::move(*documents),
                             *batch_size, single && single->truth());
    return {};
}

Outcome<void> count(CommandCall& call) {
    const auto documents = select(call, "query");
    if (!documents) return std::unexpected(documents.error());
    call.reply.add("n", static_cast<std::int32_t>(documents->size()));
    return {};
}

Outcome<void> aggregate(CommandCall& call) {
    const auto stages = call.argument("pipeline");
    if (!stages || stages->type != BsonType::array)
        return bad_value("pipeline of aggregate is no array");
    const auto cursor = call.argument("cursor");
    if (!cursor || cursor->type != BsonType::object)
        return bad_value("aggregate needs a cursor document");
    if (auto known = check_fields("a cursor", cursor->fields(), {"batchSize"}); !known)
        return known;
    const auto size = cursor->fields().find("batchSize");
    const auto batch_size = size ? size->integer() : std::nullopt;
    if (size && (!batch_size || *batch_size < 0))
        return bad_value("batchSize of a cursor is no whole number of 0 or more");
    auto documents = run_pipeline(call.data.find(call.request.name_space()), stages->fields());
    if (!documents) return std::unexpected(documents.error());
    call.data.cursors.answer(call.reply, call.request.name_space(), std::move(*documents),
                             batch_size);
    return {};
}

Outcome<void> get_more(CommandCall& call) {
    const auto batch_size = call.number("batchSize");
    if (!batch_size) return std::unexpected(batch_size.error());
    return call.data.cursors.answer_more(call.reply, call.request.argument().integer().value_or(0),
                                         *batch_size);
}

Outcome<void> kill_cursors(CommandCall& call) {
    std::vector<BsonValue> killed;
    std::vector<BsonValue> unknown;
    for (const BsonField& element : call.fields("cursors")) {
        const bool was_there = call.data.cursors.kill(element.value.integer().value_or(0));
        (was_there ? killed : unknown).push_back(element.value);
    }
    const auto write = [&](std::string_view name, const std::vector<BsonValue>& ids) {
        call.reply.begin_array(name);
        for (std::size_t i = 0; i < ids.size(); ++i)
            call.reply.add(std::to_string(i), ids[i]);
        call.reply.end();
    };
    write("cursorsKilled", killed);
    write("cursorsNotFound", unknown);
    write("cursorsAlive", {});
    write("cursorsUnknown", {});
    return {};
}

}  // namespace

std::vector<Command> read_commands() {
    using enum Command::Kind;
    return {{"find",
             read,
             true,
             find,
             {"filter", "sort", "projection", "skip", "limit", "batchSize", "singleBatch", "hint",
              "noCursorTimeout", "allowDiskUse", "allowPartialResults"}},
            {"count", read, true, count, {"query", "skip", "limit", "hint"}},
            {"aggregate", read, true, aggregate, {"pipeline", "cursor", "allowDiskUse", "hint"}},
            {"getMore", other, false, get_more, {"collection", "batchSize"}},
            {"killCursors", other, true, kill_cursors, {"cursors"}}};
}

}  // namespace tallygate::fake_mongod
