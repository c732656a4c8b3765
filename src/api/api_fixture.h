// For tests: the API over fakes of the tracker and the journal, and a store in memory.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "api/fake_services.h"
#include "api/usage_api.h"
#include "base/clock.h"

namespace tallygate::api {

// 2026-11-24T10:00:00.123Z, a server that has run for a minute, version 1.2.3.
class ApiTest : public testing::Test {
protected:
    static constexpr Day kToday{std::chrono::year{2026} / 11 / 24};
    static constexpr Timestamp kNow =
        Timestamp{kToday} + std::chrono::hours{10} + std::chrono::milliseconds{123};

    ApiTest() { clock.advance(std::chrono::seconds{60}); }

    // One operation that began at `at`, on its way through every view.
    void record(std::string user, std::string operation, std::int64_t tokens, bool success,
                Timestamp at, std::string tier = "free") {
        UsageEvent event;
        event.id = {writer, {writer, ++last_number}};
        event.user_id = std::move(user);
        event.operation_type = std::move(operation);
        event.endpoint = "/ai/" + event.operation_type;
        event.timestamp = at;
        event.success = success;
        event.response_time = std::chrono::microseconds{310'204};
        event.tokens_used = tokens;
        event.tier = std::move(tier);
        tracker.views.add(event);
        store_event(event);
    }

    // The answer to a GET, as the dispatcher would ask for it; `user_id` is what the pattern took.
    http::Reply get(std::string_view pattern, std::string query = "", std::string user_id = "") {
        http::Request request;
        request.method = "GET";
        request.query = std::move(query);
        request.captures = {std::move(user_id)};
        request.request_id = "a-request-id-of-the-test";
        request.if_none_match = if_none_match;
        request.accept_encoding = accept_encoding;
        for (const Route& route : api.routes()) {
            if (route.pattern != pattern) continue;
            return route.handler(request, route.access == http::Access::open ? nullptr : &caller);
        }
        ADD_FAILURE() << "no route " << pattern;
        return {};
    }

    // The body of a problem, as the fixture's requests get it.
    static std::string problem(std::string_view title, int status, std::string_view detail,
                               std::string_view code) {
        return R"({"type":"about:blank","title":")" + std::string(title) + R"(","status":)" +
               std::to_string(status) + R"(,"detail":")" + std::string(detail) + R"(","code":")" +
               std::string(code) + R"(","request_id":"a-request-id-of-the-test"})";
    }

    static void expect_problem(const http::Reply& reply, const std::string& body, int status) {
        EXPECT_EQ(reply.status, status);
        EXPECT_EQ(reply.content_type, "application/problem+json");
        EXPECT_EQ(reply.body, body);
    }

    static std::string field(const http::Reply& reply, std::string_view name) {
        for (const auto& [key, value] : reply.fields) {
            if (key == name) return value;
        }
        return "";
    }

    ManualClock clock{kNow - std::chrono::seconds{60}};
    Uuid writer = make_uuid(kNow);
    std::uint64_t last_number = 0;
    FakeJournal journal;
    FakeTracker tracker{clock};
    std::unique_ptr<store::UsageStore> store = store::open_store({.url = "memory:"}).value();
    std::shared_ptr<TierTable> tiers =
        std::make_shared<TierTable>(TierTable::standard());  // and the API, while it asks
    GatewayMetrics gateway;
    auth::Principal caller{.user_id = "alice", .is_admin = true};
    std::string if_none_match;
    std::string accept_encoding;
    UsageApi api{tracker,
                 *store,
                 journal,
                 clock,
                 {.version = "1.2.3",
                  .tiers = [this] { return tiers; },
                  .gateway_metrics = [this] { return gateway; }}};

private:
    void store_event(const UsageEvent& event) {
        std::vector<DailyTotals> touched;
        for (const TotalsKey& key : totals_keys(event, false)) {
            DailyTotals& row = totals_.try_emplace(key, DailyTotals{.key = key}).first->second;
            row.add(event);
            touched.push_back(row);
        }
        const EventRow row{event, 0};
        ASSERT_TRUE(store->apply(writer, std::span(&row, 1), touched, {{event.id.position}}));
    }

    std::map<TotalsKey, DailyTotals> totals_;
};

}  // namespace tallygate::api
