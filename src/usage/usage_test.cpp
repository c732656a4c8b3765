#include <gtest/gtest.h>

#include "usage/event.h"
#include "usage/period.h"
#include "usage/tier.h"
#include "usage/totals.h"

namespace tallygate {
namespace {

using namespace std::chrono_literals;

constexpr Day kDay = Day{std::chrono::year{2026} / 11 / 24};

UsageEvent event(std::uint64_t n, Timestamp at, std::int64_t tokens = 500) {
    UsageEvent made;
    made.id.position.n = n;
    made.user_id = "a user with a long name";
    made.endpoint = "/ai/chat";
    made.operation_type = "chat";
    made.timestamp = at;
    made.success = true;
    made.response_time = 1500us;
    made.tokens_used = tokens;
    return made;
}

TEST(EventId, SurvivesItsText) {
    const EventId id{make_uuid(Timestamp{kDay}), {make_uuid(Timestamp{kDay}), 42}};

    EXPECT_EQ(parse_event_id(to_string(id)), id);
    EXPECT_FALSE(parse_event_id("nonsense"));
    EXPECT_FALSE(parse_event_id(to_string(id) + "x"));
}

TEST(TokenCounts, SumLeavesDeliveredOutAndIsUnknownWhereNothingIsKnown) {
    TokenCounts counts;
    counts.delivered = 7;
    EXPECT_FALSE(counts.sum());

    counts.input = 10;
    counts.reasoning = 5;
    EXPECT_EQ(counts.sum(), 15);
}

TEST(DailyTotals, AddsEachEventOnce) {
    DailyTotals day{.key = {Scope::user, "a user with a long name", kDay}};

    EXPECT_TRUE(day.add(event(1, Timestamp{kDay})));
    EXPECT_FALSE(day.add(event(1, Timestamp{kDay})));

    EXPECT_EQ(day.totals.operations, 1);
    EXPECT_EQ(day.totals.tokens, 500);
    EXPECT_EQ(day.totals.response_time_us, 1500);
}

TEST(DailyTotals, KeepsTheLastTenByTimestampNewestFirst) {
    DailyTotals day{.key = {Scope::user, "a user with a long name", kDay}};
    for (int i = 1; i <= 12; ++i) {
        day.add(event(static_cast<std::uint64_t>(i),
                      Timestamp{kDay} + std::chrono::seconds{i == 12 ? 0 : i}, i));
    }

    ASSERT_EQ(day.recent.size(), 10U);
    EXPECT_EQ(day.recent.front().tokens_used, 11);
    EXPECT_EQ(day.recent.back().tokens_used, 2);
    EXPECT_EQ(day.last_activity, Timestamp{kDay} + 11s);
}

TEST(DailyTotals, PutsTheLaterWrittenOfOneInstantFirst) {
    DailyTotals day{.key = {Scope::user, "a user with a long name", kDay}};
    day.add(event(1, Timestamp{kDay}, 1));
    day.add(event(2, Timestamp{kDay}, 2));

    EXPECT_EQ(day.recent.front().tokens_used, 2);
}

TEST(DailyTotals, MergesTheRunsOfADay) {
    DailyTotals first{.key = {Scope::user, "a user with a long name", kDay}};
    DailyTotals second = first;
    DailyTotals both = first;
    for (int i = 1; i <= 14; ++i) {
        UsageEvent made =
            event(static_cast<std::uint64_t>(i), Timestamp{kDay} + std::chrono::seconds{i}, i);
        made.tier = i % 2 ? "free" : "pro";
        (i % 3 ? first : second).fold(made);
        both.fold(made);
    }

    first.merge(second);

    EXPECT_EQ(first, both);
}

TEST(DailyTotals, TakesAVoidBackOutOfTheSums) {
    DailyTotals day{.key = {Scope::global, "", kDay}};
    day.add(event(1, Timestamp{kDay}));
    UsageEvent gone = event(2, Timestamp{kDay}, -500);
    gone.kind = EventKind::correction;
    gone.operations = -1;

    day.add(gone);

    EXPECT_EQ(day.totals, Totals{});
    EXPECT_EQ(day.by_operation, (std::vector<NamedTotals>{{"chat", 0, 0}}));
}

TEST(TierTable, FallsBackToTheDefaultTier) {
    const TierTable table = TierTable::standard();

    EXPECT_EQ(table.resolve("pro").tokens_per_month, 200'000);
    EXPECT_EQ(table.resolve("").name, "free");
    EXPECT_EQ(table.resolve("platinum").name, "free");
}

TEST(Period, EndsWithToday) {
    const Period period = Period::last_days(30, kDay);

    EXPECT_EQ(period.days(), 30);
    EXPECT_TRUE(period.contains(kDay));
    EXPECT_FALSE(period.contains(kDay + std::chrono::days{1}));
    EXPECT_EQ(period.from, Day{std::chrono::year{2026} / 10 / 26});
}

}  // namespace
}  // namespace tallygate
