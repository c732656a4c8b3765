#include "http/deadline_wheel.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace tallygate::http {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Recorder final : Deadline {
    int expirations = 0;
    void expired() override { ++expirations; }
};

TEST(DeadlineWheel, ExpiresOnceAndNeverEarly) {
    const Clock::time_point start{};
    DeadlineWheel wheel(start);
    Recorder deadline;
    wheel.set(deadline, 1s);

    wheel.advance(start + 999ms);
    EXPECT_EQ(deadline.expirations, 0);

    wheel.advance(start + 1s + 2 * DeadlineWheel::kTick);
    EXPECT_EQ(deadline.expirations, 1);
    wheel.advance(start + 10s);
    EXPECT_EQ(deadline.expirations, 1);
}

TEST(DeadlineWheel, ForgetsWhatWasCleared) {
    const Clock::time_point start{};
    DeadlineWheel wheel(start);
    Recorder deadline;
    wheel.set(deadline, 1s);

    DeadlineWheel::clear(deadline);
    wheel.advance(start + 10s);

    EXPECT_EQ(deadline.expirations, 0);
    EXPECT_TRUE(wheel.empty());
}

TEST(DeadlineWheel, MovesADeadlineToALaterAndToAnEarlierTime) {
    const Clock::time_point start{};
    DeadlineWheel wheel(start);
    Recorder later;
    Recorder earlier;
    wheel.set(later, 1s);
    wheel.set(later, 5s);
    wheel.set(earlier, 500s);
    wheel.set(earlier, 1s);

    wheel.advance(start + 3s);

    EXPECT_EQ(later.expirations, 0);
    EXPECT_EQ(earlier.expirations, 1);
    wheel.advance(start + 6s);
    EXPECT_EQ(later.expirations, 1);
}

TEST(DeadlineWheel, ReachesBeyondItsOwnRound) {
    const Clock::time_point start{};
    DeadlineWheel wheel(start);
    Recorder deadline;
    wheel.set(deadline, 600s);

    for (auto now = start; now < start + 599s; now += 1s)
        wheel.advance(now);
    EXPECT_EQ(deadline.expirations, 0);

    wheel.advance(start + 601s);
    EXPECT_EQ(deadline.expirations, 1);
}

TEST(DeadlineWheel, LetsAnExpiredOneDestroyAnotherOfTheSameSlot) {
    struct Destroyer final : Deadline {
        std::unique_ptr<Recorder>* victim = nullptr;
        void expired() override { victim->reset(); }
    };
    const Clock::time_point start{};
    DeadlineWheel wheel(start);
    auto victim = std::make_unique<Recorder>();
    Destroyer destroyer;
    destroyer.victim = &victim;
    wheel.set(*victim, 1s);
    wheel.set(destroyer, 1s);

    wheel.advance(start + 5s);

    EXPECT_FALSE(victim);
    EXPECT_TRUE(wheel.empty());
}

}  // namespace
}  // namespace tallygate::http
