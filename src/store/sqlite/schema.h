// What is in the database file. The page about it: docs/store_schema.md.
#pragma once

#include <cstdint>

#include "store/sqlite/database.h"

namespace tallygate::store {

inline constexpr std::int64_t kApplicationId = 0x54474131;  // "TGA1": the file is ours
inline constexpr int kSchemaVersion = 2;

// An event's row number: the run in the upper bits, the number within it in the lower forty.
inline constexpr int kNumberBits = 40;
inline constexpr std::int64_t row_id(std::int64_t run, std::uint64_t n) {
    return run << kNumberBits | static_cast<std::int64_t>(n);
}

// Makes the tables in an empty file, or brings an older version forward, in one transaction. Fails
// with invalid_argument, changing nothing, where the file is somebody else's or of a newer version.
Result<void> prepare_schema(Database& database);
// The same questions without changing anything: is it ours, of this version?
Result<void> check_schema(Database& database);

// One step of the way from version 0; tests put others in its place.
struct Migration {
    int from = 0;
    const char* sql = "";
};
Result<void> migrate(Database& database, const Migration* steps, std::size_t count, int target);

}  // namespace tallygate::store
