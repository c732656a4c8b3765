#include "journal/journal.h"

#include <thread>

#include "journal/event_codec.h"
#include "journal/journal_fixture.h"

namespace tallygate::journal {
namespace {

using namespace std::chrono_literals;

TEST_F(JournalTest, GivesDenseNumbersAndReadsBackWhatWasWritten) {
    start();
    for (int i = 1; i <= 100; ++i)
        record(i);

    const auto rows = read_all();

    ASSERT_EQ(rows.size(), 100U);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(rows[i].event.id.position, (LogPosition{directory_->incarnation(), i + 1}));
        EXPECT_EQ(rows[i].event.request_id, "request-" + std::to_string(i + 1));
        EXPECT_EQ(rows[i].checksum, event_checksum(rows[i].event));
    }
}

TEST_F(JournalTest, GoesOnOverManySegments) {
    start();
    for (int i = 1; i <= 2'000; ++i)
        record(i);

    EXPECT_GT(journal_->status().segments, 3U);
    EXPECT_EQ(read_all().size(), 2'000U);
}

TEST_F(JournalTest, BeginsReadingBehindAPosition) {
    start();
    for (int i = 1; i <= 1'500; ++i)
        record(i);

    const auto rows = read_all(folder_.path(), {directory_->incarnation(), 1'234});

    ASSERT_EQ(rows.size(), 266U);
    EXPECT_EQ(rows.front().event.id.position.n, 1'235U);
}

TEST_F(JournalTest, CountsFromOneAgainInTheNextRunWithAGreaterIncarnation) {
    start();
    record(1);
    const Uuid first = directory_->incarnation();
    clock_.set(clock_.now() - 24h * 365);

    start();
    record(2);

    const auto rows = read_all();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_GT(directory_->incarnation(), first);
    EXPECT_EQ(rows[1].event.id.position, (LogPosition{directory_->incarnation(), 1}));
}

TEST_F(JournalTest, GivesDenseNumbersToManyThreads) {
    start();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([this, t] {
            for (int i = 0; i < 300; ++i)
                record(t * 1'000 + i);
        });
    }
    for (std::thread& thread : threads)
        thread.join();

    const auto rows = read_all();
    ASSERT_EQ(rows.size(), 1'200U);
    for (std::size_t i = 0; i < rows.size(); ++i)
        EXPECT_EQ(rows[i].event.id.position.n, i + 1);
}

TEST_F(JournalTest, IsReadWhileItIsWritten) {
    start();
    std::thread writing([this] {
        for (int i = 1; i <= 3'000; ++i)
            record(i);
    });
    auto reader = JournalReader::open(directory_->journal_path(), {});
    ASSERT_TRUE(reader);
    std::vector<EventRow> batch;
    std::uint64_t expected = 1;
    while (expected <= 3'000) {
        ASSERT_TRUE(reader->read(batch, 100));
        for (const EventRow& row : batch)
            ASSERT_EQ(row.event.id.position.n, expected++);
    }
    writing.join();
}

TEST_F(JournalTest, RefusesCallsWhenTheDiskIsFullButClosesThoseItTook) {
    start();
    std::vector<OpenCall> open;
    disk_full_ = true;
    for (int i = 0;; ++i) {
        auto call = journal_->open_call(some_event(i));
        if (!call) {
            EXPECT_EQ(call.error().code, "journal_unavailable");
            EXPECT_NE(call.error().message.find("full"), std::string::npos);
            break;
        }
        open.push_back(*call);
    }
    ASSERT_GT(open.size(), 10U);
    EXPECT_EQ(journal_->status().state, JournalStatus::State::full);

    for (const OpenCall& call : open) {
        UsageEvent event = some_event(1);
        event.error_class = std::string(900, 'x');
        ASSERT_TRUE(journal_->close_call(call, event));
    }
    EXPECT_EQ(read_all().size(), open.size());
}

TEST_F(JournalTest, TakesCallsAgainWhenThereIsSpace) {
    start();
    disk_full_ = true;
    while (journal_->open_call(some_event(1)))
        continue;

    disk_full_ = false;
    clock_.advance(1s);

    EXPECT_TRUE(journal_->open_call(some_event(2)));
    EXPECT_EQ(journal_->status().state, JournalStatus::State::ok);
}

TEST_F(JournalTest, NoticesSpaceWithoutBeingAsked) {
    start();
    disk_full_ = true;
    while (journal_->open_call(some_event(1)))
        continue;
    disk_full_ = false;

    for (int i = 0; i < 500 && journal_->status().state != JournalStatus::State::ok; ++i)
        std::this_thread::sleep_for(10ms);

    EXPECT_EQ(journal_->status().state, JournalStatus::State::ok);
}

TEST_F(JournalTest, RefusesCallsAtItsOwnLimitUntilTheStoreHasCaughtUp) {
    options_.keep_bytes = 4 * options_.segment_bytes;
    start();
    int taken = 0;
    for (;; ++taken) {
        UsageEvent event = some_event(taken);
        auto call = journal_->open_call(event);
        if (!call) {
            EXPECT_NE(call.error().message.find("keep_bytes"), std::string::npos);
            break;
        }
        ASSERT_TRUE(journal_->close_call(*call, event));
    }

    journal_->release(journal_->last());
    for (int i = 0; i < 500 && journal_->status().state != JournalStatus::State::ok; ++i)
        std::this_thread::sleep_for(10ms);

    record(taken);
    EXPECT_LE(journal_->status().bytes, options_.keep_bytes);
}

TEST_F(JournalTest, AcknowledgesNothingAfterAFailedSync) {
    start();
    record(1);
    sync_fails_ = true;
    UsageEvent event = some_event(2);
    auto call = journal_->open_call(event);
    ASSERT_TRUE(call);
    std::atomic<int> told{-1};
    journal_->when_synced(UINT64_MAX / 2, [&](bool ok) { told = ok ? 1 : 0; });
    for (int i = 0; i < 500 && told < 0; ++i)
        std::this_thread::sleep_for(10ms);

    EXPECT_EQ(told, 0);
    EXPECT_FALSE(journal_->close_call(*call, event));
    sync_fails_ = false;
    EXPECT_FALSE(journal_->open_call(some_event(3))) << "a sync that failed is never tried again";
    EXPECT_EQ(journal_->status().state, JournalStatus::State::failed);
}

TEST_F(JournalTest, TellsWhoWaitsForASync) {
    options_.sync = SyncMode::always;
    start();
    UsageEvent event = some_event(1);
    auto call = journal_->open_call(event);
    auto closed = journal_->close_call(*call, event);
    std::atomic<int> told{-1};

    journal_->when_synced(closed->offset, [&](bool ok) { told = ok ? 1 : 0; });

    for (int i = 0; i < 500 && told < 0; ++i)
        std::this_thread::sleep_for(10ms);
    EXPECT_EQ(told, 1);
}

TEST_F(JournalTest, DeletesWhatIsAppliedClosedAndOld) {
    start();
    for (int i = 1; i <= 1'000; ++i)
        record(i);
    const auto segments = journal_->status().segments;
    const auto wait_for_house_keeping = [this](std::uint64_t below) {
        for (int i = 0; i < 300 && journal_->status().segments >= below; ++i) {
            record(5'000 + i);
            std::this_thread::sleep_for(5ms);
        }
    };

    journal_->release(journal_->last());
    record(1'001);
    EXPECT_GE(journal_->status().segments, segments) << "not old enough";

    clock_.advance(25h);
    wait_for_house_keeping(segments);
    EXPECT_LT(journal_->status().segments, segments);
}

// A call that is open while a thousand others fill segments behind its own, which then grows old.
class OpenCallTest : public JournalTest {
protected:
    void SetUp() override {
        start();
        auto call = journal_->open_call(some_event(0));
        ASSERT_TRUE(call);
        call_ = *call;
        const auto oldest = segment_path(directory_->journal_path(), call_.segment);
        for (int i = 1; i <= 1'000; ++i)
            record(i);
        journal_->release(journal_->last());
        ASSERT_TRUE(std::filesystem::exists(oldest)) << "not old enough";
        clock_.advance(25h);
        for (int i = 0; i < 1'000 && std::filesystem::exists(oldest); ++i) {
            record(5'000 + i);
            std::this_thread::sleep_for(2ms);
        }
        ASSERT_FALSE(std::filesystem::exists(oldest)) << "its open call alone must not keep it";
    }

    OpenCall call_;
};

TEST_F(OpenCallTest, IsCarriedOnAndClosedOnce) {
    UsageEvent event = some_event(0);
    ASSERT_TRUE(journal_->close_call(call_, event));
    EXPECT_EQ(journal_->status().open_calls, 0U);
    start();
    EXPECT_EQ(journal_->status().recovered_incomplete, 0U);
}

TEST_F(OpenCallTest, IsRecoveredFromWhereItWasCarried) {
    start();

    EXPECT_EQ(journal_->status().recovered_incomplete, 1U);
    EXPECT_EQ(read_all().back().event.request_id, "request-0");
}

TEST_F(JournalTest, StartsAtItsLimitAndLetsEmptyRunsGo) {
    options_.keep_bytes = 4 * options_.segment_bytes;
    for (int run = 0; run < 12; ++run) {
        start();
        journal_->release(journal_->last());
        for (int i = 0; i < 500 && journal_->status().segments > 5; ++i)
            std::this_thread::sleep_for(10ms);
    }
    record(1);
    EXPECT_LE(journal_->status().segments, 5U);
}

TEST_F(JournalTest, SaysWhichNumbersItHolds) {
    start();
    for (int i = 1; i <= 700; ++i)
        record(i);

    const auto ranges = JournalReader::ranges(directory_->journal_path());

    ASSERT_TRUE(ranges);
    ASSERT_EQ(ranges->size(), 1U);
    EXPECT_EQ(ranges->front().first, 1U);
    EXPECT_EQ(ranges->front().last, 700U);
}

TEST_F(JournalTest, LetsOnlyOneProcessHaveADirectory) {
    start();

    const auto second = DataDirectory::open(folder_.path(), clock_);

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().errc, Errc::conflict);
    EXPECT_NE(second.error().message.find(std::to_string(getpid())), std::string::npos)
        << second.error().message;
}

TEST_F(JournalTest, RefusesAnIdentityThatIsNotOurs) {
    write_file(folder_.path() / "writer", "something else\n");

    const auto directory = DataDirectory::open(folder_.path(), clock_);

    ASSERT_FALSE(directory);
    EXPECT_EQ(directory.error().errc, Errc::data_loss);
}

}  // namespace
}  // namespace tallygate::journal
