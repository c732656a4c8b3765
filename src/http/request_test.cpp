#include "http/request.h"

#include <gtest/gtest.h>

namespace tallygate::http {
namespace {

using Values = std::vector<std::string>;

TEST(QueryValues, FindsEveryValueOfANameInOrder) {
    EXPECT_EQ(query_values("days=30&top=5&days=7", "days"), (Values{"30", "7"}));
}

TEST(QueryValues, DecodesPercentAndPlusInNamesAndValues) {
    EXPECT_EQ(query_values("full+name=Ada+L%c3%B6we%2Bx&d%61ys=1", "full name"),
              (Values{"Ada Löwe+x"}));
    EXPECT_EQ(query_values("d%61ys=1", "days"), (Values{"1"}));
}

TEST(QueryValues, KeepsABadEscapeAsItIs) {
    EXPECT_EQ(query_values("q=100%&q=%zz&q=%4&q=%%41", "q"), (Values{"100%", "%zz", "%4", "%A"}));
}

TEST(QueryValues, GivesAnEmptyValueForANameAlone) {
    EXPECT_EQ(query_values("a&a=&b=1", "a"), (Values{"", ""}));
}

TEST(QueryValues, KeepsEqualsSignsBehindTheFirst) {
    EXPECT_EQ(query_values("filter=a=b", "filter"), (Values{"a=b"}));
}

TEST(QueryValues, FindsNothingWhereNothingIs) {
    EXPECT_TRUE(query_values("", "days").empty());
    EXPECT_TRUE(query_values("&&&", "").empty());
    EXPECT_TRUE(query_values("Days=1&daysx=2&xdays=3", "days").empty());
}

}  // namespace
}  // namespace tallygate::http
