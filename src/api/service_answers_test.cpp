// The answers that need no store: the last hour, health, probes, metrics, documents.
#include <algorithm>

#include <gtest/gtest.h>

#include "api/api_fixture.h"

namespace tallygate::api {
namespace {

using namespace std::chrono_literals;
using JournalState = journal::JournalStatus::State;

using ServiceAnswersTest = ApiTest;

TEST_F(ServiceAnswersTest, TellsAdministratorsTheLastHourWhileTheStoreIsDown) {
    tracker.caught_up =
        failure(Errc::unavailable, "store_unavailable", "the store does not answer");
    record("alice", "chat", 500, true, kNow);
    record("bob", "qa", 800, false, kNow - 61min);
    tracker.views.call_began();
    std::string zeros;
    for (int i = 0; i < 59; ++i) {
        zeros += "0,";
    }

    const http::Reply reply = get("/ai/usage/realtime");

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body,
              R"({"as_of":"2026-11-24T10:00:00.123Z","last_hour":{"total_operations":1,)"
              R"("successful_operations":1,"failed_operations":0,"total_tokens":500,)"
              R"("avg_response_time_ms":310.20,"active_users":1,"operations_by_type":{"chat":1}},)"
              R"("operations_per_minute":[)" +
                  zeros +
                  R"(1],"in_flight":1,"recent_operations":[{"user_id":"alice",)"
                  R"("operation_type":"chat","tokens_used":500,"success":true,)"
                  R"("response_time_ms":310.20,"timestamp":"2026-11-24T10:00:00.123Z"}]})");
}

TEST_F(ServiceAnswersTest, TellsAnybodyItsHealthWithoutAUser) {
    record("alice", "chat", 500, true, kNow);
    tracker.state.pending_events = 4;

    const http::Reply reply = get("/health");

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body,
              R"({"status":"healthy","version":"1.2.3","uptime_seconds":60,)"
              R"("store":{"kind":"memory","status":"ok"},)"
              R"("journal":{"status":"ok","pending_events":4},)"
              R"("usage":{"last_hour_operations":1,"last_hour_tokens":500,"active_users":1,)"
              R"("success_rate":100.00,"recent_operations":[{"operation_type":"chat",)"
              R"("tokens_used":500,"success":true,"response_time_ms":310.20,)"
              R"("timestamp":"2026-11-24T10:00:00.123Z"}]}})");
}

TEST_F(ServiceAnswersTest, IsDegradedButReadyWhileTheStoreIsDown) {
    tracker.state.store_ok = false;

    const http::Reply health = get("/health");

    EXPECT_EQ(health.status, 200);
    EXPECT_TRUE(health.body.starts_with(R"({"status":"degraded",)")) << health.body;
    EXPECT_NE(health.body.find(R"("store":{"kind":"memory","status":"unavailable"})"),
              std::string::npos);
    EXPECT_EQ(get("/tallygate/readyz").status, 200);
    EXPECT_EQ(get("/tallygate/livez").status, 200);
}

TEST_F(ServiceAnswersTest, IsUnhealthyAndNotReadyWhileTheJournalIsFull) {
    journal.state.state = JournalState::full;

    const http::Reply health = get("/health");
    const http::Reply ready = get("/tallygate/readyz");

    EXPECT_EQ(health.status, 503);
    EXPECT_TRUE(health.body.starts_with(R"({"status":"unhealthy",)")) << health.body;
    EXPECT_NE(health.body.find(R"("journal":{"status":"full",)"), std::string::npos);
    expect_problem(
        ready,
        problem("Service Unavailable", 503,
                "calls are refused because the journal cannot take them; look at the space on "
                "its disk and at the server's log",
                "journal_unavailable"),
        503);
    EXPECT_EQ(field(ready, "Retry-After"), "1");
    EXPECT_EQ(get("/tallygate/livez").status, 200) << "a restart does not make room";
}

TEST_F(ServiceAnswersTest, AsksForARestartWhenASyncHasFailed) {
    journal.state.state = JournalState::failed;

    EXPECT_EQ(get("/health").status, 503);
    EXPECT_EQ(get("/tallygate/readyz").status, 503);
    expect_problem(
        get("/tallygate/livez"),
        problem("Service Unavailable", 503,
                "the journal could not be synced to disk, so what the disk holds is unknown; "
                "restart the server once the disk is sound",
                "journal_unavailable"),
        503);
}

TEST_F(ServiceAnswersTest, IsOnlyDegradedWhereCallsGoUnmetered) {
    const UsageApi lenient(tracker, *store, journal, clock,
                           {.version = "1.2.3",
                            .serves_unmetered = true,
                            .tiers = [this] { return tiers; },
                            .gateway_metrics = [this] { return gateway; }});
    journal.state.state = JournalState::full;
    const std::vector<Route> routes = lenient.routes();
    const auto ask = [&routes](std::string_view pattern) {
        return std::ranges::find(routes, pattern, &Route::pattern)->handler({}, nullptr);
    };

    EXPECT_EQ(ask("/health").status, 200);
    EXPECT_TRUE(ask("/health").body.starts_with(R"({"status":"degraded",)"));
    EXPECT_EQ(ask("/tallygate/readyz").status, 200);
}

TEST_F(ServiceAnswersTest, AnswersProbesWithAWord) {
    const http::Reply reply = get("/tallygate/livez");

    EXPECT_EQ(reply.content_type, "text/plain; charset=utf-8");
    EXPECT_EQ(reply.body, "ok\n");
    EXPECT_EQ(get("/tallygate/readyz").body, "ok\n");
}

TEST_F(ServiceAnswersTest, ShowsMetricsOfAllItsParts) {
    gateway.unmetered = 7;
    journal.state.appended_events = 12;
    tracker.state.pending_events = 3;
    tracker.views.call_began();

    const http::Reply reply = get("/tallygate/metrics");

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.content_type, "text/plain; version=0.0.4; charset=utf-8");
    for (const char* line :
         {"\ntallygate_unmetered_total 7\n", "\ntallygate_journal_appended_events_total 12\n",
          "\ntallygate_projector_pending_events 3\n", "\ntallygate_in_flight 1\n",
          "\ntallygate_store_up{kind=\"memory\"} 1\n",
          "\ntallygate_build_info{version=\"1.2.3\"} 1\n",
          "\nprocess_start_time_seconds 1795514340.123\n"}) {
        EXPECT_NE(reply.body.find(line), std::string::npos) << line << reply.body;
    }
}

TEST_F(ServiceAnswersTest, NeverNamesAUserInMetrics) {
    record("a user with a long name", "chat", 500, true, kNow);

    EXPECT_EQ(get("/tallygate/metrics").body.find("a user with a long name"), std::string::npos);
}

// --- documents ---

TEST_F(ServiceAnswersTest, SendsADocumentOnce) {
    if_none_match = field(get("/tallygate/openapi.json"), "ETag");

    EXPECT_EQ(get("/tallygate/openapi.json").status, 304);
    EXPECT_EQ(get("/tallygate/").status, 200);
}

TEST_F(ServiceAnswersTest, AnswersTheSameOnTheShortPaths) {
    EXPECT_EQ(get("/openapi.json").body, get("/tallygate/openapi.json").body);
    EXPECT_EQ(get("/livez").body, get("/tallygate/livez").body);
    EXPECT_EQ(get("/readyz").body, get("/tallygate/readyz").body);
    EXPECT_EQ(get("/metrics").content_type, get("/tallygate/metrics").content_type);
}

}  // namespace
}  // namespace tallygate::api
