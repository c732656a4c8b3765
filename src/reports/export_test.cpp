#include "reports/export.h"

#include <algorithm>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "store/memory/memory_store.h"

namespace tallygate::reports {
namespace {

constexpr Day kToday = Day{std::chrono::year{2026} / 11 / 24};
constexpr Uuid kWriter{{0x01, 0x92}};
constexpr Uuid kRun{{0x01, 0x93}};

UsageEvent plain_event(std::uint64_t n, std::string user, Day day = kToday) {
    UsageEvent event;
    event.id = {kWriter, {kRun, n}};
    event.user_id = std::move(user);
    event.endpoint = "/ai/chat";
    event.operation_type = "chat";
    event.timestamp = Timestamp{day} + std::chrono::hours{10} +
                      std::chrono::milliseconds{static_cast<std::int64_t>(n)};
    event.success = true;
    event.response_time = std::chrono::microseconds{310'250};
    event.tokens_used = 500;
    event.token_source = TokenSource::estimate;
    return event;
}

UsageEvent full_event(std::uint64_t n) {
    UsageEvent event = plain_event(n, "alice");
    event.kind = EventKind::correction;
    event.corrects = "some-earlier-event";
    event.operations = -1;
    event.tokens_used = -20;
    event.tokens = {
        .input = 1, .cache_read = 2, .cache_write = 3, .output = 4, .reasoning = 5, .delivered = 6};
    event.token_source = TokenSource::provider;
    event.cost_nano_usd = 7;
    event.price_version = "2026-11";
    event.request_id = "request";
    event.model = "model";
    event.provider = "provider";
    event.tier = "pro";
    event.key_id = "key";
    event.team = "team";
    event.tags = {"a", "b \"c\""};
    event.status = 200;
    event.error_class = "client_gone";
    event.time_to_first_token = std::chrono::microseconds{1'500};
    event.streamed = true;
    event.client_gone = true;
    return event;
}

class ExportTest : public testing::Test {
protected:
    void apply(const UsageEvent& event) {
        const EventRow row{.event = event, .checksum = 1};
        std::vector<TotalsKey> keys = {{Scope::user, event.user_id, day_of(event.timestamp)},
                                       {Scope::global, "", day_of(event.timestamp)}};
        auto totals = *store_.load(keys);
        for (DailyTotals& day : totals) {
            day.add(event);
        }
        ASSERT_TRUE(store_.apply(kWriter, {&row, 1}, totals, {{event.id.position}}));
    }
    std::string exported(ExportOptions options) {
        std::string text;
        const auto rows = export_rows(store_, options, [&](std::string_view piece) -> Result<void> {
            text += piece;
            return {};
        });
        EXPECT_TRUE(rows) << rows.error().message;
        rows_ = rows.value_or(0);
        return text;
    }
    std::vector<boost::json::object> objects(ExportOptions options) {
        options.format = ExportFormat::jsonl;
        const std::string text = exported(options);
        std::vector<boost::json::object> found;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = text.find('\n', at);
            found.push_back(boost::json::parse(text.substr(at, end - at)).as_object());
            at = end + 1;
        }
        return found;
    }

    store::MemoryStore store_;
    std::uint64_t rows_ = 0;
};

TEST_F(ExportTest, WritesEventsAsCsvWithALineOfNames) {
    apply(plain_event(1, "alice, \"the\" first"));

    const std::string text = exported({});

    EXPECT_EQ(text,
              "event_id,user_id,endpoint,operation_type,tokens_used,success,response_time_ms,"
              "timestamp,kind,corrects,operations,"
              "request_id,model,provider,input_tokens,cache_read_tokens,cache_write_tokens,output_"
              "tokens,reasoning_tokens,"
              "delivered_tokens,token_source,cost_nano_usd,price_version,tier,key_id,team,tags,"
              "status,error_class,"
              "time_to_first_token_ms,streamed,client_gone\r\n"
              "\"01920000-0000-0000-0000-000000000000.01930000-0000-0000-0000-000000000000.1\","
              "\"alice, \"\"the\"\" first\","
              "\"/ai/"
              "chat\",\"chat\",500,true,310.250,\"2026-11-24T10:00:00.001Z\",\"operation\",,1,,,,,,"
              ",,,,\"estimate\",,,,,,"
              "\"[]\",,,,false,false\r\n");
    EXPECT_EQ(rows_, 1U);
}

TEST_F(ExportTest, WritesEveryFieldOfAnEvent) {
    apply(full_event(1));

    const auto rows = objects({});

    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(
        rows[0],
        boost::json::parse(
            R"({"event_id":"01920000-0000-0000-0000-000000000000.01930000-0000-0000-0000-000000000000.1",
                  "user_id":"alice","endpoint":"/ai/chat","operation_type":"chat","tokens_used":-20,"success":true,
                  "response_time_ms":310.25,"timestamp":"2026-11-24T10:00:00.001Z","kind":"correction",
                  "corrects":"some-earlier-event","operations":-1,"request_id":"request","model":"model",
                  "provider":"provider","input_tokens":1,"cache_read_tokens":2,"cache_write_tokens":3,"output_tokens":4,
                  "reasoning_tokens":5,"delivered_tokens":6,"token_source":"provider","cost_nano_usd":7,
                  "price_version":"2026-11","tier":"pro","key_id":"key","team":"team","tags":["a","b \"c\""],"status":200,
                  "error_class":"client_gone","time_to_first_token_ms":1.5,"streamed":true,"client_gone":true})")
            .as_object());
}

TEST_F(ExportTest, WritesNullForWhatIsNotKnown) {
    apply(plain_event(1, "alice"));

    const auto rows = objects({});

    for (const char* name : {"corrects", "model", "input_tokens", "cost_nano_usd", "team", "status",
                             "time_to_first_token_ms"}) {
        EXPECT_TRUE(rows.at(0).at(name).is_null()) << name;
    }
    EXPECT_TRUE(rows.at(0).at("tags").as_array().empty());
}

TEST_F(ExportTest, WritesDaysOfUsersAndOfAll) {
    apply(plain_event(1, "global"));
    apply(plain_event(2, "global"));

    const auto rows = objects({.what = ExportWhat::daily});

    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].at("scope"), "global");
    EXPECT_EQ(rows[0].at("user_id"), "global");
    EXPECT_EQ(rows[1],
              boost::json::parse(
                  R"({"user_id":"global","scope":"user","date":"2026-11-24","total_operations":2,
        "total_tokens":1000,"successful_operations":2,"failed_operations":0,"response_time_ms_total":620.5,
        "operations_by_type":[{"name":"chat","operations":2,"tokens":1000}],"operations_by_endpoint":[],
        "last_activity":"2026-11-24T10:00:00.002Z","tier":null,"response_time_ms":620.5})")
                  .as_object());
}

TEST_F(ExportTest, WritesDaysAsCsv) {
    apply(plain_event(1, "alice"));

    const std::string text = exported({.what = ExportWhat::daily});

    EXPECT_EQ(text,
              "user_id,scope,date,total_operations,total_tokens,successful_operations,failed_"
              "operations,response_time_ms_total,"
              "operations_by_type,operations_by_endpoint,last_activity,tier,response_time_ms\r\n"
              "\"global\",\"global\",\"2026-11-24\",1,500,1,0,310.250,"
              "\"[{\"\"name\"\":\"\"chat\"\",\"\"operations\"\":1,\"\"tokens\"\":500}]\","
              "\"[{\"\"name\"\":\"\"/ai/chat\"\",\"\"operations\"\":1,\"\"tokens\"\":500}]\","
              "\"2026-11-24T10:00:00.001Z\",,310.250\r\n"
              "\"alice\",\"user\",\"2026-11-24\",1,500,1,0,310.250,"
              "\"[{\"\"name\"\":\"\"chat\"\",\"\"operations\"\":1,\"\"tokens\"\":500}]\",\"[]\","
              "\"2026-11-24T10:00:00.001Z\",,310.250\r\n");
}

TEST_F(ExportTest, TakesTheEdgeOffFormulas) {
    std::uint64_t n = 0;
    for (const char* user : {"=1+1", "+1", "-1", "@sum", "\tx", "\rx", "a=b"}) {
        apply(plain_event(++n, user));
    }

    const std::string text = exported({});

    for (const char* cell :
         {"\"'=1+1\"", "\"'+1\"", "\"'-1\"", "\"'@sum\"", "\"'\tx\"", "\"'\rx\"", ",\"a=b\","}) {
        EXPECT_NE(text.find(cell), std::string::npos) << cell;
    }
}

TEST_F(ExportTest, LeavesNegativeNumbersNumbers) {
    apply(full_event(1));

    EXPECT_NE(exported({}).find(",-20,"), std::string::npos);
}

TEST_F(ExportTest, WritesUtf8WhateverIsStored) {
    apply(plain_event(1, "zo\xc3\xab\xff"));

    EXPECT_NE(exported({}).find("\"zo\xc3\xab\xef\xbf\xbd\""), std::string::npos);
    EXPECT_EQ(objects({}).at(0).at("user_id"), "zo\xc3\xab\xef\xbf\xbd");
}

TEST_F(ExportTest, KeepsToTheDaysAskedFor) {
    for (int day = 0; day < 4; ++day) {
        apply(plain_event(static_cast<std::uint64_t>(day) + 1, "alice",
                          kToday + std::chrono::days{day}));
    }

    const ExportOptions two_days{.from = kToday + std::chrono::days{1},
                                 .to = kToday + std::chrono::days{3}};
    ExportOptions of_totals = two_days;
    of_totals.what = ExportWhat::daily;

    EXPECT_EQ(objects(two_days).size(), 2U);
    EXPECT_EQ(objects(of_totals).size(), 4U);
    EXPECT_TRUE(objects({.from = kToday + std::chrono::days{9}}).empty());
    EXPECT_EQ(objects({.from = Day{std::chrono::year{1} / 1 / 1},
                       .to = Day{std::chrono::year{9999} / 12 / 31}})
                  .size(),
              4U);
}

TEST_F(ExportTest, LeavesOutWhatWasNotYetAppliedWhenItBegan) {
    apply(plain_event(1, "alice"));
    const UsageEvent under_way = plain_event(2, "alice");
    store_.rows().emplace(under_way.id, EventRow{.event = under_way, .checksum = 1});

    EXPECT_EQ(objects({}).size(), 1U);
}

TEST_F(ExportTest, OfAnEmptyStoreHasNamesAlone) {
    const std::string text = exported({.what = ExportWhat::daily});

    EXPECT_TRUE(text.starts_with("user_id,scope,date")) << text;
    EXPECT_EQ(std::ranges::count(text, '\n'), 1);
    EXPECT_EQ(exported({.format = ExportFormat::jsonl}), "");
    EXPECT_EQ(rows_, 0U);
}

TEST_F(ExportTest, ComesInPiecesOfWholeLinesAndEndsWhereTheSinkFails) {
    for (std::uint64_t n = 1; n <= 1'000; ++n) {
        apply(plain_event(n, "alice"));
    }
    int pieces = 0;

    const auto rows = export_rows(store_, {}, [&](std::string_view piece) -> Result<void> {
        EXPECT_TRUE(piece.ends_with("\r\n"));
        if (++pieces == 2) return failure(Errc::unavailable, "", "the disk is full");
        return {};
    });

    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().message, "the disk is full");
    EXPECT_EQ(pieces, 2);
}

TEST(ExportNames, AreTheseAlone) {
    EXPECT_EQ(parse_export_what("daily"), ExportWhat::daily);
    EXPECT_EQ(parse_export_what("events"), ExportWhat::events);
    EXPECT_EQ(parse_export_what("Events"), std::nullopt);
    EXPECT_EQ(parse_export_format("csv"), ExportFormat::csv);
    EXPECT_EQ(parse_export_format("jsonl"), ExportFormat::jsonl);
    EXPECT_EQ(parse_export_format("json"), std::nullopt);
}

}  // namespace
}  // namespace tallygate::reports
