#include "api/rounding.h"

#include <limits>

#include <gtest/gtest.h>

namespace tallygate::api {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

TEST(Rounding, RoundsHalfUp) {
    EXPECT_EQ(rounded_ratio(1, 1, 2), 1);
    EXPECT_EQ(rounded_ratio(3, 1, 2), 2);
    EXPECT_EQ(rounded_ratio(14, 1, 10), 1);
    EXPECT_EQ(rounded_ratio(15, 1, 10), 2);
    EXPECT_EQ(percent_hundredths(11, 12), 9167);
    EXPECT_EQ(percent_hundredths(1, 3), 3333);
    EXPECT_EQ(percent_hundredths(2, 3), 6667);
}

TEST(Rounding, RoundsHalfUpBelowZeroToo) {
    EXPECT_EQ(rounded_ratio(-1, 1, 2), 0);
    EXPECT_EQ(rounded_ratio(-3, 1, 2), -1);
    EXPECT_EQ(rounded_ratio(-16, 1, 10), -2);
}

TEST(Rounding, OfNothingIsZero) {
    EXPECT_EQ(percent_hundredths(0, 0), 0);
    EXPECT_EQ(percent_hundredths(5, 0), 0);
    EXPECT_EQ(percent_hundredths(5, -1), 0);
}

TEST(Rounding, TakesProductsThatAnInt64DoesNotHold) {
    EXPECT_EQ(percent_hundredths(kMost, kMost), 10'000);
    EXPECT_EQ(percent_hundredths(kMost / 2, kMost), 5'000);
}

TEST(Rounding, ClampsWhatAnInt64DoesNotHold) {
    EXPECT_EQ(percent_hundredths(kMost, 1), kMost);
    EXPECT_EQ(percent_hundredths(kLeast, 1), kLeast);
}

}  // namespace
}  // namespace tallygate::api
