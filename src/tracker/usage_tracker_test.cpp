#include "tracker/usage_tracker.h"

#include <random>

#include "tracker/tracker_fixture.h"
#include "tracker/usage_queries.h"

namespace tallygate::tracker {
namespace {

constexpr Day kToday = Day{std::chrono::year{2026} / 11 / 24};

TEST_F(TrackerTest, ShowsACallInEveryViewAtOnce) {
    start();
    record("alice");
    record("bob", 900, "qa");

    ASSERT_TRUE(tracker_->catch_up());

    const auto usage = user_usage(store_, "alice", 30, kToday, "", TierTable::standard());
    EXPECT_EQ(usage->totals.operations, 1);
    const auto global = global_usage(store_, 30, 10, kToday, TierTable::standard());
    EXPECT_EQ(global->totals.tokens, 1'400);
    EXPECT_EQ(global->unique_users, 2);
    EXPECT_EQ(tracker_->live().last_hour().totals.operations, 2);
    EXPECT_TRUE(verify_all().empty()) << text_of(verify_all());
}

TEST_F(TrackerTest, CountsCallsUnderWay) {
    start();
    UsageEvent event;
    event.user_id = "alice";
    event.timestamp = clock_.now();
    const auto call = tracker_->begin(event);
    EXPECT_EQ(tracker_->live().in_flight(), 1);

    ASSERT_TRUE(tracker_->finish(*call, event));

    EXPECT_EQ(tracker_->live().in_flight(), 0);
}

TEST_F(TrackerTest, GoesOnWhileTheStoreIsDownAndCatchesUpAfter) {
    start();
    record("alice");
    catch_up();
    writes_left_ = 0;
    for (int i = 0; i < 300; ++i) {
        record("user " + std::to_string(i % 7));
    }
    for (int i = 0; i < 500 && tracker_->status().store_ok; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }

    const auto status = tracker_->status();
    EXPECT_FALSE(status.store_ok);
    EXPECT_FALSE(status.store_error.empty());
    EXPECT_EQ(status.pending_events, 300U);
    const auto refused = tracker_->catch_up();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "store_unavailable");

    writes_left_ = -1;
    catch_up();
    EXPECT_EQ(store_.rows().size(), 301U);
    EXPECT_TRUE(tracker_->status().store_ok);
    EXPECT_TRUE(verify_all().empty()) << text_of(verify_all());
}

TEST_F(TrackerTest, CountsOnceWhateverThePlaceTheStoreBreaksOffAt) {
    start();
    std::mt19937 random(11);
    for (int round = 0; round < 40; ++round) {
        const int calls = static_cast<int>(random() % 20) + 1;
        for (int i = 0; i < calls; ++i) {
            record("user " + std::to_string(random() % 5),
                   static_cast<std::int64_t>(random() % 1'000));
        }
        writes_left_ = static_cast<int>(random() % 40);
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
        if (round % 5 == 0) {
            // A restart in the middle of it.
            stop();
            start();
        }
        writes_left_ = -1;
    }
    catch_up();

    EXPECT_EQ(store_.rows().size(), static_cast<std::size_t>(recorded_));
    EXPECT_TRUE(verify_all().empty()) << text_of(verify_all());
}

TEST_F(TrackerTest, AppliesAnEarlierRunsTailBeforeItSaysThatItHasCaughtUp) {
    start();
    writes_left_ = 0;
    for (int i = 0; i < 50; ++i) {
        record("alice");
    }
    stop();
    writes_left_ = -1;

    start();
    catch_up();

    EXPECT_EQ(store_.rows().size(), 50U);
}

TEST_F(TrackerTest, KeepsTheLastHourOverARestart) {
    start();
    for (int i = 0; i < 5; ++i) {
        record("alice");
    }
    stop();
    clock_.advance(std::chrono::minutes{10});

    start();
    for (int i = 0; i < 500 && tracker_->live().last_hour().totals.operations < 5; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }

    EXPECT_EQ(tracker_->live().last_hour().totals.operations, 5);
    EXPECT_EQ(tracker_->live().last_hour().active_users, 1);
}

TEST_F(TrackerTest, StopsLoudlyWhereTheStoreHoldsAnotherEvent) {
    start();
    record("alice");
    catch_up();
    store_.rows().begin()->second.checksum ^= 1;
    EventRow intruder = store_.rows().begin()->second;
    intruder.event.id.position.n = 2;
    store_.rows().emplace(intruder.event.id, intruder);

    record("bob");
    for (int i = 0; i < 500 && tracker_->status().store_ok; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }

    EXPECT_FALSE(tracker_->status().store_ok);
    EXPECT_FALSE(tracker_->catch_up());
    record("calls go on");
}

TEST_F(TrackerTest, RefusesAStoreThatIsAheadOfItsDataDirectory) {
    start();
    record("alice");
    catch_up();
    const EventId id = store_.rows().begin()->first;
    stop();
    const LogPosition future{Uuid{{0xff}}, 1};
    ASSERT_TRUE(store_.apply(id.writer, {}, {}, {{future}}));

    auto directory = journal::DataDirectory::open(folder_, clock_);
    auto journal = journal::Journal::open(*directory, journal_options_, clock_);
    const auto tracker = UsageTracker::start(**journal, directory->journal_path(), store_,
                                             directory->writer(), clock_, options_);

    ASSERT_FALSE(tracker);
    EXPECT_EQ(tracker.error().errc, Errc::conflict);
}

}  // namespace
}  // namespace tallygate::tracker
