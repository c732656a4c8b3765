// Starting: on a server that is there, that is not, that refuses, that cannot.
#include <fstream>

#include "store/mongo/collections.h"
#include "store/mongo/mongo_fixture.h"
#include "store/mongo/server_probe.h"
#include "store/usage_store_contract.h"

namespace tallygate::store {
namespace {

// Nobody listens there.
constexpr const char* kNobody = "mongodb://127.0.0.1:1/usage?serverSelectionTimeoutMS=50";

class MongoOpen : public testing::Test {
protected:
    void SetUp() override {
        if (const std::string why = MongoFixture::missing(); !why.empty()) GTEST_SKIP() << why;
    }
    MongoFixture fixture_;
};

TEST(MongoOpenWithoutServer, JournalsUntilTheServerAnswers) {
    testing::internal::CaptureStderr();
    const auto store = MongoStore::open(kNobody, false);
    const std::string logged = testing::internal::GetCapturedStderr();

    ASSERT_TRUE(store) << store.error().message;
    EXPECT_NE(logged.find("calls are journalled until it does"), std::string::npos) << logged;
    EXPECT_EQ(std::ranges::count(logged, '\n'), 1) << logged;
    const auto position = (*store)->position(kContractWriter);
    ASSERT_FALSE(position);
    EXPECT_EQ(position.error().errc, Errc::unavailable);
    EXPECT_EQ(position.error().code, "store_unavailable");
    EXPECT_NE(position.error().message.find("mongodb://127.0.0.1:1/usage"), std::string::npos);
}

TEST(MongoOpenWithoutServer, CannotBeReadFrom) {
    const auto store = MongoStore::open(kNobody, true);

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().errc, Errc::unavailable);
}

TEST_F(MongoOpen, FindsOutThatTheServerCanKeepTheStore) {
    const auto abilities = probe_server(fixture_.raw());

    ASSERT_TRUE(abilities) << abilities.error().message;
    EXPECT_TRUE(abilities->adds_up_right);
    EXPECT_NE(abilities->name, "unknown");
}

TEST_F(MongoOpen, NamesCredentialsThatTheServerRefuses) {
    std::string url = fixture_.url();
    url.insert(url.find("//") + 2, "nobody:not-the-password@");
    url += "&authSource=admin";

    testing::internal::CaptureStderr();
    const auto store = MongoStore::open(url, false);
    const std::string logged = testing::internal::GetCapturedStderr();

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().errc, Errc::invalid_argument);
    EXPECT_NE(store.error().message.find("does not take this name and password"), std::string::npos)
        << store.error().message;
    EXPECT_EQ((store.error().message + logged).find("not-the-password"), std::string::npos);
    EXPECT_EQ(store.error().message.find('\n'), std::string::npos);
}

TEST_F(MongoOpen, MakesNothingWhereItOnlyReads) {
    MongoFixture fresh;
    BsonReply reply;
    ASSERT_TRUE(fresh.raw().command(
        Bson([](BsonWriter& writer) { writer.whole("dropDatabase", 1); }), reply));

    const auto store = MongoStore::open(fresh.url(), true);

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().errc, Errc::not_found);
    EXPECT_TRUE(fresh.collection_names().empty());
}

TEST_F(MongoOpen, ReadsWhatIsThereWithoutMakingAnything) {
    const EventRow row = contract_row(1, "alice", Timestamp{kContractDay});
    ASSERT_TRUE(fixture_.store().apply(kContractWriter, {&row, 1}, {}, {}));
    ASSERT_TRUE(fixture_.raw().drop(kDailyStats));
    const auto names = fixture_.collection_names();

    const auto store = fixture_.another({}, true);

    std::size_t rows = 0;
    EXPECT_TRUE(store->scan_events([&](const EventRow&) { return ++rows, true; }));
    EXPECT_EQ(rows, 1U);
    EXPECT_TRUE(store->extent().value());
    EXPECT_EQ(fixture_.collection_names(), names);
}

TEST_F(MongoOpen, RefusesADatabaseOfANewerVersion) {
    ASSERT_TRUE(fixture_.raw().remove(kMeta, Bson()));
    fixture_.insert(kMeta, {R"({"_id": "schema", "version": 99})"});

    const auto store = MongoStore::open(fixture_.url(), false);

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().errc, Errc::invalid_argument);
    EXPECT_NE(store.error().message.find("newer"), std::string::npos);
}

TEST_F(MongoOpen, RemembersTheFirstStart) {
    const auto before = fixture_.documents(kMeta);

    fixture_.reopen();

    EXPECT_EQ(fixture_.documents(kMeta), before);
}

TEST_F(MongoOpen, FailsInsteadOfWaitingForAConnectionThatNeverComes) {
    ASSERT_TRUE(fixture_.store().apply(
        kContractWriter, {{contract_row(1, "alice", Timestamp{kContractDay})}}, {}, {}));
    const auto opened =
        MongoStore::open(fixture_.url("maxPoolSize=1&waitQueueTimeoutMS=50"), false);
    ASSERT_TRUE(opened);
    Result<std::vector<AppliedRun>> inner;

    ASSERT_TRUE(
        (*opened)->scan_events([&](const EventRow&) { return inner = (*opened)->runs(), true; }));

    ASSERT_FALSE(inner);
    EXPECT_EQ(inner.error().errc, Errc::unavailable);
    EXPECT_NE(inner.error().message.find("maxPoolSize"), std::string::npos);
}

}  // namespace
}  // namespace tallygate::store
