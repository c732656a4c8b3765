// libmongoc as the tests want it: documents are JSON in and JSON out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <mongoc/mongoc.h>

namespace tallygate::fake_mongod {

// What became of a call.
struct Answered {
    bool ok = false;
    std::uint32_t code = 0;  // of the error: MongoDB's, or libmongoc's own where it got no answer
    std::string error;
    std::string reply;  // as relaxed extended JSON
};

// MONGOC_ERROR_STREAM_SOCKET: the connection ended or the time was over.
constexpr std::uint32_t kNoAnswer = 4;

// A client of its own with the collection "test.things". One thread.
class Driver {
public:
    // `options` are those of a URI: "socketTimeoutMS=100".
    explicit Driver(const std::string& uri, const std::string& options = {});

    Answered command(const std::string& command, const std::string& database = "test");
    Answered insert(const std::vector<std::string>& documents, const std::string& options = "{}");
    Answered replace(const std::string& filter, const std::string& replacement,
                     const std::string& options = "{}");
    Answered update(const std::string& filter, const std::string& update,
                    const std::string& options = "{}");
    Answered remove(const std::string& filter);

    // Each document as a JSON text; one text "error CODE" where that is what came.
    std::vector<std::string> find(const std::string& filter, const std::string& options = "{}");
    std::vector<std::string> aggregate(const std::string& pipeline,
                                       const std::string& options = "{}");
    // -1 where it fails.
    std::int64_t count(const std::string& filter);
    std::int64_t estimated_count();

    mongoc_client_t* client() { return client_.get(); }
    mongoc_collection_t* collection() { return collection_.get(); }

private:
    std::unique_ptr<mongoc_client_t, void (*)(mongoc_client_t*)> client_;
    std::unique_ptr<mongoc_collection_t, void (*)(mongoc_collection_t*)> collection_;
};

// A document of libbson from JSON; the test ends where that is none.
std::unique_ptr<bson_t, void (*)(bson_t*)> bson_from(const std::string& json);

// All documents of a cursor, which it destroys.
std::vector<std::string> read_all(mongoc_cursor_t* cursor);

}  // namespace tallygate::fake_mongod
