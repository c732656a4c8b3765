#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/ids.h"
#include "base/json_writer.h"
#include "base/secret.h"
#include "base/utc_time.h"
#include "base/utf8.h"

namespace tallygate {
namespace {

using namespace std::chrono_literals;

TEST(UtcTime, FormatsMillisecondsWithoutRoundingIntoTheNextDay) {
    const Timestamp last = Timestamp{Day{2026y / 11 / 24}} + 24h - 1us;

    EXPECT_EQ(format_rfc3339(last), "2026-11-24T23:59:59.999Z");
}

TEST(UtcTime, ReadsRealDatesOnly) {
    EXPECT_EQ(parse_day("2028-02-29"), Day{2028y / 2 / 29});
    EXPECT_FALSE(parse_day("2026-02-29"));
    EXPECT_FALSE(parse_day("2026-1-01"));
    EXPECT_FALSE(parse_day("2026-01-01T00"));
}

TEST(UtcTime, KnowsWhereMonthsBeginAndEnd) {
    EXPECT_EQ(month_start(Day{2026y / 12 / 31}), Day{2026y / 12 / 1});
    EXPECT_EQ(next_month_start(Day{2026y / 12 / 31}), Day{2027y / 1 / 1});
}

TEST(Uuid, SurvivesItsText) {
    const Uuid id = make_uuid(Timestamp{Day{2026y / 11 / 24}});

    EXPECT_EQ(parse_uuid(to_string(id)), id);
    EXPECT_FALSE(parse_uuid("0192f3c4-7d1e-7abc-8def-0123456789a"));
    EXPECT_FALSE(parse_uuid("0192f3c4x7d1e-7abc-8def-0123456789ab"));
}

TEST(Uuid, SortsByTime) {
    const Uuid earlier = make_uuid(Timestamp{Day{2026y / 11 / 24}});
    const Uuid later = make_uuid(Timestamp{Day{2026y / 11 / 25}});

    EXPECT_LT(earlier, later);
}

TEST(RequestId, IsNewEachTime) {
    const std::string one = make_request_id();

    EXPECT_EQ(one.size(), 32U);
    EXPECT_NE(one, make_request_id());
}

TEST(Secret, PrintsAsStars) {
    EXPECT_EQ(fmt::format("{}", Secret("hunter2-hunter2-hunter2")), "***");
}

TEST(JsonWriter, WritesNestedValues) {
    JsonWriter json;
    json.begin_object()
        .member("a", 1)
        .key("b")
        .begin_array()
        .value("x")
        .null()
        .value(true)
        .end_array();
    json.key("c").begin_object().end_object().end_object();

    EXPECT_EQ(json.text(), R"({"a":1,"b":["x",null,true],"c":{}})");
}

TEST(JsonWriter, WritesDecimalsAsPeopleDo) {
    JsonWriter json;
    json.begin_array().decimal(9100, 2).decimal(-5, 2).decimal(0, 2).decimal(7, 0).end_array();

    EXPECT_EQ(json.text(), "[91.00,-0.05,0.00,7]");
}

TEST(JsonWriter, EscapesWhatJsonForbidsAndReplacesWhatIsNoText) {
    JsonWriter json;
    json.value(std::string_view("\"\\\n\x01\xff\xc3\xa9", 7));

    EXPECT_EQ(json.text(), "\"\\\"\\\\\\n\\u0001\xef\xbf\xbd\xc3\xa9\"");
}

TEST(Utf8, RefusesOverlongSurrogateAndCutForms) {
    EXPECT_TRUE(is_utf8("h\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
    EXPECT_FALSE(is_utf8("\xc0\xaf"));
    EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
    EXPECT_FALSE(is_utf8("\xe2\x82"));
    EXPECT_FALSE(is_utf8("\xf5\x80\x80\x80"));
}

}  // namespace
}  // namespace tallygate
