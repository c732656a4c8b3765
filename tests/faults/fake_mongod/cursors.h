// The rest of answers that did not fit into one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "failure.h"

namespace tallygate::fake_mongod {

// A cursor holds the documents as they were when it was opened, until it is read to its end or
// killed. One thread at a time.
class Cursors {
public:
    // Writes `cursor: {firstBatch, id, ns}`, and keeps what is left unless `single_batch`. A batch
    // holds up to 16 MiB; the first one up to 101 documents where no size is asked for.
    void answer(BsonWriter& reply, std::string_view name_space, std::vector<Document> documents,
                std::optional<std::int64_t> batch_size, bool single_batch = false);
    // Writes `cursor: {nextBatch, id, ns}`; CursorNotFound where there is none with this number.
    Outcome<void> answer_more(BsonWriter& reply, std::int64_t id,
                              std::optional<std::int64_t> batch_size);
    bool kill(std::int64_t id) { return cursors_.erase(id) > 0; }
    void clear() { cursors_.clear(); }
    std::size_t count() const { return cursors_.size(); }

private:
    struct Cursor {
        std::string name_space;
        std::vector<Document> documents;
        std::size_t next = 0;
    };
    static void write_batch(BsonWriter& reply, std::string_view name, Cursor& cursor,
                            std::int64_t most);

    std::int64_t last_id_ = 1'000;
    std::map<std::int64_t, Cursor> cursors_;
};

}  // namespace tallygate::fake_mongod
