#include "store/mongo/mongo_database.h"

#include <fmt/format.h>

#include "base/log.h"
#include "store/mongo/mongo_error.h"

namespace tallygate::store {
namespace {

struct DestroyCursor {
    void operator()(mongoc_cursor_t* cursor) const { mongoc_cursor_destroy(cursor); }
};
struct DestroyReadPrefs {
    void operator()(mongoc_read_prefs_t* prefs) const { mongoc_read_prefs_destroy(prefs); }
};

constexpr const char* kMajority = MONGOC_READ_CONCERN_LEVEL_MAJORITY;

Bson as_document(const FindOptions& options) {
    return Bson([&](BsonWriter& writer) {
        if (!options.sort.empty()) {
            writer.document("sort", [&](BsonWriter& sort) {
                for (const SortKey& key : options.sort)
                    sort.whole(key.field, key.order);
            });
        }
        if (!options.fields.empty()) {
            writer.document("projection", [&](BsonWriter& projection) {
                for (const char* field : options.fields)
                    projection.whole(field, 1);
            });
        }
        if (options.limit > 0) writer.whole("limit", options.limit);
        if (options.batch > 0) writer.whole("batchSize", options.batch);
    });
}

}  // namespace

MongoDatabase::~MongoDatabase() {
    if (pool_) mongoc_client_pool_destroy(pool_);
}

Error MongoDatabase::error_of(const bson_error_t& error, std::string_view doing) const {
    Error made = mongo_error(error, doing);
    if (has_started_) made.errc = Errc::unavailable;
    return made;
}

// A URL of the kind mongodb+srv is looked up here, which fails while the network is down.
Result<mongoc_client_pool_t*> MongoDatabase::pool() {
    const std::lock_guard lock(pool_mutex_);
    if (pool_) return pool_;
    bson_error_t error{};
    mongoc_client_pool_t* made = mongoc_client_pool_new_with_error(uri_.get(), &error);
    if (!made) return std::unexpected(error_of(error, "connecting"));
    mongoc_client_pool_set_error_api(made, MONGOC_ERROR_API_VERSION_2);
    pool_ = made;
    return pool_;
}

Result<MongoDatabase::Client> MongoDatabase::client() {
    const auto from = pool();
    if (!from) return std::unexpected(from.error());
    mongoc_client_t* client = mongoc_client_pool_pop(*from);
    if (client) return Client(client, GiveBack{*from});
    return failure(Errc::unavailable, "store_unavailable",
                   "all connections to the database are in use; allow more with maxPoolSize in the "
                   "URL of `store`");
}

Result<MongoDatabase::Collection> MongoDatabase::collection(const char* name) {
    auto leased = client();
    if (!leased) return std::unexpected(leased.error());
    Collection made{.client = std::move(*leased), .handle = nullptr};
    made.handle.reset(
        mongoc_client_get_collection(made.client.get(), mongoc_uri_get_database(uri_.get()), name));
    if (majority_reads_) {
        mongoc_read_concern_t* concern = mongoc_read_concern_new();
        mongoc_read_concern_set_level(concern, kMajority);
        mongoc_collection_set_read_concern(made.handle.get(), concern);
        mongoc_read_concern_destroy(concern);
    }
    return made;
}

Result<void> MongoDatabase::read(mongoc_cursor_t* cursor, std::string_view doing,
                                 const Visitor& visit) const {
    const std::unique_ptr<mongoc_cursor_t, DestroyCursor> owned(cursor);
    const bson_t* document = nullptr;
    while (mongoc_cursor_next(cursor, &document)) {
        if (!visit(*document)) return {};
    }
    bson_error_t error{};
    if (!mongoc_cursor_error(cursor, &error)) return {};
    return std::unexpected(error_of(error, doing));
}

Result<void> MongoDatabase::find(const char* name, const Bson& filter, const FindOptions& options,
                                 const Visitor& visit) {
    auto opened = collection(name);
    if (!opened) return std::unexpected(opened.error());
    std::unique_ptr<mongoc_read_prefs_t, DestroyReadPrefs> prefs;
    if (options.from_primary) prefs.reset(mongoc_read_prefs_new(MONGOC_READ_PRIMARY));
    const Bson written = as_document(options);
    return read(mongoc_collection_find_with_opts(opened->handle.get(), filter.get(), written.get(),
                                                 prefs.get()),
                fmt::format("reading {}", name), visit);
}

Result<void> MongoDatabase::aggregate(const char* name, const Bson& pipeline,
                                      const Visitor& visit) {
    auto opened = collection(name);
    if (!opened) return std::unexpected(opened.error());
    return read(mongoc_collection_aggregate(opened->handle.get(), MONGOC_QUERY_NONE, pipeline.get(),
                                            nullptr, nullptr),
                fmt::format("adding up {}", name), visit);
}

Result<void> MongoDatabase::remove(const char* name, const Bson& filter) {
    auto opened = collection(name);
    if (!opened) return std::unexpected(opened.error());
    bson_error_t error{};
    if (mongoc_collection_delete_many(opened->handle.get(), filter.get(), nullptr, nullptr, &error))
        return {};
    return std::unexpected(error_of(error, fmt::format("deleting from {}", name)));
}

Result<void> MongoDatabase::command(const Bson& command, BsonReply& reply) {
    auto leased = client();
    if (!leased) return std::unexpected(leased.error());
    bson_error_t error{};
    if (mongoc_client_command_simple(leased->get(), mongoc_uri_get_database(uri_.get()),
                                     command.get(), nullptr, reply.out(), &error))
        return {};
    return std::unexpected(error_of(error, "asking the server"));
}

Result<void> MongoDatabase::make_index(const char* name, const Bson& keys) {
    constexpr std::uint32_t kOtherOptions = 85;
    constexpr std::uint32_t kOtherKeys = 86;
    auto leased = client();
    if (!leased) return std::unexpected(leased.error());
    char* index_name = mongoc_collection_keys_to_index_string(keys.get());
    const std::string shown = index_name;
    bson_free(index_name);
    const Bson index([&](BsonWriter& writer) {
        writer.text("createIndexes", name);
        writer.list("indexes", std::initializer_list<const Bson*>{&keys},
                    [&](BsonWriter& list, const char* place, const Bson* fields) {
                        list.document(place, [&](BsonWriter& entry) {
                            entry.whole_document("key", *fields).text("name", shown);
                        });
                    });
    });
    bson_error_t error{};
    if (mongoc_client_write_command_with_opts(leased->get(), mongoc_uri_get_database(uri_.get()),
                                              index.get(), nullptr, nullptr, &error))
        return {};
    if (is_refusal(error) && (error.code == kOtherOptions || error.code == kOtherKeys)) {
        log::warn("an index of this name or of these fields is there with other options; it stays",
                  {{"collection", name}, {"index", shown}});
        return {};
    }
    return std::unexpected(error_of(error, fmt::format("making an index of {}", name)));
}

Result<void> MongoDatabase::drop(const char* name) {
    constexpr std::uint32_t kNoSuchCollection = 26;
    auto opened = collection(name);
    if (!opened) return std::unexpected(opened.error());
    bson_error_t error{};
    if (mongoc_collection_drop_with_opts(opened->handle.get(), nullptr, &error)) return {};
    if (is_refusal(error) && error.code == kNoSuchCollection) return {};
    return std::unexpected(error_of(error, fmt::format("dropping {}", name)));
}

Result<void> MongoDatabase::choose_read_concern() {
    const auto* written = mongoc_uri_get_read_concern(uri_.get());
    if (!mongoc_read_concern_is_default(written)) return {};
    auto leased = client();
    if (!leased) return std::unexpected(leased.error());
    const Bson question([](BsonWriter& writer) {
        writer.text("find", "tallygate_meta").whole("limit", 1);
        writer.document("readConcern",
                        [](BsonWriter& concern) { concern.text("level", kMajority); });
    });
    bson_error_t error{};
    majority_reads_ =
        mongoc_client_command_simple(leased->get(), mongoc_uri_get_database(uri_.get()),
                                     question.get(), nullptr, nullptr, &error);
    if (majority_reads_ || (is_refusal(error) && error.code != kUnauthorized)) return {};
    return std::unexpected(error_of(error, "reading tallygate_meta"));
}

}  // namespace tallygate::store
