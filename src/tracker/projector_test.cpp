#include "tracker/projector.h"

#include <fstream>
#include <random>

#include "store/sqlite/sqlite_store.h"
#include "tracker/flaky_store.h"
#include "tracker/tracker_fixture.h"

namespace tallygate::tracker {
namespace {

class ProjectorTest : public TrackerTest {
protected:
    store::UsageStore& tracked_store() override { return flaky_; }

    void record_many(int count) {
        for (int i = 0; i < count; ++i) {
            record("user " + std::to_string(i % 5));
        }
    }
    void wait_until_store_fails() {
        for (int i = 0; i < 1'000 && tracker_->status().store_ok; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
        ASSERT_FALSE(tracker_->status().store_ok);
    }
    void expect_all_there(int count) {
        EXPECT_EQ(flaky_.inner()->rows().size(), static_cast<std::size_t>(count));
        const auto differences = verify_all();
        EXPECT_TRUE(differences.empty()) << text_of(differences);
    }

    FlakyStore flaky_;
};

TEST_F(ProjectorTest, AppliesAgainWhatTheStoreAcknowledgedAndLost) {
    start();
    record_many(10);
    catch_up();
    flaky_.forgets = true;
    record_many(10);
    ASSERT_TRUE(tracker_->catch_up()) << "the store said that it has them";
    flaky_.forgets = false;

    record_many(10);
    catch_up();

    expect_all_there(30);
}

TEST_F(ProjectorTest, AppliesAgainWhatABackupLacks) {
    start();
    record_many(20);
    catch_up();
    auto backup = flaky_.copy(writer_);
    record_many(20);
    catch_up();

    flaky_.replace(std::move(backup));
    record_many(1);
    catch_up();

    expect_all_there(41);
}

TEST_F(ProjectorTest, FillsADatabaseThatWasRemoved) {
    start();
    record_many(20);
    catch_up();

    flaky_.replace(std::make_shared<store::MemoryStore>());
    record_many(1);
    catch_up();

    expect_all_there(21);
    EXPECT_EQ(tracker_->status().gap, "");
}

TEST_F(ProjectorTest, NamesTheGapWhereTheJournalNoLongerHoldsWhatTheStoreLacks) {
    start();
    record_many(600);
    catch_up();
    stop();
    std::filesystem::remove(folder_ / "journal" / "0000000001.seg");
    flaky_.replace(std::make_shared<store::MemoryStore>());

    start();
    catch_up();

    const TrackerStatus status = tracker_->status();
    EXPECT_TRUE(status.store_ok) << status.store_error;
    EXPECT_TRUE(status.gap.starts_with("numbers 1 to ")) << status.gap;
    const std::size_t kept = flaky_.inner()->rows().size();
    EXPECT_GT(kept, 0U) << "it goes on with what is there";
    EXPECT_EQ(verify_all().size(), 600 - kept) << "verify names each";
}

TEST_F(ProjectorTest, WorksABacklogOffInBatches) {
    options_.batch_rows = 300;
    start();
    flaky_.is_down = true;
    record_many(2'000);
    wait_until_store_fails();
    EXPECT_EQ(tracker_->status().pending_events, 2'000U);

    flaky_.is_down = false;
    catch_up();

    EXPECT_LE(flaky_.largest_batch, 300U);
    EXPECT_EQ(tracker_->status().pending_events, 0U);
    expect_all_there(2'000);
}

TEST_F(ProjectorTest, AnswersManyWhoWaitAtOnce) {
    options_.flush_interval = std::chrono::hours{1};
    start();
    record_many(10);

    constexpr int kWaiting = 8;
    std::vector<std::thread> waiting;
    waiting.reserve(kWaiting);
    std::atomic<int> served = 0;
    for (int i = 0; i < kWaiting; ++i) {
        waiting.emplace_back([&] { served += tracker_->catch_up().has_value() ? 1 : 0; });
    }
    for (std::thread& thread : waiting) {
        thread.join();
    }

    EXPECT_EQ(served, kWaiting);
    expect_all_there(10);
}

TEST_F(ProjectorTest, DoesNotWaitForAFlushThatIsNotDue) {
    options_.flush_interval = std::chrono::hours{1};
    options_.batch_rows = 100;
    start();

    record_many(250);
    for (int i = 0; i < 1'000 && tracker_->status().applied_events < 100; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }

    EXPECT_GE(tracker_->status().applied_events, 100U) << "a full batch goes at once";
    stop();
    EXPECT_EQ(flaky_.inner()->rows().size(), 250U) << "a stop flushes";
}

TEST_F(ProjectorTest, SaysSoWhenTheJournalOnDiskIsNotWhatWasWritten) {
    start();
    flaky_.is_down = true;
    record_many(5);
    wait_until_store_fails();
    const auto segment = folder_ / "journal" / "0000000001.seg";
    const auto bytes = std::filesystem::file_size(segment);
    std::filesystem::resize_file(segment, 128);
    std::filesystem::resize_file(segment, bytes);

    flaky_.is_down = false;
    const auto waited = tracker_->catch_up();

    EXPECT_FALSE(waited) << "nothing may claim that these calls are in the store";
}

// A store that several writers share: totals of each run apart, and behind their rows.
class SharedStoreTest : public TrackerTest {
protected:
    store::UsageStore& tracked_store() override { return shared_; }
    void SetUp() override { start(); }
    std::size_t totals_of(std::string_view user) {
        return shared_.user_days(user, {day_of(kTestNow), day_of(kTestNow) + std::chrono::days{1}})
            ->size();
    }
    void wait_for_rows(std::size_t count) {
        for (int i = 0; i < 1'000 && shared_.position(writer_)->written.n < count; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        ASSERT_EQ(shared_.position(writer_)->written.n, count);
    }
    void expect_no_differences() {
        const auto differences = verify_all();
        EXPECT_TRUE(differences.empty()) << text_of(differences);
    }

    store::MemoryStore shared_{
        [this] { return takes_a_write(); },
        {.totals_by_run = true,
         .totals_delay = {
             .idle = std::chrono::hours{1}, .under_load = std::chrono::hours{1}, .events = 1'000}}};
};

TEST_F(SharedStoreTest, WritesRowsAtOnceAndTotalsLater) {
    record("alice");
    record("bob");

    wait_for_rows(2);

    EXPECT_EQ(shared_.position(writer_)->applied, LogPosition{});
    EXPECT_EQ(totals_of("alice"), 0U);
    stop();
    EXPECT_EQ(totals_of("alice"), 1U) << "a stop writes them";
    expect_no_differences();
}

TEST_F(SharedStoreTest, WritesTheTotalsOfAUserWhoAsksAndNoOthers) {
    record("alice");
    record("bob");

    ASSERT_TRUE(tracker_->catch_up("alice"));

    EXPECT_EQ(totals_of("alice"), 1U);
    EXPECT_EQ(totals_of("bob"), 0U);
    EXPECT_EQ(shared_.position(writer_)->applied, LogPosition{}) << "not everything is there";
    record("alice");
    catch_up();
    EXPECT_EQ(totals_of("bob"), 1U);
    expect_no_differences();
}

TEST_F(SharedStoreTest, IsProvedFromElsewhereWhileTotalsAreStillToCome) {
    record("alice");
    record("bob");
    wait_for_rows(2);

    const auto differences = verify_now({});  // as another node does, without this one's journal

    EXPECT_TRUE(differences.empty()) << text_of(differences);
}

TEST_F(SharedStoreTest, LetsNoMoreThanSoManyEventsWait) {
    for (int i = 0; i < 1'500; ++i)
        record("user " + std::to_string(i % 40));

    for (int i = 0; i < 1'000 && shared_.position(writer_)->applied.n < 1'000; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds{5});

    EXPECT_GE(shared_.position(writer_)->applied.n, 1'000U);
}

TEST_F(SharedStoreTest, KeepsTheTotalsOfEachRunApart) {
    record("alice");
    stop();
    start();
    record("alice");
    catch_up();

    EXPECT_EQ(shared_.totals().size(), 4U) << "two runs, a user and all";
    EXPECT_EQ(totals_of("alice"), 1U) << "one day";
    const auto days =
        shared_.user_days("alice", {day_of(kTestNow), day_of(kTestNow) + std::chrono::days{1}});
    EXPECT_EQ(days->front().totals.operations, 2);
    expect_no_differences();
}

TEST_F(SharedStoreTest, AppliesAgainWhatABackupFromBetweenRowsAndTotalsLacks) {
    record("alice");
    catch_up();
    record("bob");
    wait_for_rows(2);
    const EventId lost = std::prev(shared_.rows().end())->first;

    ASSERT_TRUE(shared_.forget(lost)) << "as a server that was restored to just before it";
    record("carol");
    catch_up();

    expect_no_differences();
    EXPECT_EQ(shared_.rows().size(), 3U);
}

TEST_F(SharedStoreTest, CountsOnceWhereverItIsCutAndRestarted) {
    std::mt19937 random(11);
    for (int round = 0; round < 25; ++round) {
        writes_left_ = static_cast<int>(random() % 60);
        const int calls = static_cast<int>(random() % 20) + 1;
        for (int i = 0; i < calls; ++i)
            record("user " + std::to_string(random() % 5),
                   static_cast<std::int64_t>(random() % 900));
        if (round % 2 == 0) (void)tracker_->catch_up("user 1");
        if (round % 3 == 0) {
            stop();
            start();
        }
        writes_left_ = -1;
        if (round % 4 == 0) catch_up();
    }
    catch_up();

    expect_no_differences();
    EXPECT_EQ(shared_.rows().size(), static_cast<std::size_t>(recorded_));
}

// The store is one SQLite file that outlives each cut and each restart.
class SqliteProjectorTest : public TrackerTest {
protected:
    store::UsageStore& tracked_store() override { return *sqlite_; }
    void open_and_start() {
        std::filesystem::create_directories(folder_);
        auto opened = store::SqliteStore::open(folder_ / "usage.db", false,
                                               [this] { return takes_a_write(); });
        ASSERT_TRUE(opened) << opened.error().message;
        sqlite_ = std::move(*opened);
        start();
    }

    std::unique_ptr<store::SqliteStore> sqlite_;
};

TEST_F(SqliteProjectorTest, CountsOnceWhereverItIsCutAndRestarted) {
    std::mt19937 random(5);
    open_and_start();
    for (int round = 0; round < 15; ++round) {
        writes_left_ = static_cast<int>(random() % 60);
        const int calls = static_cast<int>(random() % 20) + 1;
        for (int i = 0; i < calls; ++i) {
            record("user " + std::to_string(random() % 5),
                   static_cast<std::int64_t>(random() % 900));
        }
        if (round % 3 == 0) {
            stop();
            sqlite_.reset();
            open_and_start();
        }
        writes_left_ = -1;
        if (round % 4 == 0) catch_up();
    }
    catch_up();

    const auto differences = verify_all();
    EXPECT_TRUE(differences.empty()) << text_of(differences);
    EXPECT_EQ(*sqlite_->distinct_users({day_of(kTestNow), day_of(kTestNow) + std::chrono::days{1}}),
              5);
    std::uint64_t rows = 0;
    ASSERT_TRUE(sqlite_->scan_events([&](const EventRow&) { return ++rows > 0; }));
    EXPECT_EQ(rows, static_cast<std::uint64_t>(recorded_));
}

}  // namespace
}  // namespace tallygate::tracker
