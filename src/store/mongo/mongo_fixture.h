// A database of its own on the server that the tests are given, gone when the test ends.
#pragma once

#include <cstdlib>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/ids.h"
#include "store/mongo/bson_reader.h"
#include "store/mongo/mongo_bulk.h"
#include "store/mongo/mongo_store.h"

namespace tallygate::store {

// mongodb://HOST:PORT/ of the server; empty where there is none.
inline std::string test_server() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment
    const char* url = std::getenv("TALLYGATE_TEST_MONGODB");
    return url ? url : "";
}

class MongoFixture {
public:
    // Why tests with it cannot run; empty where they can.
    static std::string missing() {
        return test_server().empty() ? "TALLYGATE_TEST_MONGODB names no MongoDB server to test on"
                                     : "";
    }
    MongoFixture()
        : left_(std::make_unique<int>(-1)), name_("tallygate_test_" + make_request_id()) {
        if (!test_server().empty()) reopen();
    }
    MongoFixture(MongoFixture&&) = default;
    MongoFixture& operator=(MongoFixture&&) = default;
    MongoFixture(const MongoFixture&) = delete;
    MongoFixture& operator=(const MongoFixture&) = delete;
    ~MongoFixture() {
        if (!store_) return;
        BsonReply reply;
        const Bson drop([](BsonWriter& writer) { writer.whole("dropDatabase", 1); });
        EXPECT_TRUE(raw().command(drop, reply));
    }

    MongoStore& store() { return *store_; }
    void cut_after(int writes) { *left_ = writes; }
    void reopen() {
        store_.reset();
        store_ = another([left = left_.get()] {
            if (*left < 0) return true;
            return (*left)-- != 0;
        });
    }
    // As another node has it.
    std::unique_ptr<MongoStore> another(WriteFault fault = {}, bool read_only = false) {
        auto opened = MongoStore::open(url(), read_only, std::move(fault));
        EXPECT_TRUE(opened) << opened.error().message;
        return opened ? std::move(*opened) : nullptr;
    }
    // With the options of the server's URL, and more.
    std::string url(const std::string& options = "appname=tallygate_test") const {
        const std::string server = test_server();
        const auto query = server.find('?');
        std::string url = server.substr(0, query);
        while (url.ends_with('/'))
            url.pop_back();
        url += "/" + name_ + "?" + options;
        return query == std::string::npos ? url : url + "&" + server.substr(query + 1);
    }

    // The database as another program sees it.
    MongoDatabase& raw() {
        if (!raw_) raw_ = std::make_unique<MongoDatabase>(*parse_mongo_url(url()));
        return *raw_;
    }
    // As relaxed extended JSON, which tells the types apart; by _id.
    std::vector<std::string> documents(const char* collection) {
        std::vector<std::string> found;
        EXPECT_TRUE(
            raw().find(collection, Bson(), {.sort = {{"_id", 1}}}, [&](const bson_t& document) {
                char* text = bson_as_canonical_extended_json(&document, nullptr);
                found.emplace_back(text);
                bson_free(text);
                return true;
            }));
        return found;
    }
    std::set<std::string> index_names(const char* collection) {
        return names_in(Bson([&](BsonWriter& writer) { writer.text("listIndexes", collection); }));
    }
    std::set<std::string> collection_names() {
        return names_in(Bson([](BsonWriter& writer) { writer.whole("listCollections", 1); }));
    }
    void insert(const char* collection, const std::vector<std::string>& documents) {
        MongoBulk bulk(raw(), collection);
        for (const std::string& json : documents)
            bulk.insert(parse(json));
        const auto done = bulk.execute();
        EXPECT_TRUE(done && done->empty());
    }
    static Bson parse(const std::string& json) {
        bson_error_t error{};
        bson_t* parsed = bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()),
                                            static_cast<ssize_t>(json.size()), &error);
        EXPECT_TRUE(parsed) << error.message;
        Bson document;
        if (parsed) bson_concat(document.get(), parsed);
        bson_destroy(parsed);
        return document;
    }

private:
    // The names in the answer of a command that lists something.
    std::set<std::string> names_in(const Bson& command) {
        std::set<std::string> names;
        BsonReply reply;
        EXPECT_TRUE(raw().command(command, reply));
        BsonReader reader(reply.get());
        auto cursor = reader.document("cursor");
        EXPECT_TRUE(cursor);
        if (cursor) {
            cursor->documents("firstBatch",
                              [&](BsonReader& entry) { names.insert(entry.text("name")); });
        }
        return names;
    }

    std::unique_ptr<int> left_;
    std::string name_;
    std::unique_ptr<MongoStore> store_;
    std::unique_ptr<MongoDatabase> raw_;
};

}  // namespace tallygate::store
