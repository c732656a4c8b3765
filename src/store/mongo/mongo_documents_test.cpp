// What another program sees in the database, and what it may have put there itself.
#include "store/mongo/collections.h"
#include "store/mongo/mongo_fixture.h"
#include "store/usage_store_contract.h"

namespace tallygate::store {
namespace {

const Period kOneDay{kContractDay, kContractDay + std::chrono::days{1}};

class MongoDocuments : public testing::Test {
protected:
    void SetUp() override {
        if (const std::string why = MongoFixture::missing(); !why.empty()) GTEST_SKIP() << why;
    }

    Result<void> apply_full_row() {
        const EventRow row = contract_full_row();
        DailyTotals user{.key = totals_keys(row.event, true).front()};
        DailyTotals all{.key = totals_keys(row.event, true).back()};
        EventRow operation = row;
        operation.event.kind = EventKind::operation;
        for (DailyTotals* day : {&user, &all})
            day->add(operation.event);
        const std::vector totals = {user, all};
        return fixture_.store().apply(kContractWriter, {&row, 1}, totals,
                                      {{row.event.id.position}});
    }

    MongoFixture fixture_;
};

// Same text, same fields, same order, same types: canonical extended JSON tells all of them.
void expect_document(const std::string& found, const std::string& expected) {
    const Bson parsed = MongoFixture::parse(expected);
    char* text = bson_as_canonical_extended_json(parsed.get(), nullptr);
    EXPECT_EQ(found, text);
    bson_free(text);
}

constexpr const char* kWriter = "0192f3c4-0000-7000-8000-000000000001";
constexpr const char* kRun = "0192f3c4-0000-7000-8000-0000000000a1";

std::string filled(std::string text) {
    for (const auto& [mark, value] :
         {std::pair<std::string, std::string>{"WRITER", kWriter}, {"RUN", kRun}}) {
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark))
            text.replace(at, mark.size(), value);
    }
    return text;
}

TEST_F(MongoDocuments, HaveTheFieldsAndTypesOfTheContractInUsageLogs) {
    ASSERT_TRUE(apply_full_row());

    const auto found = fixture_.documents(kUsageLogs);

    ASSERT_EQ(found.size(), 1U);
    expect_document(found[0], filled(R"({
        "_id": {"w": "WRITER", "i": "RUN", "n": {"$numberLong": "77"}},
        "user_id": "someone", "endpoint": "/ai/chat", "operation_type": "chat",
        "tokens_used": {"$numberLong": "-500"}, "success": true,
        "response_time_ms": {"$numberDouble": "1.077"},
        "timestamp": {"$date": "2026-11-24T00:00:00.123Z"},
        "metadata": {
            "event_id": "WRITER.RUN.77", "kind": "correction", "corrects": "another event",
            "operations": {"$numberLong": "-1"}, "request_id": "request-77", "model": "gpt-x",
            "provider": "openai", "input_tokens": {"$numberLong": "1"},
            "cache_read_tokens": {"$numberLong": "0"}, "cache_write_tokens": null,
            "output_tokens": {"$numberLong": "3"},
            "reasoning_tokens": {"$numberLong": "9223372036854775807"},
            "delivered_tokens": {"$numberLong": "5"}, "token_source": "estimate",
            "cost_nano_usd": {"$numberLong": "-7"}, "price_version": "v1", "tier": "free",
            "key_id": "key", "team": "team", "tags": ["one", "with \"quotes\"", ""],
            "status": {"$numberLong": "502"}, "error_class": "upstream_closed",
            "time_to_first_token_ms": {"$numberDouble": "0.042"}, "streamed": true,
            "client_gone": true, "timestamp_us": {"$numberLong": "1795478400123457"},
            "checksum": {"$numberLong": "4275878552"}}})"));
}

TEST_F(MongoDocuments, HaveNullWhereNothingIsKnown) {
    EventRow row;
    row.event.id = {kContractWriter, {kFirstRun, 1}};
    row.event.kind = EventKind::incomplete;
    row.event.timestamp = Timestamp{kContractDay};
    ASSERT_TRUE(fixture_.store().apply(kContractWriter, {&row, 1}, {}, {}));

    const auto found = fixture_.documents(kUsageLogs);

    ASSERT_EQ(found.size(), 1U);
    for (const char* field : {"response_time_ms", "corrects", "request_id", "model", "provider",
                              "input_tokens", "cost_nano_usd", "price_version", "tier", "key_id",
                              "team", "status", "error_class", "time_to_first_token_ms"}) {
        EXPECT_NE(found[0].find("\"" + std::string(field) + "\" : null"), std::string::npos)
            << field;
    }
    EXPECT_NE(found[0].find("\"tags\" : [  ]"), std::string::npos) << found[0];
}

TEST_F(MongoDocuments, HaveTheFieldsAndTypesOfTheContractInDailyStats) {
    ASSERT_TRUE(apply_full_row());

    const auto found = fixture_.documents(kDailyStats);

    ASSERT_EQ(found.size(), 2U);
    const std::string numbers = R"(
        "date": {"$date": "2026-11-24T00:00:00Z"}, "writer": "WRITER", "incarnation": "RUN",
        "n": {"$numberLong": "77"}, "total_operations": {"$numberLong": "-1"},
        "total_tokens": {"$numberLong": "-500"}, "successful_operations": {"$numberLong": "-1"},
        "failed_operations": {"$numberLong": "0"}, "response_time_us": {"$numberLong": "-1077"},
        "by_operation": [{"name": "chat", "operations": {"$numberLong": "-1"},
                          "tokens": {"$numberLong": "-500"}}],)";
    const std::string activity = R"(
        "last_activity": {"$date": "2026-11-24T00:00:00.123Z"},
        "last_activity_us": {"$numberLong": "1795478400123457"},)";
    expect_document(found[0], filled(R"({
        "_id": {"scope": "global", "user_id": "global", "date": {"$date": "2026-11-24T00:00:00Z"},
                "w": "WRITER", "i": "RUN"},
        "scope": "global", "user_id": "global",)" +
                                     numbers + R"(
        "by_endpoint": [{"name": "/ai/chat", "operations": {"$numberLong": "-1"},
                         "tokens": {"$numberLong": "-500"}}],
        "recent": [],)" + activity + R"("tier": null})"));
    expect_document(found[1], filled(R"({
        "_id": {"scope": "user", "user_id": "someone", "date": {"$date": "2026-11-24T00:00:00Z"},
                "w": "WRITER", "i": "RUN"},
        "scope": "user", "user_id": "someone",)" +
                                     numbers + R"(
        "by_endpoint": [],
        "recent": [{"operation_type": "chat", "endpoint": "/ai/chat",
                    "tokens_used": {"$numberLong": "-500"}, "success": true,
                    "response_time_ms": {"$numberDouble": "1.077"},
                    "timestamp": {"$date": "2026-11-24T00:00:00.123Z"},
                    "timestamp_us": {"$numberLong": "1795478400123457"}}],)" +
                                     activity + R"("tier": "free"})"));
}

TEST_F(MongoDocuments, NameEachRunAndTheSchema) {
    ASSERT_TRUE(apply_full_row());

    const auto runs = fixture_.documents(kWriters);
    const auto meta = fixture_.documents(kMeta);

    ASSERT_EQ(runs.size(), 1U);
    const Bson run = MongoFixture::parse(runs[0]);
    BsonReader reader(*run.get());
    EXPECT_EQ(reader.text("writer"), kWriter);
    EXPECT_EQ(reader.text("incarnation"), kRun);
    EXPECT_EQ(reader.find_whole("applied"), 77);
    EXPECT_EQ(reader.find_whole("written"), 77);
    EXPECT_EQ(reader.find_date("first_day"), Timestamp{kContractDay});
    EXPECT_EQ(reader.find_date("last_day"), Timestamp{kContractDay});
    EXPECT_TRUE(reader.find_date("started"));
    EXPECT_TRUE(reader.find_date("updated"));
    ASSERT_EQ(meta.size(), 1U);
    EXPECT_NE(meta[0].find(R"("_id" : "schema", "version" : { "$numberLong" : "1" })"),
              std::string::npos)
        << meta[0];
    EXPECT_NE(meta[0].find("first_start"), std::string::npos);
}

TEST_F(MongoDocuments, HaveTheIndexesOfTheContractAndThoseOfOurs) {
    fixture_.reopen();  // makes none twice

    EXPECT_EQ(fixture_.index_names(kUsageLogs),
              (std::set<std::string>{"_id_", "user_id_1_timestamp_-1", "timestamp_-1",
                                     "endpoint_1_timestamp_-1"}));
    EXPECT_EQ(fixture_.index_names(kDailyStats),
              (std::set<std::string>{"_id_", "date_-1_user_id_1", "scope_1_user_id_1_date_1"}));
    EXPECT_EQ(fixture_.index_names(kWriters),
              (std::set<std::string>{"_id_", "writer_1_incarnation_1"}));
}

TEST_F(MongoDocuments, LeaveNothingOfTheProbeBehind) {
    EXPECT_EQ(fixture_.collection_names(),
              (std::set<std::string>{kUsageLogs, kDailyStats, kWriters, kMeta}));
}

// The plain shape that the system before this one wrote, and goes on writing.
TEST_F(MongoDocuments, OfOtherProgramsAreNeitherReadNorCountedNorChanged) {
    const std::vector<std::string> logs = {
        R"({"_id": {"$oid": "650000000000000000000001"}, "user_id": "alice", "endpoint": "/ai/chat",
            "operation_type": "chat", "tokens_used": 900, "success": true, "response_time_ms": 5.5,
            "timestamp": {"$date": "2026-11-24T10:00:00Z"}, "metadata": {}})",
        R"({"_id": "a text", "user_id": "bob", "timestamp": {"$date": "2020-01-01T00:00:00Z"}})",
        R"({"_id": {"another": "shape"}, "timestamp": {"$date": "2026-11-24T11:00:00Z"}})"};
    const std::vector<std::string> stats = {
        R"({"_id": {"$oid": "650000000000000000000002"}, "user_id": "alice", "total_tokens": 900,
            "date": {"$date": "2026-11-24T00:00:00Z"}, "total_operations": 1})",
        R"({"_id": {"$oid": "650000000000000000000003"}, "user_id": "global", "total_tokens": 900,
            "date": {"$date": "2026-11-24T00:00:00Z"}, "total_operations": 1})",
        R"({"_id": {"$oid": "650000000000000000000004"}, "user_id": "global",
            "date": {"$date": "2020-01-01T00:00:00Z"}, "total_operations": 1})"};
    fixture_.insert(kUsageLogs, logs);
    fixture_.insert(kDailyStats, stats);
    fixture_.reopen();
    MongoStore& store = fixture_.store();
    EXPECT_FALSE(store.extent().value());
    EXPECT_FALSE(store.latest_global_day().value());
    ASSERT_TRUE(apply_full_row());

    std::size_t rows = 0;
    const auto count = [&](const EventRow&) { return ++rows, true; };
    EXPECT_TRUE(store.scan_events(count));
    EXPECT_TRUE(store.scan_events(kOneDay, count));
    std::size_t totals = 0;
    EXPECT_TRUE(store.scan_totals({kContractDay - std::chrono::days{9'999}, kOneDay.to},
                                  [&](const DailyTotals&) { return ++totals, true; }));

    EXPECT_EQ(rows, 2U);
    EXPECT_EQ(totals, 2U);
    EXPECT_EQ(store.extent().value(), kOneDay);
    EXPECT_TRUE(store.user_days("alice", kOneDay)->empty());
    EXPECT_TRUE(store.user_days("global", kOneDay)->empty());
    EXPECT_EQ(store.global_days(kOneDay)->front().totals.tokens, -500);
    EXPECT_EQ(store.distinct_users(kOneDay).value(), 1);
    EXPECT_EQ(store.top_users(kOneDay, 9)->size(), 1U);
    EXPECT_TRUE(store.replace_day(kContractDay, {}));
    EXPECT_EQ(fixture_.documents(kUsageLogs).size(), logs.size() + 1);
    EXPECT_EQ(fixture_.documents(kDailyStats).size(), stats.size());
}

}  // namespace
}  // namespace tallygate::store
