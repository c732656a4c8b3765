#include "api/usage_api.h"

#include <algorithm>
#include <stdexcept>
#include <type_traits>

#include <gtest/gtest.h>

#include "api/api_fixture.h"

namespace tallygate::api {
namespace {

using namespace std::chrono_literals;
using http::Access;

static_assert(std::is_constructible_v<Route, Access, std::string, std::string, Handler>);
static_assert(!std::is_constructible_v<Route, std::string, std::string, Handler>,
              "a route must say who may call it");
static_assert(!std::is_default_constructible_v<Route>, "a route must say who may call it");

// A store whose tables turn out to be damaged when somebody reads them.
class DamagedStore final : public store::UsageStore {
public:
    std::string_view kind() const override { return "memory"; }
    bool keeps_totals_by_run() const override { return false; }
    Result<store::StorePosition> position(const Uuid&) override { return damaged(); }
    Result<std::vector<DailyTotals>> load(std::span<const TotalsKey>) override { return damaged(); }
    Result<void> apply(const Uuid&, std::span<const EventRow>, std::span<const DailyTotals>,
                       std::span<const LogPosition>) override {
        return damaged();
    }
    Result<void> replace_day(Day, std::span<const DailyTotals>) override { return damaged(); }
    Result<std::vector<DailyTotals>> user_days(std::string_view, Period) override {
        return damaged();
    }
    Result<std::vector<DailyTotals>> global_days(Period) override { return damaged(); }
    Result<std::vector<DailyTotals>> latest_user_days(std::string_view, std::size_t) override {
        return damaged();
    }
    Result<std::optional<DailyTotals>> latest_global_day() override { return damaged(); }
    Result<std::vector<store::UserTotals>> top_users(Period, std::size_t) override {
        return damaged();
    }
    Result<std::int64_t> distinct_users(Period) override { return damaged(); }
    Result<void> scan_events(const RowVisitor&) override { return damaged(); }
    Result<void> scan_events(Period, const RowVisitor&) override { return damaged(); }
    Result<void> scan_totals(Period, const TotalsVisitor&) override { return damaged(); }
    Result<std::optional<Period>> extent() override { return damaged(); }
    Result<std::vector<store::AppliedRun>> runs() override { return damaged(); }

private:
    static std::unexpected<Error> damaged() {
        return failure(Errc::data_loss, "", "usage.db: page 7 is not as it was written");
    }
};

class UsageApiTest : public ApiTest {
protected:
    const Route& route(std::string_view pattern) {
        routes_ = api.routes();
        const auto found = std::ranges::find(routes_, pattern, &Route::pattern);
        if (found == routes_.end()) throw std::runtime_error("no such route");
        return *found;
    }

private:
    std::vector<Route> routes_;
};

// --- who may call what ---

TEST_F(UsageApiTest, SaysOfEachRouteWhoMayCallIt) {
    std::vector<std::pair<std::string, Access>> declared;
    for (const Route& route : api.routes()) {
        declared.emplace_back(route.method + " " + route.pattern, route.access);
    }

    EXPECT_EQ(declared, (std::vector<std::pair<std::string, Access>>{
                            {"GET /ai/usage/me", Access::user},
                            {"GET /ai/usage/user/{user_id}", Access::admin},
                            {"GET /ai/usage/global", Access::admin},
                            {"GET /ai/usage/realtime", Access::admin},
                            {"GET /health", Access::open},
                            {"GET /tallygate/session", Access::user},
                            {"GET /tallygate/openapi.json", Access::open},
                            {"GET /openapi.json", Access::open},
                            {"GET /tallygate/metrics", Access::admin_or_scraper},
                            {"GET /metrics", Access::admin_or_scraper},
                            {"GET /tallygate/livez", Access::open},
                            {"GET /livez", Access::open},
                            {"GET /tallygate/readyz", Access::open},
                            {"GET /readyz", Access::open},
                            {"GET /tallygate/", Access::open},
                            {"GET /tallygate/{file}", Access::open},
                            {"GET /tallygate/assets/{file}", Access::open},
                            {"GET /tallygate", Access::open},
                            {"GET /", Access::open}}));
}

TEST_F(UsageApiTest, LetsTheShortPathsYield) {
    for (const Route& route : api.routes()) {
        const bool is_ours_alone = route.pattern.starts_with("/tallygate/") ||
                                   route.pattern.starts_with("/ai/usage/") ||
                                   route.pattern == "/tallygate" || route.pattern == "/health";
        EXPECT_EQ(route.is_alias, !is_ours_alone) << route.pattern;
    }
}

TEST_F(UsageApiTest, TakesAnEncodedSlashInTheUserIdAlone) {
    for (const Route& route : api.routes()) {
        EXPECT_EQ(route.takes_ambiguous_escape, route.pattern == "/ai/usage/user/{user_id}")
            << route.pattern;
    }
}

TEST_F(UsageApiTest, NeedsTheStoreForPastUsageAlone) {
    for (const Route& route : api.routes()) {
        const bool needs_store =
            route.pattern.starts_with("/ai/usage/") && route.pattern != "/ai/usage/realtime";
        EXPECT_EQ(route.answers_from_memory, !needs_store) << route.pattern;
    }
}

TEST_F(UsageApiTest, RefusesToAnswerForNobody) {
    EXPECT_THROW(route("/ai/usage/me").handler({}, nullptr), std::logic_error);
    EXPECT_THROW(route("/ai/usage/user/{user_id}").handler({}, nullptr), std::logic_error);
}

// --- usage ---

TEST_F(UsageApiTest, TellsUsersTheirOwnUsage) {
    caller = {.user_id = "alice", .tier = "basic"};
    record("alice", "chat", 500, true, kNow - 24h);
    record("alice", "qa", 800, false, kNow);
    record("bob", "chat", 500, true, kNow);

    const http::Reply reply = get("/ai/usage/me", "days=2");

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.content_type, "application/json");
    EXPECT_EQ(field(reply, "Cache-Control"), "no-store");
    EXPECT_EQ(
        reply.body,
        R"({"user_id":"alice","period_days":2,"total_operations":2,"successful_operations":1,)"
        R"("failed_operations":1,"total_tokens":1300,"avg_response_time_ms":310.20,)"
        R"("success_rate":50.00,"operations_by_type":{"chat":1,"qa":1},)"
        R"("daily_usage":{"2026-11-23":{"operations":1,"tokens":500},)"
        R"("2026-11-24":{"operations":1,"tokens":800}},)"
        R"("most_recent_activity":"2026-11-24T10:00:00.123Z","subscription_tier":"basic",)"
        R"("subscription_limit":50000,"month_tokens":1300,"usage_percentage":2.60,)"
        R"("limit_resets_at":"2026-12-01T00:00:00.000Z","recent_operations":[)"
        R"({"operation_type":"qa","endpoint":"/ai/qa","tokens_used":800,"success":false,)"
        R"("response_time_ms":310.20,"timestamp":"2026-11-24T10:00:00.123Z"},)"
        R"({"operation_type":"chat","endpoint":"/ai/chat","tokens_used":500,"success":true,)"
        R"("response_time_ms":310.20,"timestamp":"2026-11-23T10:00:00.123Z"}]})");
}

TEST_F(UsageApiTest, ShowsThirtyDaysWhereNobodySaysHowMany) {
    const http::Reply reply = get("/ai/usage/me");

    EXPECT_NE(reply.body.find(R"("period_days":30,)"), std::string::npos);
    EXPECT_NE(reply.body.find(R"("daily_usage":{"2026-10-26":)"), std::string::npos);
    EXPECT_NE(reply.body.find(R"("2026-11-24":{"operations":0,"tokens":0}},)"), std::string::npos);
}

TEST_F(UsageApiTest, TakesAnotherUsersTierFromTheirLatestCall) {
    caller.tier = "enterprise";
    record("bob/at work", "chat", 500, true, kNow, "pro");

    const http::Reply reply = get("/ai/usage/user/{user_id}", "days=1", "bob/at work");

    EXPECT_EQ(reply.status, 200);
    EXPECT_NE(reply.body.find(R"("user_id":"bob/at work",)"), std::string::npos) << reply.body;
    EXPECT_NE(reply.body.find(R"("subscription_tier":"pro","subscription_limit":200000,)"),
              std::string::npos)
        << reply.body;
}

TEST_F(UsageApiTest, TellsAdministratorsTheSameAboutThemselvesOnBothPaths) {
    caller.tier = "enterprise";
    record("alice", "chat", 500, true, kNow, "pro");

    const http::Reply by_id = get("/ai/usage/user/{user_id}", "", "alice");

    EXPECT_EQ(by_id.body, get("/ai/usage/me").body);
}

TEST_F(UsageApiTest, AnswersZerosForAUserWithoutEvents) {
    const http::Reply reply = get("/ai/usage/user/{user_id}", "days=1", "nobody");

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(
        reply.body,
        R"({"user_id":"nobody","period_days":1,"total_operations":0,"successful_operations":0,)"
        R"("failed_operations":0,"total_tokens":0,"avg_response_time_ms":0.00,)"
        R"("success_rate":0.00,"operations_by_type":{},)"
        R"("daily_usage":{"2026-11-24":{"operations":0,"tokens":0}},)"
        R"("most_recent_activity":null,"subscription_tier":"free","subscription_limit":10000,)"
        R"("month_tokens":0,"usage_percentage":0.00,)"
        R"("limit_resets_at":"2026-12-01T00:00:00.000Z","recent_operations":[]})");
}

TEST_F(UsageApiTest, RefusesAPathWithoutAUserIdThatCouldBe) {
    const http::Reply bytes = get("/ai/usage/user/{user_id}", "", "not utf-8 \xff");
    const http::Reply size = get("/ai/usage/user/{user_id}", "", std::string(257, 'x'));

    expect_problem(
        bytes,
        problem("Bad Request", 400,
                "the user id in the path has 11 bytes; it must be 1 to 256 bytes of UTF-8 "
                "without control characters",
                "user_id_invalid"),
        400);
    EXPECT_EQ(size.status, 400);
}

TEST_F(UsageApiTest, ShowsTheTiersOfNow) {
    record("alice", "chat", 500, true, kNow);
    tiers = std::make_shared<TierTable>(TierTable::standard());
    tiers->tiers["free"].tokens_per_month = 1000;

    const http::Reply reply = get("/ai/usage/me");

    EXPECT_NE(reply.body.find(
                  R"("subscription_limit":1000,"month_tokens":500,"usage_percentage":50.00,)"),
              std::string::npos)
        << reply.body;
}

TEST_F(UsageApiTest, TellsAdministratorsTheUsageOfAll) {
    record("alice", "chat", 9100, true, kNow - 1s);
    record("bob", "qa", 800, false, kNow, "pro");
    record("carol", "qa", 1, true, kNow);

    const http::Reply reply = get("/ai/usage/global", "days=1&top=2&unknown=1");

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body,
              R"({"period_days":1,"total_operations":3,"successful_operations":2,)"
              R"("failed_operations":1,"total_tokens":9901,"avg_response_time_ms":310.20,)"
              R"("success_rate":66.67,"unique_users":3,"operations_by_type":{"chat":1,"qa":2},)"
              R"("operations_by_endpoint":{"/ai/chat":1,"/ai/qa":2},)"
              R"("daily_usage":{"2026-11-24":{"operations":3,"tokens":9901}},)"
              R"("top_users":[{"user_id":"alice","operations":1,"tokens":9100,)"
              R"("subscription_tier":"free","subscription_limit":10000,"usage_percentage":91.00},)"
              R"({"user_id":"bob","operations":1,"tokens":800,"subscription_tier":"pro",)"
              R"("subscription_limit":200000,"usage_percentage":0.40}],)"
              R"("most_recent_activity":"2026-11-24T10:00:00.123Z"})");
}

TEST_F(UsageApiTest, RefusesBadParameters) {
    const std::string days_detail =
        "days is 367; it must be a whole number from 1 to 366, given once";
    const std::string days = problem("Bad Request", 400, days_detail, "days_out_of_range");
    expect_problem(get("/ai/usage/me", "days=367"), days, 400);
    expect_problem(get("/ai/usage/user/{user_id}", "days=367", "bob"), days, 400);
    expect_problem(get("/ai/usage/global", "days=367"), days, 400);
    expect_problem(get("/ai/usage/me", "days="),
                   problem("Bad Request", 400,
                           "days is empty; it must be a whole number from 1 to 366, given once",
                           "days_invalid"),
                   400);
    expect_problem(
        get("/ai/usage/global", "top=0"),
        problem("Bad Request", 400, "top is 0; it must be a whole number from 1 to 100, given once",
                "top_out_of_range"),
        400);
    EXPECT_EQ(tracker.times_caught_up, 0) << "a bad request must not make the projector hurry";
}

TEST_F(UsageApiTest, ReadsWhatWasJournalledBeforeTheRequest) {
    get("/ai/usage/me");
    get("/ai/usage/user/{user_id}", "", "bob");
    get("/ai/usage/global");

    EXPECT_EQ(tracker.times_caught_up, 3);
}

TEST_F(UsageApiTest, AsksForPatienceWhileTheStoreIsDown) {
    tracker.caught_up =
        failure(Errc::unavailable, "store_unavailable", "the store does not answer");
    const std::string body =
        problem("Service Unavailable", 503, "the store does not answer", "store_unavailable");

    for (const char* pattern : {"/ai/usage/me", "/ai/usage/user/{user_id}", "/ai/usage/global"}) {
        const http::Reply reply = get(pattern, "", "bob");
        expect_problem(reply, body, 503);
        EXPECT_EQ(field(reply, "Retry-After"), "1") << pattern;
    }
}

TEST_F(UsageApiTest, KeepsTheCauseOfItsOwnFaultsToItsLog) {
    DamagedStore damaged;
    const UsageApi broken(tracker, damaged, journal, clock,
                          {.version = "1.2.3",
                           .tiers = [this] { return tiers; },
                           .gateway_metrics = [this] { return gateway; }});
    http::Request request;
    request.request_id = "a-request-id-of-the-test";
    request.captures = {"bob"};
    for (const Route& route : broken.routes()) {
        if (!route.pattern.starts_with("/ai/usage/") || route.pattern == "/ai/usage/realtime") {
            continue;
        }

        const http::Reply reply = route.handler(request, &caller);

        expect_problem(
            reply,
            problem("Internal Server Error", 500,
                    "something failed on our side; its log has the cause", "internal_error"),
            500);
    }
}

}  // namespace
}  // namespace tallygate::api
