#include "store/mongo/mongo_store.h"

#include <atomic>
#include <set>
#include <thread>

#include "store/mongo/collections.h"
#include "store/mongo/mongo_fixture.h"
#include "store/mongo/server_probe.h"
#include "store/usage_store_contract.h"

namespace tallygate::store {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(MongoDb, UsageStoreContract, MongoFixture);

const Period kOneDay{kContractDay, kContractDay + std::chrono::days{1}};

class MongoStoreTest : public testing::Test {
protected:
    void SetUp() override {
        if (const std::string why = MongoFixture::missing(); !why.empty()) GTEST_SKIP() << why;
    }

    // Rows and their totals, folded upon nothing.
    static Result<void> apply(UsageStore& store, std::span<const EventRow> rows) {
        std::map<TotalsKey, DailyTotals> folded;
        for (const EventRow& row : rows) {
            for (const TotalsKey& key : totals_keys(row.event, true))
                folded.try_emplace(key, DailyTotals{.key = key}).first->second.add(row.event);
        }
        std::vector<DailyTotals> totals;
        for (auto& [key, day] : folded)
            totals.push_back(std::move(day));
        return store.apply(rows.front().event.id.writer, rows, totals, run_ends(rows));
    }
    static std::vector<EventRow> rows_of(std::uint64_t count, std::string_view user = "alice") {
        std::vector<EventRow> rows;
        for (std::uint64_t n = 1; n <= count; ++n) {
            rows.push_back(contract_row(n, std::string(user),
                                        Timestamp{kContractDay} + std::chrono::milliseconds{n}));
        }
        return rows;
    }
    static std::size_t count_rows(UsageStore& store) {
        std::size_t count = 0;
        EXPECT_TRUE(store.scan_events([&](const EventRow&) { return ++count, true; }));
        return count;
    }

    MongoFixture fixture_;
};

// --- many rows ---

TEST_F(MongoStoreTest, SplitsWhatIsMoreThanOneBatch) {
    const auto rows = rows_of(MongoBulk::kMostWrites * 2 + 7);

    ASSERT_TRUE(apply(fixture_.store(), rows));
    ASSERT_TRUE(apply(fixture_.store(), rows));

    EXPECT_EQ(count_rows(fixture_.store()), rows.size());
    EXPECT_EQ(fixture_.store().position(kContractWriter)->applied,
              (LogPosition{kFirstRun, rows.size()}));
    const auto days = fixture_.store().user_days("alice", kOneDay);
    EXPECT_EQ(days->front().totals.operations, static_cast<std::int64_t>(rows.size()));
}

TEST_F(MongoStoreTest, SplitsWhatIsMoreThanOneMessage) {
    auto rows = rows_of(60);
    for (EventRow& row : rows)
        row.event.tags = {std::string(std::size_t{1} << 20, 't')};

    ASSERT_TRUE(apply(fixture_.store(), rows));

    EXPECT_EQ(count_rows(fixture_.store()), rows.size());
}

TEST_F(MongoStoreTest, NamesTheEventThatIsThereWithOtherContentAndWritesTheOthers) {
    const auto rows = rows_of(5);
    ASSERT_TRUE(apply(fixture_.store(), std::span(rows).subspan(2, 1)));
    auto others = rows;
    others[2].checksum ^= 1;

    const auto applied = fixture_.store().apply(kContractWriter, others, {}, {});

    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().errc, Errc::data_loss);
    EXPECT_NE(applied.error().message.find(to_string(rows[2].event.id)), std::string::npos);
    EXPECT_EQ(count_rows(fixture_.store()), 5U);
}

TEST_F(MongoStoreTest, OrdersEventsOfOneMillisecondByTheirMicroseconds) {
    std::vector<EventRow> rows;
    for (const int micros : {500, 20, 500, 999, 1'000, 0}) {
        rows.push_back(contract_row(rows.size() + 1, "alice",
                                    Timestamp{kContractDay} + std::chrono::microseconds{micros}));
    }
    ASSERT_TRUE(apply(fixture_.store(), rows));

    std::vector<std::uint64_t> order;
    ASSERT_TRUE(fixture_.store().scan_events(kOneDay, [&](const EventRow& row) {
        order.push_back(row.event.id.position.n);
        return true;
    }));

    EXPECT_EQ(order, (std::vector<std::uint64_t>{6, 2, 1, 3, 4, 5}));
}

TEST_F(MongoStoreTest, LetsAVisitorUseTheStore) {
    ASSERT_TRUE(apply(fixture_.store(), rows_of(3)));
    std::size_t asked = 0;

    ASSERT_TRUE(fixture_.store().scan_events(
        [&](const EventRow&) { return asked += fixture_.store().runs()->size(), true; }));

    EXPECT_EQ(asked, 3U);
}

// --- order and time ---

TEST_F(MongoStoreTest, NeverPutsOlderTotalsOrPositionsInThePlaceOfNewerOnes) {
    const auto rows = rows_of(9);
    ASSERT_TRUE(apply(fixture_.store(), rows));
    DailyTotals older{.key = totals_keys(rows[0].event, true).front()};
    older.add(rows[0].event);

    // What a lost acknowledgement left under way arrives.
    ASSERT_TRUE(fixture_.another()->apply(kContractWriter, std::span(rows).first(1), {&older, 1},
                                          {{rows[0].event.id.position}}));

    EXPECT_EQ(fixture_.store().user_days("alice", kOneDay)->front().totals.operations, 9);
    const auto position = fixture_.store().position(kContractWriter);
    EXPECT_EQ(position->applied.n, 9U);
    EXPECT_EQ(position->written.n, 9U);
}

TEST_F(MongoStoreTest, TellsWhatIsWrittenFromWhatIsApplied) {
    auto rows = rows_of(4);
    ASSERT_TRUE(apply(fixture_.store(), std::span(rows).first(2)));
    ASSERT_TRUE(fixture_.store().apply(kContractWriter, std::span(rows).subspan(2), {}, {}));
    const EventRow next_run = contract_row(1, "alice", Timestamp{kContractDay}, 1, kSecondRun);
    EXPECT_EQ(fixture_.store().position(kContractWriter).value(),
              (StorePosition{.applied = {kFirstRun, 2}, .written = {kFirstRun, 4}}));

    ASSERT_TRUE(fixture_.store().apply(kContractWriter, {&next_run, 1}, {}, {}));

    fixture_.reopen();
    EXPECT_EQ(fixture_.store().position(kContractWriter).value(),
              (StorePosition{.applied = {kFirstRun, 2}, .written = {kSecondRun, 1}}));
    EXPECT_EQ(fixture_.store().runs().value(),
              (std::vector<AppliedRun>{{kContractWriter, {kFirstRun, 2}, 4},
                                       {kContractWriter, {kSecondRun, 0}, 1}}));
}

TEST_F(MongoStoreTest, StartsAnewWhereItsDatabaseWasDropped) {
    const auto rows = rows_of(3);
    ASSERT_TRUE(apply(fixture_.store(), rows));
    BsonReply reply;
    ASSERT_TRUE(fixture_.raw().command(
        Bson([](BsonWriter& writer) { writer.whole("dropDatabase", 1); }), reply));

    EXPECT_EQ(fixture_.store().position(kContractWriter).value(), StorePosition{});
    ASSERT_TRUE(apply(fixture_.store(), rows));

    EXPECT_EQ(count_rows(fixture_.store()), 3U);
    EXPECT_EQ(fixture_.index_names(kUsageLogs).size(), 4U) << "made again";
    EXPECT_EQ(fixture_.documents(kMeta).size(), 1U);
}

// --- several nodes ---

TEST_F(MongoStoreTest, AddsUpWhatTwoNodesWriteAtOnce) {
    constexpr std::int64_t kEach = 300;
    const auto second = fixture_.another();
    const auto write = [](UsageStore& store, const Uuid& writer) {
        DailyTotals user{.key = {Scope::user, "alice", kContractDay, {writer, kFirstRun}}};
        DailyTotals all{.key = {Scope::global, "", kContractDay, {writer, kFirstRun}}};
        for (std::uint64_t n = 1; n <= std::uint64_t{kEach}; ++n) {
            EventRow row = contract_row(n, "alice", Timestamp{kContractDay}, 3);
            row.event.id.writer = writer;
            user.add(row.event);
            all.add(row.event);
            if (n % 10 != 0) {
                ASSERT_TRUE(store.apply(writer, {&row, 1}, {}, {}));
                continue;
            }
            const std::vector totals = {user, all};
            ASSERT_TRUE(store.apply(writer, {&row, 1}, totals, {{row.event.id.position}}));
        }
    };
    std::thread other([&] { write(*second, kOtherWriter); });
    write(fixture_.store(), kContractWriter);
    other.join();

    for (UsageStore* store :
         {static_cast<UsageStore*>(&fixture_.store()), static_cast<UsageStore*>(second.get())}) {
        EXPECT_EQ(store->user_days("alice", kOneDay)->front().totals.operations, 2 * kEach);
        EXPECT_EQ(store->global_days(kOneDay)->front().totals.tokens, 6 * kEach);
        EXPECT_EQ(store->distinct_users(kOneDay).value(), 1);
        EXPECT_EQ(store->runs()->size(), 2U);
    }
}

TEST_F(MongoStoreTest, ReplacesADayOfEveryRunAndNoOther) {
    auto theirs = rows_of(2, "bob");
    for (EventRow& row : theirs)
        row.event.id.writer = kOtherWriter;
    ASSERT_TRUE(apply(fixture_.store(), theirs));
    const auto ours = rows_of(3);
    ASSERT_TRUE(apply(fixture_.store(), ours));
    DailyTotals only{.key = totals_keys(ours[0].event, true).front()};
    only.add(ours[0].event);

    ASSERT_TRUE(fixture_.store().replace_day(kContractDay, {&only, 1}));

    EXPECT_EQ(fixture_.documents(kDailyStats).size(), 1U);
    EXPECT_EQ(fixture_.store().user_days("alice", kOneDay)->front().totals.operations, 1)
        << "although it is older than what was there";
}

TEST_F(MongoStoreTest, AddsUpByItselfAsTheServerDoes) {
    std::vector<EventRow> rows;
    for (std::uint64_t n = 1; n <= 200; ++n) {
        const auto day = kContractDay + std::chrono::days{n % 3};
        rows.push_back(contract_row(n, "user " + std::to_string(n % 37),
                                    Timestamp{day} + std::chrono::seconds{n},
                                    static_cast<std::int64_t>(n % 5)));
    }
    ASSERT_TRUE(apply(fixture_.store(), rows));
    const Period period{kContractDay, kContractDay + std::chrono::days{2}};
    const auto by_server = fixture_.store().top_users(period, 30);
    const auto counted = fixture_.store().distinct_users(period);

    fixture_.store().add_up_here();

    EXPECT_EQ(fixture_.store().top_users(period, 30).value(), by_server.value());
    EXPECT_EQ(fixture_.store().distinct_users(period).value(), counted.value());
    EXPECT_EQ(counted.value(), 37);
}

TEST_F(MongoStoreTest, IsReadByManyWhileItIsWritten) {
    std::atomic<bool> is_done = false;
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            while (!is_done) {
                const auto days = fixture_.store().user_days("alice", kOneDay);
                EXPECT_TRUE(days) << days.error().message;
                EXPECT_TRUE(fixture_.store().top_users(kOneDay, 5));
            }
        });
    }
    const auto rows = rows_of(50);
    for (std::size_t n = 1; n <= rows.size(); ++n)
        EXPECT_TRUE(apply(fixture_.store(), std::span(rows).first(n)));
    is_done = true;
    for (std::thread& reader : readers)
        reader.join();
}

}  // namespace
}  // namespace tallygate::store
