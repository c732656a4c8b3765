// What every store must do; each implementation runs all of it.
//
//     INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, UsageStoreContract, SqliteFixture);
//
// A fixture has `UsageStore& store()`, `void cut_after(int writes)` (the write after that many
// fails, once) and `void reopen()` (as after a restart of the process). One that needs what is not
// always there has `static std::string missing()` too: why its tests cannot run, or nothing.
#pragma once

#include <random>

#include <gtest/gtest.h>

#include "store/usage_store.h"

namespace tallygate::store {

inline const Day kContractDay = Day{std::chrono::year{2026} / 11 / 24};
inline const Uuid kContractWriter = *parse_uuid("0192f3c4-0000-7000-8000-000000000001");
inline const Uuid kOtherWriter = *parse_uuid("0192f3c4-0000-7000-8000-000000000002");
inline const Uuid kFirstRun = *parse_uuid("0192f3c4-0000-7000-8000-0000000000a1");
inline const Uuid kSecondRun = *parse_uuid("0192f3c4-0000-7000-8000-0000000000a2");

inline EventRow contract_row(std::uint64_t n, std::string user, Timestamp at,
                             std::int64_t tokens = 500, const Uuid& run = kFirstRun) {
    EventRow row;
    UsageEvent& event = row.event;
    event.id = {kContractWriter, {run, n}};
    event.user_id = std::move(user);
    event.endpoint = "/ai/chat";
    event.operation_type = "chat";
    event.timestamp = at;
    event.success = n % 5 != 0;
    event.response_time = std::chrono::microseconds{static_cast<std::int64_t>(1'000 + n)};
    event.tokens_used = tokens;
    event.token_source = TokenSource::estimate;
    event.request_id = "request-" + std::to_string(n);
    event.tier = n % 2 ? "free" : "pro";
    row.checksum = static_cast<std::uint32_t>(n * 7'919);
    return row;
}

// An event with every field set to something that could be lost on the way.
inline EventRow contract_full_row() {
    EventRow row =
        contract_row(77, "someone", Timestamp{kContractDay} + std::chrono::microseconds{123'457});
    UsageEvent& event = row.event;
    event.kind = EventKind::correction;
    event.corrects = "another event";
    event.operations = -1;
    event.tokens_used = -500;
    event.tokens = {1, 0, std::nullopt, 3, INT64_MAX, 5};
    event.cost_nano_usd = -7;
    event.price_version = "v1";
    event.model = "gpt-x";
    event.provider = "openai";
    event.key_id = "key";
    event.team = "team";
    event.tags = {"one", "with \"quotes\"", ""};
    event.status = 502;
    event.error_class = "upstream_closed";
    event.time_to_first_token = std::chrono::microseconds{42};
    event.streamed = event.client_gone = true;
    row.checksum = 0xfedcba98U;
    return row;
}

template <class Fixture>
class UsageStoreContract : public testing::Test {
protected:
    void SetUp() override {
        if constexpr (requires { Fixture::missing(); }) {
            if (const std::string why = Fixture::missing(); !why.empty()) GTEST_SKIP() << why;
        }
    }
    UsageStore& store() { return fixture_.store(); }

    // Folds and applies a batch of one writer the way the projector does.
    Result<void> project(std::span<const EventRow> rows) {
        std::map<TotalsKey, DailyTotals> folded;
        for (const EventRow& row : rows) {
            for (const TotalsKey& key : totals_keys(row.event, store().keeps_totals_by_run())) {
                if (!folded.contains(key)) {
                    auto loaded = store().load({&key, 1});
                    if (!loaded) return std::unexpected(loaded.error());
                    folded.emplace(key, loaded->front());
                }
                folded.at(key).add(row.event);
            }
        }
        std::vector<DailyTotals> totals;
        for (auto& [key, day] : folded)
            totals.push_back(std::move(day));
        return store().apply(rows.front().event.id.writer, rows, totals, run_ends(rows));
    }
    // Under which key the totals of the row's user are kept.
    TotalsKey kept_key(const EventRow& row) {
        return totals_keys(row.event, store().keeps_totals_by_run()).front();
    }
    std::vector<EventRow> all_rows() {
        std::vector<EventRow> rows;
        EXPECT_TRUE(store().scan_events([&](const EventRow& row) {
            rows.push_back(row);
            return true;
        }));
        return rows;
    }
    std::vector<DailyTotals> all_totals() {
        std::vector<DailyTotals> totals;
        const auto extent = store().extent();
        EXPECT_TRUE(extent);
        if (!*extent) return totals;
        EXPECT_TRUE(store().scan_totals(**extent, [&](const DailyTotals& day) {
            totals.push_back(day);
            return true;
        }));
        return totals;
    }
    static Period one_day() { return {kContractDay, kContractDay + std::chrono::days{1}}; }

    Fixture fixture_;
};

TYPED_TEST_SUITE_P(UsageStoreContract);

TYPED_TEST_P(UsageStoreContract, IsEmptyAtFirst) {
    EXPECT_EQ(this->store().position(kContractWriter).value(), StorePosition{});
    EXPECT_FALSE(this->store().extent().value());
    EXPECT_FALSE(this->store().latest_global_day().value());
    EXPECT_TRUE(this->store().user_days("nobody", this->one_day())->empty());
    EXPECT_TRUE(this->store().runs()->empty());
    const TotalsKey key{Scope::user, "nobody", kContractDay};
    EXPECT_EQ(this->store().load({&key, 1})->front(), DailyTotals{.key = key});
}

TYPED_TEST_P(UsageStoreContract, GivesEveryFieldBackAlsoAfterARestart) {
    const EventRow row = contract_full_row();
    ASSERT_TRUE(this->project({&row, 1}));

    EXPECT_EQ(this->all_rows(), std::vector{row});
    this->fixture_.reopen();
    EXPECT_EQ(this->all_rows(), std::vector{row});
    EXPECT_EQ(this->store().position(kContractWriter)->applied, row.event.id.position);
}

TYPED_TEST_P(UsageStoreContract, GivesTotalsBackAsTheyWere) {
    std::vector<EventRow> rows;
    for (std::uint64_t n = 1; n <= 12; ++n) {
        rows.push_back(contract_row(n, "alice", Timestamp{kContractDay} + std::chrono::seconds{n}));
        if (n % 3 == 0) rows.back().event.operation_type = "qa";
    }
    DailyTotals expected{.key = {Scope::user, "alice", kContractDay}};
    for (const EventRow& row : rows)
        expected.add(row.event);

    ASSERT_TRUE(this->project(rows));
    this->fixture_.reopen();

    EXPECT_EQ(this->store().user_days("alice", this->one_day())->front(), expected);
    expected.key = this->kept_key(rows.front());
    EXPECT_EQ(this->store().load({&expected.key, 1})->front(), expected);
    EXPECT_EQ(this->store().latest_global_day().value()->by_endpoint,
              (std::vector<NamedTotals>{{"/ai/chat", 12, 6'000}}));
}

TYPED_TEST_P(UsageStoreContract, ChangesNothingWhenABatchIsRepeated) {
    const std::vector rows = {contract_row(1, "alice", Timestamp{kContractDay}),
                              contract_row(2, "bob", Timestamp{kContractDay})};
    ASSERT_TRUE(this->project(rows));
    const auto totals = this->all_totals();

    ASSERT_TRUE(this->project(rows));

    EXPECT_EQ(this->all_rows(), rows);
    EXPECT_EQ(this->all_totals(), totals);
}

TYPED_TEST_P(UsageStoreContract, RefusesAnotherEventUnderATakenNumber) {
    EventRow row = contract_row(1, "alice", Timestamp{kContractDay});
    ASSERT_TRUE(this->project({&row, 1}));
    EventRow other = contract_row(1, "alice", Timestamp{kContractDay}, 900);
    other.checksum = 1;

    const auto applied =
        this->store().apply(kContractWriter, {&other, 1}, {}, {{other.event.id.position}});

    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().errc, Errc::data_loss);
    EXPECT_NE(applied.error().message.find(to_string(row.event.id)), std::string::npos);
    EXPECT_EQ(this->all_rows(), std::vector{row});
}

TYPED_TEST_P(UsageStoreContract, IsCompletedByRepeatingWhereverABatchWasCut) {
    std::vector<EventRow> rows;
    for (std::uint64_t n = 1; n <= 6; ++n) {
        rows.push_back(contract_row(n, n % 2 ? "alice" : "bob",
                                    Timestamp{kContractDay} + std::chrono::hours{n * 5}));
    }
    // Uncut, in a fixture of its own.
    std::vector<DailyTotals> expected;
    {
        TypeParam whole;
        std::swap(whole, this->fixture_);
        ASSERT_TRUE(this->project(rows));
        expected = this->all_totals();
        std::swap(whole, this->fixture_);
    }
    int writes = 0;
    for (bool cut = true; cut; ++writes) {
        TypeParam fresh;
        std::swap(fresh, this->fixture_);
        this->fixture_.cut_after(writes);
        const auto first = this->project(std::span(rows).first(3));
        const auto second = first ? this->project(std::span(rows).subspan(3)) : first;
        cut = !second;
        if (cut) {
            EXPECT_EQ(second.error().code, "store_unavailable");
            if (writes % 2) this->fixture_.reopen();
            // As the projector does: on from the position that the store names.
            const LogPosition position = this->store().position(kContractWriter)->applied;
            const auto rest = std::span(rows).subspan(position.n);
            ASSERT_TRUE(this->project(rest)) << writes;
        }
        EXPECT_EQ(this->all_rows(), rows) << writes;
        EXPECT_EQ(this->all_totals(), expected) << writes;
        std::swap(fresh, this->fixture_);
    }
    EXPECT_GT(writes, 10);
}

TYPED_TEST_P(UsageStoreContract, KeepsRunsApartAndRemembersTheLastNumberOfEach) {
    const std::vector rows = {contract_row(1, "alice", Timestamp{kContractDay}),
                              contract_row(2, "alice", Timestamp{kContractDay}),
                              contract_row(1, "alice", Timestamp{kContractDay}, 500, kSecondRun)};
    ASSERT_TRUE(this->project(rows));

    EXPECT_EQ(this->store().position(kContractWriter)->applied, (LogPosition{kSecondRun, 1}));
    EXPECT_EQ(this->store().runs().value(),
              (std::vector<AppliedRun>{{kContractWriter, {kFirstRun, 2}, 2},
                                       {kContractWriter, {kSecondRun, 1}, 1}}));
    EXPECT_EQ(this->all_rows(), rows);
    EXPECT_EQ(this->store().user_days("alice", this->one_day())->front().totals.operations, 3);
}

TYPED_TEST_P(UsageStoreContract, KeepsRowsWhoseTotalsAreStillToCome) {
    const std::vector rows = {contract_row(1, "alice", Timestamp{kContractDay}),
                              contract_row(2, "alice", Timestamp{kContractDay})};

    ASSERT_TRUE(this->store().apply(kContractWriter, rows, {}, {}));

    EXPECT_EQ(this->store().position(kContractWriter)->applied, LogPosition{});
    EXPECT_EQ(this->all_rows(), rows);
    ASSERT_TRUE(this->project(rows));
    EXPECT_EQ(this->store().position(kContractWriter)->applied, (LogPosition{kFirstRun, 2}));
    EXPECT_EQ(this->all_rows(), rows);
}

// For stores that several writers share; the others have one writer.
TYPED_TEST_P(UsageStoreContract, AddsUpTheRunsOfSeveralWriters) {
    if (!this->store().keeps_totals_by_run()) return;
    std::vector<EventRow> theirs;
    for (std::uint64_t n = 1; n <= 3; ++n) {
        theirs.push_back(contract_row(n, n == 3 ? "bob" : "alice",
                                      Timestamp{kContractDay} + std::chrono::hours{n}, 100));
        theirs.back().event.id.writer = kOtherWriter;
    }
    const std::vector ours = {
        contract_row(1, "alice", Timestamp{kContractDay}),
        contract_row(1, "alice", Timestamp{kContractDay} + std::chrono::hours{5}, 7, kSecondRun)};
    ASSERT_TRUE(this->project(theirs));
    ASSERT_TRUE(this->project(ours));

    const DailyTotals alice = this->store().user_days("alice", this->one_day())->front();
    EXPECT_EQ(alice.totals.operations, 4);
    EXPECT_EQ(alice.totals.tokens, 707);
    EXPECT_EQ(alice.last_activity, Timestamp{kContractDay} + std::chrono::hours{5});
    ASSERT_EQ(alice.recent.size(), 4U);
    EXPECT_EQ(alice.recent.front().tokens_used, 7);
    EXPECT_EQ(this->store().latest_user_days("alice", 5)->size(), 1U);
    EXPECT_EQ(this->store().global_days(this->one_day())->front().totals.tokens, 807);
    EXPECT_EQ(this->store().latest_global_day().value()->totals.operations, 5);
    EXPECT_EQ(this->store().distinct_users(this->one_day()).value(), 2);
    const auto top = this->store().top_users(this->one_day(), 1);
    EXPECT_EQ(top->front(), (UserTotals{"alice", 4, 707, "free"}));
    EXPECT_EQ(this->store().runs()->size(), 3U);
    EXPECT_EQ(this->store().position(kOtherWriter)->applied, (LogPosition{kFirstRun, 3}));
    EXPECT_EQ(this->all_totals().size(), 3U + 4U) << "each run's users, and each run's all";
}

TYPED_TEST_P(UsageStoreContract, TakesAnyUserId) {
    const std::vector<std::string> ids = {"global",
                                          "'; DROP TABLE events; --",
                                          "$where",
                                          "a.b@c",
                                          "\xf0\x9f\x98\x80",
                                          std::string(256, 'x'),
                                          "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
                                          "<img src=x>"};
    std::vector<EventRow> rows;
    for (std::size_t i = 0; i < ids.size(); ++i)
        rows.push_back(contract_row(i + 1, ids[i], Timestamp{kContractDay}));
    ASSERT_TRUE(this->project(rows));

    for (const std::string& id : ids) {
        const auto days = this->store().user_days(id, this->one_day());
        ASSERT_EQ(days->size(), 1U) << id;
        EXPECT_EQ(days->front().totals.operations, 1) << id;
        EXPECT_EQ(days->front().key.user_id, id);
    }
    EXPECT_EQ(this->store().global_days(this->one_day())->front().totals.operations,
              static_cast<std::int64_t>(ids.size()));
    EXPECT_EQ(this->store().distinct_users(this->one_day()).value(),
              static_cast<std::int64_t>(ids.size()));
}

TYPED_TEST_P(UsageStoreContract, AnswersForHalfOpenPeriods) {
    std::vector<EventRow> rows;
    for (std::uint64_t n = 1; n <= 5; ++n) {
        rows.push_back(contract_row(
            n, "alice",
            Timestamp{kContractDay + std::chrono::days{n}} - std::chrono::microseconds{1}));
    }
    ASSERT_TRUE(this->project(rows));
    const Period middle{kContractDay + std::chrono::days{1}, kContractDay + std::chrono::days{3}};

    EXPECT_EQ(this->store().user_days("alice", middle)->size(), 2U);
    EXPECT_EQ(this->store().global_days(middle)->size(), 2U);
    std::size_t scanned = 0;
    ASSERT_TRUE(
        this->store().scan_events(middle, [&](const EventRow&) { return ++scanned, true; }));
    EXPECT_EQ(scanned, 2U);
    EXPECT_EQ(this->store().extent().value(),
              (Period{kContractDay, kContractDay + std::chrono::days{5}}));
    const auto latest = this->store().latest_user_days("alice", 2);
    ASSERT_EQ(latest->size(), 2U);
    EXPECT_EQ(latest->front().key.day, kContractDay + std::chrono::days{4});
}

TYPED_TEST_P(UsageStoreContract, RanksUsersByTokensThenOperationsThenName) {
    std::vector<EventRow> rows;
    std::uint64_t n = 0;
    const auto add = [&](const char* user, std::int64_t tokens) {
        rows.push_back(contract_row(++n, user, Timestamp{kContractDay}, tokens));
    };
    add("one big", 900);
    add("b two", 450), add("b two", 450);
    add("a two", 450), add("a two", 450);
    add("small", 10);
    ASSERT_TRUE(this->project(rows));

    const auto top = this->store().top_users(this->one_day(), 3);

    ASSERT_EQ(top->size(), 3U);
    EXPECT_EQ(top->at(0).user_id, "a two");
    EXPECT_EQ(top->at(1).user_id, "b two");
    EXPECT_EQ(top->at(2), (UserTotals{"one big", 1, 900, "free"}));
}

TYPED_TEST_P(UsageStoreContract, ShowsTheTierOfTheNewestDay) {
    const std::vector rows = {
        contract_row(1, "alice", Timestamp{kContractDay}),
        contract_row(2, "alice", Timestamp{kContractDay + std::chrono::days{1}})};
    ASSERT_TRUE(this->project(rows));

    EXPECT_EQ(this->store()
                  .top_users({kContractDay, kContractDay + std::chrono::days{2}}, 1)
                  ->front()
                  .tier,
              "pro");
}

TYPED_TEST_P(UsageStoreContract, ReplacesTheTotalsOfADay) {
    const std::vector rows = {
        contract_row(1, "alice", Timestamp{kContractDay}),
        contract_row(2, "bob", Timestamp{kContractDay}),
        contract_row(3, "bob", Timestamp{kContractDay + std::chrono::days{1}})};
    ASSERT_TRUE(this->project(rows));
    DailyTotals only{.key = this->kept_key(rows[0])};
    only.add(rows[0].event);

    ASSERT_TRUE(this->store().replace_day(kContractDay, {&only, 1}));
    only.key.run = {};

    EXPECT_EQ(this->store().user_days("alice", this->one_day())->front(), only);
    EXPECT_TRUE(this->store().user_days("bob", this->one_day())->empty());
    EXPECT_TRUE(this->store().global_days(this->one_day())->empty());
    EXPECT_EQ(this->store().latest_user_days("bob", 5)->size(), 1U);
}

TYPED_TEST_P(UsageStoreContract, OrdersScansAndEndsThemWhenAsked) {
    const std::vector rows = {
        contract_row(1, "b", Timestamp{kContractDay} + std::chrono::hours{2}),
        contract_row(2, "a", Timestamp{kContractDay} + std::chrono::hours{1})};
    ASSERT_TRUE(this->project(rows));

    std::vector<std::uint64_t> by_time;
    ASSERT_TRUE(this->store().scan_events(this->one_day(), [&](const EventRow& row) {
        by_time.push_back(row.event.id.position.n);
        return true;
    }));
    int seen = 0;
    ASSERT_TRUE(this->store().scan_events([&](const EventRow&) { return ++seen < 1; }));
    std::vector<std::string> totals;
    for (const DailyTotals& day : this->all_totals())
        totals.push_back(day.key.user_id);

    EXPECT_EQ(by_time, (std::vector<std::uint64_t>{2, 1}));
    EXPECT_EQ(seen, 1);
    EXPECT_EQ(totals, (std::vector<std::string>{"", "a", "b"}));
}

REGISTER_TYPED_TEST_SUITE_P(UsageStoreContract, IsEmptyAtFirst,
                            GivesEveryFieldBackAlsoAfterARestart, GivesTotalsBackAsTheyWere,
                            ChangesNothingWhenABatchIsRepeated,
                            RefusesAnotherEventUnderATakenNumber,
                            IsCompletedByRepeatingWhereverABatchWasCut,
                            KeepsRunsApartAndRemembersTheLastNumberOfEach,
                            KeepsRowsWhoseTotalsAreStillToCome, AddsUpTheRunsOfSeveralWriters,
                            TakesAnyUserId, AnswersForHalfOpenPeriods,
                            RanksUsersByTokensThenOperationsThenName, ShowsTheTierOfTheNewestDay,
                            ReplacesTheTotalsOfADay, OrdersScansAndEndsThemWhenAsked);

}  // namespace tallygate::store
