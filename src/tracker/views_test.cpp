#include <gtest/gtest.h>

#include "tracker/live_views.h"
#include "tracker/tracker_fixture.h"
#include "tracker/usage_queries.h"

namespace tallygate::tracker {
namespace {

using namespace std::chrono_literals;

constexpr Day kToday = Day{std::chrono::year{2026} / 11 / 24};

UsageEvent live_event(const std::string& user, Timestamp at,
                      const std::string& operation = "chat") {
    UsageEvent event;
    event.user_id = user;
    event.operation_type = operation;
    event.timestamp = at;
    event.success = true;
    event.tokens_used = 10;
    return event;
}

TEST(LiveViews, RollsWithTheClockEvenWhenNothingComes) {
    ManualClock clock(kTestNow);
    LiveViews live(clock);
    live.add(live_event("alice", clock.now()));
    EXPECT_EQ(live.last_hour().totals.operations, 1);
    EXPECT_EQ(live.last_hour().operations_per_minute[59], 1);

    clock.advance(59min);
    EXPECT_EQ(live.last_hour().totals.operations, 1);
    EXPECT_EQ(live.last_hour().operations_per_minute[0], 1);

    clock.advance(1min);
    EXPECT_EQ(live.last_hour().totals.operations, 0);
    EXPECT_EQ(live.last_hour().active_users, 0);
    EXPECT_TRUE(live.last_hour().recent.empty());
}

TEST(LiveViews, CountsEachUserOnce) {
    ManualClock clock(kTestNow);
    LiveViews live(clock);
    for (int i = 0; i < 90; ++i) {
        live.add(live_event("user " + std::to_string(i % 3), clock.now()));
        clock.advance(1s);
    }

    EXPECT_EQ(live.last_hour().active_users, 3);
}

TEST(LiveViews, PutsAnEventIntoTheMinuteItsRequestBegan) {
    ManualClock clock(kTestNow);
    LiveViews live(clock);
    live.add(live_event("alice", clock.now() - 5min));
    live.add(live_event("late", clock.now() - 61min));

    const LastHour hour = live.last_hour();

    EXPECT_EQ(hour.operations_per_minute[54], 1);
    EXPECT_EQ(hour.totals.operations, 1);
}

TEST(LiveViews, ListsOperationsByNumberAndTheNewestFirst) {
    ManualClock clock(kTestNow);
    LiveViews live(clock);
    for (int i = 0; i < 30; ++i) {
        live.add(live_event("alice", clock.now(), i % 3 ? "qa" : "chat"));
        clock.advance(1s);
    }

    const LastHour hour = live.last_hour();

    EXPECT_EQ(hour.by_operation, (std::vector<NamedTotals>{{"qa", 20, 200}, {"chat", 10, 100}}));
    ASSERT_EQ(hour.recent.size(), LiveViews::kRecentKept);
    EXPECT_EQ(hour.recent.front().operation.timestamp, clock.now() - 1s);
}

TEST_F(TrackerTest, AnswersForAUserOverDaysAndTheMonth) {
    clock_.set(Timestamp{kToday - std::chrono::days{40}});
    start();
    record("alice", 1, "old");
    clock_.set(Timestamp{Day{std::chrono::year{2026} / 11 / 1}});
    record("alice", 100, "chat");
    clock_.set(kTestNow);
    record("alice", 1'000, "qa");
    catch_up();

    const auto week = user_usage(store_, "alice", 7, kToday, "pro", TierTable::standard());

    ASSERT_TRUE(week);
    EXPECT_EQ(week->totals.tokens, 1'000);
    EXPECT_EQ(week->month_tokens, 1'100);
    EXPECT_EQ(week->days.size(), 7U);
    EXPECT_EQ(week->days.back().tokens, 1'000);
    EXPECT_EQ(week->tier.name, "pro");
    EXPECT_EQ(week->limit_resets_at, Timestamp{Day{std::chrono::year{2026} / 12 / 1}});
    ASSERT_EQ(week->recent.size(), 3U) << "the last ten ever";
    EXPECT_EQ(week->recent[2].operation_type, "old");
    EXPECT_EQ(week->by_operation, (std::vector<NamedTotals>{{"qa", 1, 1'000}}));
}

TEST_F(TrackerTest, TakesTheTierOfTheLatestCallWhenSomebodyElseAsks) {
    start();
    record("alice");
    catch_up();

    const auto usage = user_usage(store_, "alice", 30, kToday, std::nullopt, TierTable::standard());

    EXPECT_EQ(usage->tier.name, "free");
}

TEST_F(TrackerTest, GivesZerosForAUserWithoutEvents) {
    start();

    const auto usage = user_usage(store_, "nobody", 30, kToday, "", TierTable::standard());

    ASSERT_TRUE(usage);
    EXPECT_EQ(usage->totals, Totals{});
    EXPECT_EQ(usage->days.size(), 30U);
    EXPECT_FALSE(usage->most_recent_activity);
    EXPECT_TRUE(usage->recent.empty());
}

}  // namespace
}  // namespace tallygate::tracker
