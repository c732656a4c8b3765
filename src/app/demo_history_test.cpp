#include "app/demo_history.h"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "app/config_fixture.h"
#include "app/demo_users.h"
#include "base/clock.h"
#include "store/memory/memory_store.h"
#include "tracker/verify.h"
#include "usage/tier.h"

namespace tallygate::app {
namespace {

using std::chrono::days;

constexpr Day kToday = Day{std::chrono::year{2026} / 11 / 24};  // a Tuesday
constexpr Timestamp kNow = Timestamp{kToday} + std::chrono::hours{15};

std::map<Day, int> calls_by_day(const std::vector<UsageEvent>& events) {
    std::map<Day, int> calls;
    for (const UsageEvent& event : events)
        ++calls[day_of(event.timestamp)];
    return calls;
}

// Of this month's tokens, the part of the tier's limit, for each user.
std::map<std::string, double> shares_of_limit(const std::vector<UsageEvent>& events,
                                              Timestamp now) {
    const TierTable tiers = TierTable::standard();
    std::map<std::string, double> shares;
    for (const UsageEvent& event : events) {
        if (event.timestamp < month_start(day_of(now))) continue;
        shares[event.user_id] += static_cast<double>(event.tokens_used) /
                                 static_cast<double>(*tiers.resolve(event.tier).tokens_per_month);
    }
    return shares;
}

TEST(DemoHistory, IsTheSameForTheSameInstant) {
    EXPECT_EQ(plan_demo_history(kNow), plan_demo_history(kNow));
}

TEST(DemoHistory, IsSortedAndOverBeforeNowWheneverThatIs) {
    const Day first_of_month{std::chrono::year{2026} / 12 / 1};
    for (const Timestamp now : {kNow, Timestamp{kToday}, Timestamp{first_of_month},
                                Timestamp{first_of_month} + std::chrono::microseconds{1},
                                Timestamp{first_of_month} + std::chrono::minutes{7}}) {
        const auto events = plan_demo_history(now);

        EXPECT_TRUE(std::ranges::is_sorted(events, {}, &UsageEvent::timestamp));
        for (const UsageEvent& event : events) {
            ASSERT_LT(event.timestamp + event.response_time, now);
            ASSERT_GE(event.timestamp, day_of(now) - days{kDemoHistoryDays - 1});
        }
        EXPECT_GT(events.size(), 15'000U);
        EXPECT_LT(events.size(), 40'000U);
    }
}

TEST(DemoHistory, HasCallsOnEachOfTheNinetyDaysAndMoreOfThemOnWorkdays) {
    const auto calls = calls_by_day(plan_demo_history(kNow));

    EXPECT_EQ(calls.size(), static_cast<std::size_t>(kDemoHistoryDays));
    EXPECT_EQ(calls.rbegin()->first, kToday);
    double workdays = 0;
    double weekends = 0;
    for (const auto& [day, count] : calls) {
        const unsigned weekday = std::chrono::weekday{day}.iso_encoding();
        (weekday <= 5 ? workdays : weekends) += count;
    }
    EXPECT_GT(workdays / 5, 1.5 * weekends / 2);
}

TEST(DemoHistory, GrowsALittle) {
    const auto calls = calls_by_day(plan_demo_history(kNow));
    const auto sum = [&](int from, int to) {
        int count = 0;
        for (int ago = from; ago < to; ++ago)
            count += calls.at(kToday - days{ago});
        return count;
    };

    EXPECT_GT(sum(1, 29), sum(61, 89) * 11 / 10);
    EXPECT_LT(sum(1, 29), sum(61, 89) * 3 / 2);
}

TEST(DemoHistory, SpreadsTheUsersOverTheirLimits) {
    const auto shares = shares_of_limit(plan_demo_history(kNow), kNow);

    EXPECT_EQ(shares.size(), demo_users().size());
    const auto usual = std::ranges::count_if(
        shares, [](const auto& user) { return user.second > 0.10 && user.second < 0.85; });
    EXPECT_EQ(usual, 9);
    EXPECT_NEAR(shares.at("bob@example.com"), 0.95, 0.02);
    EXPECT_NEAR(shares.at("dora"), 1.06, 0.05);
    EXPECT_LT(shares.at("lars"), 0.10);
}

TEST(DemoHistory, HasAUserNearAndOneBeyondTheLimitOnTheFirstOfTheMonthToo) {
    const Timestamp now = Timestamp{Day{std::chrono::year{2026} / 12 / 1}} + std::chrono::hours{10};
    const auto shares = shares_of_limit(plan_demo_history(now), now);

    EXPECT_NEAR(shares.at("bob@example.com"), 0.95, 0.02);
    EXPECT_GT(shares.at("dora"), 1.0);
}

TEST(DemoHistory, HasEveryOperationWithWhatTheGatewayWouldWrite) {
    std::map<std::string, gateway::RouteConfig> routes;
    for (const gateway::RouteConfig& route : gateway::default_routes(""))
        routes[route.pattern] = route;
    std::set<std::string> seen;

    for (const UsageEvent& event : plan_demo_history(kNow)) {
        const gateway::RouteConfig& route = routes.at(event.endpoint);
        seen.insert(event.operation_type);
        ASSERT_EQ(event.operation_type, route.operation);
        ASSERT_EQ(event.tokens_used, event.success ? route.estimate_tokens : 0);
        ASSERT_EQ(event.token_source,
                  event.tokens_used > 0 ? TokenSource::estimate : TokenSource::none);
        ASSERT_EQ(event.success, *event.status < 400);
        ASSERT_EQ(event.error_class, event.success ? "" : "upstream_status");
        ASSERT_EQ(event.streamed, event.success && event.endpoint.ends_with("/stream"));
        ASSERT_LT(*event.time_to_first_token, event.response_time);
        ASSERT_EQ(event.tokens, TokenCounts{});
        ASSERT_EQ(event.model + event.provider + event.team + event.key_id, "");
        ASSERT_EQ(event.request_id.size(), 32U);
    }

    EXPECT_EQ(seen.size(), routes.size());
}

TEST(DemoHistory, HasOneBadDay) {
    std::map<Day, double> failed;
    const auto events = plan_demo_history(kNow);
    for (const UsageEvent& event : events)
        failed[day_of(event.timestamp)] += event.success ? 0 : 1;
    int bad_days = 0;
    double all = 0;
    for (const auto& [day, calls] : calls_by_day(events)) {
        bad_days += failed[day] > 0.10 * calls;
        all += failed[day];
    }

    EXPECT_EQ(bad_days, 1);
    EXPECT_NEAR(all / static_cast<double>(events.size()), 0.026, 0.006);
}

class WrittenDemoHistory : public testing::Test {
protected:
    void SetUp() override { start(); }

    void start() {
        tracker_.reset();
        journal_.reset();
        directory_.reset();
        auto directory = journal::DataDirectory::open(folder_.path() / "demo", clock_);
        ASSERT_TRUE(directory) << directory.error().message;
        directory_ = std::make_unique<journal::DataDirectory>(std::move(*directory));
        auto journal = journal::Journal::open(*directory_, {}, clock_);
        ASSERT_TRUE(journal) << journal.error().message;
        journal_ = std::move(*journal);
        auto tracker = tracker::UsageTracker::start(*journal_, journal_path(), store_,
                                                    directory_->writer(), clock_);
        ASSERT_TRUE(tracker) << tracker.error().message;
        tracker_ = std::move(*tracker);
    }
    std::filesystem::path journal_path() const { return directory_->journal_path(); }
    std::size_t write() {
        const auto written = write_demo_history(*tracker_, journal_path(), store_, clock_.now());
        EXPECT_TRUE(written) << written.error().message;
        return written ? *written : 0;
    }

    TemporaryFolder folder_;
    ManualClock clock_{kNow};
    store::MemoryStore store_;
    std::unique_ptr<journal::DataDirectory> directory_;
    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<tracker::UsageTracker> tracker_;
};

TEST_F(WrittenDemoHistory, IsInTheStoreAsEveryProofWantsIt) {
    const std::size_t written = write();
    tracker_.reset();  // applies what is left

    const auto report = tracker::verify(
        store_, {.journal_path = journal_path()},
        [](const tracker::Difference& d) { ADD_FAILURE() << d.what << ": " << d.found; },
        [](std::uint64_t) {});

    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->differences, 0U);
    EXPECT_EQ(report->events, written);
    EXPECT_EQ(report->events, plan_demo_history(kNow).size());
}

TEST_F(WrittenDemoHistory, LeavesTheLastHourWithWhatBeganInIt) {
    const auto past = plan_demo_history(kNow);
    const Timestamp first_minute = kNow - std::chrono::minutes{59};
    const auto in_it = std::ranges::count_if(
        past, [&](const UsageEvent& event) { return event.timestamp >= first_minute; });

    write();

    const tracker::LastHour hour = tracker_->live().last_hour();
    EXPECT_GT(in_it, 0);
    EXPECT_EQ(hour.totals.operations, in_it);
    EXPECT_EQ(hour.recent.front().operation.timestamp, past.back().timestamp);
    EXPECT_EQ(tracker_->live().in_flight(), 0);
}

TEST_F(WrittenDemoHistory, IsWrittenOnce) {
    EXPECT_GT(write(), 0U);
    EXPECT_EQ(write(), 0U);

    start();

    EXPECT_EQ(write(), 0U);
}

TEST_F(WrittenDemoHistory, IsNotAddedToWhatAnEarlierRunHas) {
    UsageEvent event;
    event.user_id = "somebody-with-a-long-name";
    event.timestamp = clock_.now();
    const auto call = tracker_->begin(event);
    ASSERT_TRUE(call);
    ASSERT_TRUE(tracker_->finish(*call, event));

    start();

    EXPECT_EQ(write(), 0U);
}

}  // namespace
}  // namespace tallygate::app
