#include "store/sqlite/runs.h"

#include <cstring>

namespace tallygate::store {
namespace {

Uuid uuid_of(std::string_view bytes) {
    Uuid id;
    if (bytes.size() == id.bytes.size())
        std::memcpy(id.bytes.data(), bytes.data(), id.bytes.size());
    return id;
}

}  // namespace

Result<std::vector<Run>> read_runs(Database& database) {
    auto statement = database.prepare(
        "SELECT run, writer, incarnation, applied FROM runs ORDER BY writer, incarnation");
    if (!statement) return std::unexpected(statement.error());
    std::vector<Run> runs;
    for (;;) {
        const auto row = statement->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return runs;
        runs.push_back({statement->integer(0), uuid_of(statement->text(1)),
                        uuid_of(statement->text(2)),
                        static_cast<std::uint64_t>(statement->integer(3))});
    }
}

}  // namespace tallygate::store
