// The collections of the store, their indexes, and the mark that a database is ours.
#pragma once

#include <optional>

#include "store/mongo/mongo_database.h"

namespace tallygate::store {

inline constexpr const char* kUsageLogs = "usage_logs";
inline constexpr const char* kDailyStats = "daily_stats";
inline constexpr const char* kWriters = "tallygate_writers";
inline constexpr const char* kMeta = "tallygate_meta";

inline constexpr std::int64_t kMongoSchemaVersion = 1;

// Fails with invalid_argument where a newer program keeps the database; nothing where none of ours
// does yet.
Result<std::optional<std::int64_t>> read_schema_version(MongoDatabase& database);

// Makes what is missing, and changes nothing that is there.
Result<void> make_collections(MongoDatabase& database);

}  // namespace tallygate::store
