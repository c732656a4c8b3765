#include "api/query_parameters.h"

#include <string>

#include <gtest/gtest.h>

namespace tallygate::api {
namespace {

constexpr std::string_view kDaysMend = "; it must be a whole number from 1 to 366, given once";

void expect_days_refused(std::string_view query, std::string_view code, std::string_view what) {
    const auto days = days_parameter(query);

    ASSERT_FALSE(days) << query;
    EXPECT_EQ(days.error().errc, Errc::invalid_argument) << query;
    EXPECT_EQ(days.error().code, code) << query;
    EXPECT_EQ(days.error().message, std::string(what) + std::string(kDaysMend));
}

TEST(DaysParameter, IsThirtyWhereItIsNotGiven) {
    EXPECT_EQ(days_parameter(""), 30);
    EXPECT_EQ(days_parameter("top=5"), 30);
}

TEST(DaysParameter, TakesWholeNumbersFromOneTo366) {
    EXPECT_EQ(days_parameter("days=1"), 1);
    EXPECT_EQ(days_parameter("days=366"), 366);
    EXPECT_EQ(days_parameter("other=x&days=%37"), 7);
    EXPECT_EQ(days_parameter("days=007"), 7);
}

TEST(DaysParameter, RefusesNumbersOutsideTheRange) {
    expect_days_refused("days=0", "days_out_of_range", "days is 0");
    expect_days_refused("days=367", "days_out_of_range", "days is 367");
    expect_days_refused("days=-1", "days_out_of_range", "days is -1");
    expect_days_refused("days=99999999999999999999", "days_out_of_range",
                        "days is 99999999999999999999");
}

TEST(DaysParameter, RefusesWhatIsNoWholeNumber) {
    expect_days_refused("days=1.5", "days_invalid", "days is \"1.5\"");
    expect_days_refused("days=abc", "days_invalid", "days is \"abc\"");
    expect_days_refused("days=7d", "days_invalid", "days is \"7d\"");
    expect_days_refused("days=+7", "days_invalid", "days is \" 7\"");
    expect_days_refused("days=-", "days_invalid", "days is \"-\"");
    expect_days_refused("days=1e2", "days_invalid", "days is \"1e2\"");
    expect_days_refused("days=%D9%A7", "days_invalid", "days is \"\xd9\xa7\"");
}

TEST(DaysParameter, RefusesAnEmptyOrASecondOne) {
    expect_days_refused("days=", "days_invalid", "days is empty");
    expect_days_refused("days", "days_invalid", "days is empty");
    expect_days_refused("days=7&days=7", "days_invalid", "days is given 2 times");
}

TEST(DaysParameter, ShowsTheBeginningOfALongValueCutBetweenCharacters) {
    const std::string bad = std::string(39, 'x') + "\xc3\xa4" + std::string(1000, 'y');

    expect_days_refused("days=" + bad, "days_invalid",
                        "days is \"" + std::string(39, 'x') + "...\"");
}

TEST(TopParameter, TakesWholeNumbersFromOneTo100AndIsTenWhereItIsNotGiven) {
    EXPECT_EQ(top_parameter("days=7"), 10U);
    EXPECT_EQ(top_parameter("top=1"), 1U);
    EXPECT_EQ(top_parameter("top=100"), 100U);
}

TEST(TopParameter, RefusesTheRest) {
    const auto beyond = top_parameter("top=101");
    const auto zero = top_parameter("top=0");
    const auto word = top_parameter("top=all");

    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().code, "top_out_of_range");
    EXPECT_EQ(beyond.error().message,
              "top is 101; it must be a whole number from 1 to 100, given once");
    ASSERT_FALSE(zero);
    EXPECT_EQ(zero.error().code, "top_out_of_range");
    ASSERT_FALSE(word);
    EXPECT_EQ(word.error().code, "top_invalid");
}

}  // namespace
}  // namespace tallygate::api
