#include "store/mongo/collections.h"

#include <array>
#include <initializer_list>

#include <fmt/format.h>

#include "store/mongo/bson_reader.h"
#include "store/mongo/mongo_bulk.h"

namespace tallygate::store {
namespace {

constexpr const char* kSchema = "schema";

struct Key {
    const char* field = nullptr;
    std::int32_t order = 1;
};
struct Index {
    const char* collection = nullptr;
    std::array<Key, 3> keys{};
};

constexpr std::array kIndexes = {
    Index{kUsageLogs, {{{"user_id", 1}, {"timestamp", -1}}}},
    Index{kUsageLogs, {{{"timestamp", -1}}}},
    Index{kUsageLogs, {{{"endpoint", 1}, {"timestamp", -1}}}},
    Index{kDailyStats, {{{"date", -1}, {"user_id", 1}}}},
    Index{kDailyStats, {{{"scope", 1}, {"user_id", 1}, {"date", 1}}}},  // for one user's days
    Index{kWriters, {{{"writer", 1}, {"incarnation", 1}}}},
};

Bson keys_of(const Index& index) {
    Bson keys;
    for (const Key& key : index.keys) {
        if (key.field) bson_append_int32(keys.get(), key.field, -1, key.order);
    }
    return keys;
}

Timestamp now() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace

Result<std::optional<std::int64_t>> read_schema_version(MongoDatabase& database) {
    const Bson filter([](BsonWriter& writer) { writer.text("_id", kSchema); });
    std::optional<std::int64_t> version;
    auto read = database.find(kMeta, filter, {.from_primary = true}, [&](const bson_t& document) {
        BsonReader reader(document);
        version = reader.whole("version");
        return true;
    });
    if (!read) return std::unexpected(read.error());
    if (version.value_or(0) > kMongoSchemaVersion) {
        return failure(Errc::invalid_argument, "",
                       fmt::format("the database was made by a newer version of Tallygate (its "
                                   "documents have version {}, this one knows {}); start that "
                                   "version, or name another database",
                                   *version, kMongoSchemaVersion));
    }
    return version;
}

Result<void> make_collections(MongoDatabase& database) {
    for (const Index& index : kIndexes) {
        if (auto made = database.make_index(index.collection, keys_of(index)); !made) return made;
    }
    const auto version = read_schema_version(database);
    if (!version) return std::unexpected(version.error());
    if (*version) return {};
    MongoBulk bulk(database, kMeta);
    bulk.insert(Bson([](BsonWriter& writer) {
        writer.text("_id", kSchema).whole("version", kMongoSchemaVersion);
        writer.date("first_start", now());
    }));
    const auto inserted = bulk.execute();  // another node may have been first
    return inserted ? Result<void>{} : std::unexpected(inserted.error());
}

}  // namespace tallygate::store
