#include "api/usage_json.h"

#include <gtest/gtest.h>

namespace tallygate::api {
namespace {

using namespace std::chrono_literals;

constexpr Day kToday{2026y / 11 / 24};
constexpr Timestamp kAt = Timestamp{kToday} + 10h + 123456us;

RecentOperation a_chat() {
    return {"chat", "/ai/chat", 500, true, 310'204us, kAt};
}

tracker::UserUsage usage_of_alice() {
    tracker::UserUsage usage;
    usage.user_id = "alice";
    usage.totals = {12, 11, 1, 9100, 4'948'400};
    usage.by_operation = {{"chat", 10, 7500}, {"mindmap", 0, 0}, {"qa", 2, 1600}};
    usage.days = {{kToday - std::chrono::days{1}, 0, 0}, {kToday, 12, 9100}};
    usage.most_recent_activity = kAt;
    usage.tier = {"free", 10'000};
    usage.month_tokens = 9100;
    usage.limit_resets_at = Timestamp{Day{2026y / 12 / 1}};
    usage.recent = {a_chat()};
    return usage;
}

TEST(UserUsageJson, HasTheKeysInOrderAndNumbersWithTwoDecimals) {
    const std::string json = user_usage_json(usage_of_alice(), 2);

    EXPECT_EQ(
        json,
        R"({"user_id":"alice","period_days":2,"total_operations":12,"successful_operations":11,)"
        R"("failed_operations":1,"total_tokens":9100,"avg_response_time_ms":412.37,)"
        R"("success_rate":91.67,"operations_by_type":{"chat":10,"qa":2},)"
        R"("daily_usage":{"2026-11-23":{"operations":0,"tokens":0},)"
        R"("2026-11-24":{"operations":12,"tokens":9100}},)"
        R"("most_recent_activity":"2026-11-24T10:00:00.123Z","subscription_tier":"free",)"
        R"("subscription_limit":10000,"month_tokens":9100,"usage_percentage":91.00,)"
        R"("limit_resets_at":"2026-12-01T00:00:00.000Z",)"
        R"("recent_operations":[{"operation_type":"chat","endpoint":"/ai/chat",)"
        R"("tokens_used":500,"success":true,"response_time_ms":310.20,)"
        R"("timestamp":"2026-11-24T10:00:00.123Z"}]})");
}

TEST(UserUsageJson, OfAUserWithoutEventsHasZerosAndNull) {
    tracker::UserUsage usage;
    usage.user_id = "a/b \"c\"@example.com";
    usage.days = {{kToday, 0, 0}};
    usage.tier = {"free", 10'000};
    usage.limit_resets_at = Timestamp{Day{2026y / 12 / 1}};

    const std::string json = user_usage_json(usage, 1);

    EXPECT_EQ(
        json,
        R"({"user_id":"a/b \"c\"@example.com","period_days":1,"total_operations":0,)"
        R"("successful_operations":0,"failed_operations":0,"total_tokens":0,)"
        R"("avg_response_time_ms":0.00,"success_rate":0.00,"operations_by_type":{},)"
        R"("daily_usage":{"2026-11-24":{"operations":0,"tokens":0}},)"
        R"("most_recent_activity":null,"subscription_tier":"free","subscription_limit":10000,)"
        R"("month_tokens":0,"usage_percentage":0.00,)"
        R"("limit_resets_at":"2026-12-01T00:00:00.000Z","recent_operations":[]})");
}

TEST(UserUsageJson, HasNoPercentageWhereTheTierIsUnlimited) {
    tracker::UserUsage usage = usage_of_alice();
    usage.tier = {"house", std::nullopt};

    const std::string json = user_usage_json(usage, 2);

    EXPECT_NE(
        json.find(R"("subscription_tier":"house","subscription_limit":null,"month_tokens":9100,)"
                  R"("usage_percentage":null,)"),
        std::string::npos)
        << json;
}

TEST(UserUsageJson, TakesALimitOfNothingForUsedUp) {
    tracker::UserUsage usage = usage_of_alice();
    usage.tier = {"closed", 0};

    const std::string json = user_usage_json(usage, 2);

    EXPECT_NE(json.find(R"("subscription_limit":0,"month_tokens":9100,"usage_percentage":100.00,)"),
              std::string::npos)
        << json;
}

TEST(GlobalUsageJson, HasTheKeysInOrder) {
    tracker::GlobalUsage usage;
    usage.totals = {120, 118, 2, 91'000, 47'892'000};
    usage.unique_users = 7;
    usage.by_operation = {{"chat", 100, 50'000}, {"qa", 20, 41'000}};
    usage.by_endpoint = {{"/ai/chat", 100, 50'000}, {"/ai/qa", 20, 41'000}};
    usage.days = {{kToday, 120, 91'000}};
    usage.most_recent_activity = kAt;
    usage.top_users = {{{"alice", 12, 9100, "free"}, {"free", 10'000}, 12'345},
                       {{"bob", 1, 5, "house"}, {"house", std::nullopt}, 5}};

    const std::string json = global_usage_json(usage, 1);

    EXPECT_EQ(json,
              R"({"period_days":1,"total_operations":120,"successful_operations":118,)"
              R"("failed_operations":2,"total_tokens":91000,"avg_response_time_ms":399.10,)"
              R"("success_rate":98.33,"unique_users":7,"operations_by_type":{"chat":100,"qa":20},)"
              R"("operations_by_endpoint":{"/ai/chat":100,"/ai/qa":20},)"
              R"("daily_usage":{"2026-11-24":{"operations":120,"tokens":91000}},)"
              R"("top_users":[{"user_id":"alice","operations":12,"tokens":9100,)"
              R"("subscription_tier":"free","subscription_limit":10000,"usage_percentage":123.45},)"
              R"({"user_id":"bob","operations":1,"tokens":5,"subscription_tier":"house",)"
              R"("subscription_limit":null,"usage_percentage":null}],)"
              R"("most_recent_activity":"2026-11-24T10:00:00.123Z"})");
}

TEST(GlobalUsageJson, OfNothingHasZerosAndNull) {
    const std::string json = global_usage_json({}, 1);

    EXPECT_EQ(json, R"({"period_days":1,"total_operations":0,"successful_operations":0,)"
                    R"("failed_operations":0,"total_tokens":0,"avg_response_time_ms":0.00,)"
                    R"("success_rate":0.00,"unique_users":0,"operations_by_type":{},)"
                    R"("operations_by_endpoint":{},"daily_usage":{},"top_users":[],)"
                    R"("most_recent_activity":null})");
}

tracker::LastHour an_hour() {
    tracker::LastHour hour;
    hour.as_of = kAt;
    hour.totals = {3, 2, 1, 1300, 1'197'299};
    hour.active_users = 2;
    hour.by_operation = {{"qa", 2, 800}, {"chat", 1, 500}, {"mindmap", 0, 0}};
    hour.operations_per_minute[58] = 1;
    hour.operations_per_minute[59] = 2;
    hour.recent = {{"a user with a long name", a_chat()}};
    return hour;
}

TEST(RealtimeJson, HasTheLastHourMinuteByMinute) {
    std::string zeros;
    for (int i = 0; i < 58; ++i) {
        zeros += "0,";
    }

    const std::string json = realtime_json(an_hour(), 4);

    EXPECT_EQ(json,
              R"({"as_of":"2026-11-24T10:00:00.123Z","last_hour":{"total_operations":3,)"
              R"("successful_operations":2,"failed_operations":1,"total_tokens":1300,)"
              R"("avg_response_time_ms":399.10,"active_users":2,)"
              R"("operations_by_type":{"qa":2,"chat":1}},"operations_per_minute":[)" +
                  zeros +
                  R"(1,2],"in_flight":4,"recent_operations":[{"user_id":"a user with a long name",)"
                  R"("operation_type":"chat","tokens_used":500,"success":true,)"
                  R"("response_time_ms":310.20,"timestamp":"2026-11-24T10:00:00.123Z"}]})");
}

TEST(HealthJson, HasTheLastHourWithoutItsUsers) {
    Health health;
    health.version = "1.2.3";
    health.uptime = 61s;
    health.store_kind = "sqlite";
    health.pending_events = 5;
    health.last_hour = an_hour();

    const std::string json = health_json(health);

    EXPECT_EQ(json, R"({"status":"healthy","version":"1.2.3","uptime_seconds":61,)"
                    R"("store":{"kind":"sqlite","status":"ok"},)"
                    R"("journal":{"status":"ok","pending_events":5},)"
                    R"("usage":{"last_hour_operations":3,"last_hour_tokens":1300,"active_users":2,)"
                    R"("success_rate":66.67,"recent_operations":[{"operation_type":"chat",)"
                    R"("tokens_used":500,"success":true,"response_time_ms":310.20,)"
                    R"("timestamp":"2026-11-24T10:00:00.123Z"}]}})");
}

TEST(HealthJson, ShowsTheNewestTenOperations) {
    Health health;
    for (int i = 0; i < 20; ++i) {
        health.last_hour.recent.push_back({"somebody", a_chat()});
    }

    const std::string json = health_json(health);

    std::size_t shown = 0;
    for (std::size_t at = 0; (at = json.find("operation_type", at)) != std::string::npos; ++at) {
        ++shown;
    }
    EXPECT_EQ(shown, 10U);
}

TEST(SessionJson, SaysWhoTheBearerIs) {
    const auth::Principal caller{.user_id = "al\"ice",
                                 .is_admin = true,
                                 .expires_at = Timestamp{std::chrono::seconds{1'800'000'000}}};

    EXPECT_EQ(session_json(caller),
              R"({"user_id":"al\"ice","is_admin":true,"expires_at":"2027-01-15T08:00:00.000Z"})");
}

}  // namespace
}  // namespace tallygate::api
