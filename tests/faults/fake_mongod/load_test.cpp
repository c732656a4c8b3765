// Many documents and many clients.
#include <atomic>
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "driver.h"
#include "server.h"

namespace tallygate::fake_mongod {
namespace {

class Load : public testing::Test {
protected:
    SystemClock clock_;
    std::unique_ptr<Server> server_ = Server::start(clock_).value();
    Driver driver_{server_->uri()};
};

// A document like one that a store of usage events would write.
bson_t* usage_event(int number) {
    bson_t* document = bson_new();
    BSON_APPEND_UTF8(document, "_id", fmt::format("0192f3c4-7d1e.3.{}", number).c_str());
    BSON_APPEND_UTF8(document, "user_id", fmt::format("somebody-{}", number % 100).c_str());
    BSON_APPEND_UTF8(document, "endpoint", "/ai/chat");
    BSON_APPEND_UTF8(document, "operation_type", "chat");
    BSON_APPEND_INT64(document, "tokens_used", number * 7LL);
    BSON_APPEND_BOOL(document, "success", number % 50 != 0);
    BSON_APPEND_INT32(document, "response_time_ms", number % 900);
    BSON_APPEND_DATE_TIME(document, "timestamp", 1'700'000'000'000LL + number);
    return document;
}

template <class Work>
void report(const std::string& what, int documents, Work work) {
    const auto began = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::cout << fmt::format("{}: {:.0f} documents/s\n", what, documents / took.count());
}

TEST_F(Load, TakesAHundredThousandDocuments) {
    constexpr int kDocuments = 100'000;
    constexpr int kBatch = 1'000;
    ASSERT_TRUE(driver_
                    .command(R"({"createIndexes": "things", "indexes": [
                        {"key": {"user_id": 1, "timestamp": 1}, "name": "by_user"},
                        {"key": {"timestamp": 1}, "name": "by_time"}]})")
                    .ok);
    std::vector<bson_t*> documents;
    for (int i = 0; i < kDocuments; ++i)
        documents.push_back(usage_event(i));

    report("insert", kDocuments, [&] {
        for (int i = 0; i < kDocuments; i += kBatch) {
            ASSERT_TRUE(mongoc_collection_insert_many(driver_.collection(),
                                                      const_cast<const bson_t**>(&documents[i]),
                                                      kBatch, nullptr, nullptr, nullptr));
        }
    });
    int read = 0;
    report("find", kDocuments, [&] {
        mongoc_cursor_t* cursor = mongoc_collection_find_with_opts(
            driver_.collection(), bson_from("{}").get(), nullptr, nullptr);
        for (const bson_t* document = nullptr; mongoc_cursor_next(cursor, &document);)
            ++read;
        mongoc_cursor_destroy(cursor);
    });

    EXPECT_EQ(read, kDocuments);
    EXPECT_EQ(driver_.find(R"({"user_id": "somebody-7"})", R"({"sort": {"timestamp": -1}})").size(),
              1'000u);
    for (bson_t* document : documents)
        bson_destroy(document);
}

// Each thread writes documents of its own and competes with the others for those of all.
TEST_F(Load, ClientsWriteAtOnceAndOneOfThemWins) {
    constexpr int kClients = 8;
    constexpr int kEach = 100;
    std::atomic<int> won = 0;
    std::atomic<int> failed = 0;
    std::vector<std::thread> threads;
    for (int client = 0; client < kClients; ++client) {
        threads.emplace_back([&, client] {
            Driver own(server_->uri());
            for (int i = 0; i < kEach; ++i) {
                const bool stored =
                    own.insert({fmt::format(R"({{"_id": "own-{}-{}"}})", client, i)}).ok;
                const Answered shared = own.insert({fmt::format(R"({{"_id": {}}})", i)});
                if (shared.ok) ++won;
                if (!stored || (!shared.ok && shared.code != 11'000)) ++failed;
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();

    EXPECT_EQ(won, kEach);
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(driver_.estimated_count(), kClients * kEach + kEach);
}

// The pool of libmongoc has a thread of its own that watches the server.
TEST_F(Load, APoolOfClientsWorksThroughFaults) {
    const std::unique_ptr<mongoc_uri_t, void (*)(mongoc_uri_t*)> uri(
        mongoc_uri_new((server_->uri() + "?replicaSet=fake").c_str()), mongoc_uri_destroy);
    const std::unique_ptr<mongoc_client_pool_t, void (*)(mongoc_client_pool_t*)> pool(
        mongoc_client_pool_new(uri.get()), mongoc_client_pool_destroy);
    server_->mongod().lose_acknowledgement(20);
    server_->mongod().cut(40);
    std::atomic<int> acknowledged = 0;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            mongoc_client_t* client = mongoc_client_pool_pop(pool.get());
            mongoc_collection_t* collection =
                mongoc_client_get_collection(client, "test", "things");
            for (int i = 0; i < 50; ++i) {
                const auto document = bson_from(fmt::format(R"({{"_id": {}}})", 50 * thread + i));
                if (mongoc_collection_insert_one(collection, document.get(), nullptr, nullptr,
                                                 nullptr))
                    ++acknowledged;
            }
            mongoc_collection_destroy(collection);
            mongoc_client_pool_push(pool.get(), client);
        });
    }
    for (std::thread& thread : threads)
        thread.join();

    EXPECT_EQ(acknowledged, 198);
    EXPECT_EQ(driver_.estimated_count(), 199);
}

}  // namespace
}  // namespace tallygate::fake_mongod
