// One database of a MongoDB server: connections to it, and what is asked of it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <mongoc/mongoc.h>

#include "base/result.h"
#include "store/mongo/bson_writer.h"
#include "store/mongo/mongo_url.h"

namespace tallygate::store {

struct SortKey {
    const char* field = nullptr;
    int order = 1;  // 1 ascending, -1 descending
};

struct FindOptions {
    std::vector<SortKey> sort;        // none: in any order
    std::vector<const char*> fields;  // none: all of them
    std::int64_t limit = 0;           // 0: none
    std::int64_t batch = 0;           // documents that come at once; 0: as the server likes
    bool from_primary = false;        // whatever the URL prefers: what projecting rests on
};

// Any thread; a call holds a connection of its own until it returns. Failures as of mongo_error.
class MongoDatabase {
public:
    explicit MongoDatabase(MongoUri uri) : uri_(std::move(uri)) {}
    MongoDatabase(const MongoDatabase&) = delete;
    MongoDatabase& operator=(const MongoDatabase&) = delete;
    ~MongoDatabase();

    // For people: the URL without who asks.
    std::string shown() const { return shown_mongo_url(*uri_); }

    // Returning false ends a reading early, without a failure.
    using Visitor = std::function<bool(const bson_t&)>;

    // Streams what `filter` takes.
    Result<void> find(const char* collection, const Bson& filter, const FindOptions& options,
                      const Visitor& visit);
    Result<void> aggregate(const char* collection, const Bson& pipeline, const Visitor& visit);
    Result<void> remove(const char* collection, const Bson& filter);
    // A command that writes nothing; its answer is in `reply` also where it fails.
    Result<void> command(const Bson& command, BsonReply& reply);
    // Makes an index, unless one of these keys is there.
    Result<void> make_index(const char* collection, const Bson& keys);
    Result<void> drop(const char* collection);

    // Asks whether the server has the read concern majority, and uses it then, unless the URL says
    // something else.
    Result<void> choose_read_concern();

    // From now on every failure is unavailable: what the configuration could mend was said.
    void have_started() { has_started_ = true; }
    Error error_of(const bson_error_t& error, std::string_view doing) const;

private:
    friend class MongoBulk;

    struct GiveBack {
        mongoc_client_pool_t* pool = nullptr;
        void operator()(mongoc_client_t* client) const { mongoc_client_pool_push(pool, client); }
    };
    using Client = std::unique_ptr<mongoc_client_t, GiveBack>;
    struct DestroyCollection {
        void operator()(mongoc_collection_t* collection) const {
            mongoc_collection_destroy(collection);
        }
    };
    // A collection with the connection that it is used by.
    struct Collection {
        Client client;
        std::unique_ptr<mongoc_collection_t, DestroyCollection> handle;
    };

    Result<mongoc_client_pool_t*> pool();
    Result<Client> client();
    Result<Collection> collection(const char* name);
    Result<void> read(mongoc_cursor_t* cursor, std::string_view doing, const Visitor& visit) const;

    const MongoUri uri_;
    std::mutex pool_mutex_;
    mongoc_client_pool_t* pool_ = nullptr;  // under pool_mutex_; made when it is first needed
    std::atomic<bool> majority_reads_{false};
    std::atomic<bool> has_started_{false};
};

}  // namespace tallygate::store
