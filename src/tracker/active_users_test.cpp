#include "tracker/active_users.h"

#include <string>

#include <gtest/gtest.h>

namespace tallygate::tracker {
namespace {

constexpr Minute kNow = 30'000'000;

TEST(ActiveUsers, CountsAUserByTheLatestCall) {
    ActiveUsers users;
    users.note("alice", kNow - 30);
    users.note("alice", kNow);
    users.note("alice", kNow - 10);
    users.note("bob", kNow - 10);

    EXPECT_EQ(users.count(kNow - 59, kNow), 2);
    EXPECT_EQ(users.count(kNow, kNow), 1);
    EXPECT_EQ(users.count(kNow - 30, kNow - 30), 0) << "alice has called since";
}

TEST(ActiveUsers, ForgetsThoseOfAnEarlierHour) {
    ActiveUsers users;
    users.note("alice", kNow);
    users.note("bob", kNow + 60);

    EXPECT_EQ(users.count(kNow + 1, kNow + 60), 1);

    users.note("alice", kNow + 64);

    EXPECT_EQ(users.count(kNow + 5, kNow + 64), 2) << "who comes back counts again";
}

TEST(ActiveUsers, StaysWithinItsBoundAndMakesRoomAsTheHourPasses) {
    constexpr std::size_t kBound = 640;
    ActiveUsers users(kBound);
    for (int i = 0; i < 5'000; ++i) {
        users.note("user " + std::to_string(i), kNow);
    }
    EXPECT_EQ(users.count(kNow, kNow), static_cast<std::int64_t>(kBound));

    for (int i = 0; i < 5'000; ++i) {
        users.note("later " + std::to_string(i), kNow + 60);
    }

    EXPECT_EQ(users.count(kNow + 1, kNow + 60), static_cast<std::int64_t>(kBound));
}

}  // namespace
}  // namespace tallygate::tracker
