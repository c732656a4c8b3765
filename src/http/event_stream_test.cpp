#include "http/event_stream.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tallygate::http {
namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

void feed(EventStreamParser& parser, const std::string& piece, Events& out) {
    // A copy on the heap that goes at once, so that the sanitizer sees a view that outlives its
    // piece.
    const std::vector<char> copy(piece.begin(), piece.end());
    parser.feed({copy.data(), copy.size()}, [&](const EventStreamParser::Event& event) {
        out.emplace_back(event.name, event.data);
    });
}

Events events_of(const std::vector<std::string>& pieces) {
    EventStreamParser parser;
    Events events;
    for (const std::string& piece : pieces) {
        feed(parser, piece, events);
    }
    return events;
}

struct Case {
    std::string what;
    std::string stream;
    Events events;
};

const std::vector<Case>& cases() {
    static const std::vector<Case> all = {
        {"one", "data: {\"choices\":[]}\n\n", {{"", "{\"choices\":[]}"}}},
        {"named",
         "event: message_delta\ndata: {\"usage\":{}}\n\n",
         {{"message_delta", "{\"usage\":{}}"}}},
        {"name after data",
         "data: content of one event\nevent: late\n\n",
         {{"late", "content of one event"}}},
        {"last name wins",
         "event: first name\nevent: second name\ndata: x\n\n",
         {{"second name", "x"}}},
        {"name is not kept",
         "event: only of this one\ndata: 1\n\ndata: 2\n\n",
         {{"only of this one", "1"}, {"", "2"}}},
        {"crlf",
         "event: message_start\r\ndata: hello, whole world\r\n\r\n",
         {{"message_start", "hello, whole world"}}},
        {"cr",
         "event: message_start\rdata: hello, whole world\r\r",
         {{"message_start", "hello, whole world"}}},
        {"mixed ends",
         "data: one and another\r\ndata: two\rdata: three\n\r\n",
         {{"", "one and another\ntwo\nthree"}}},
        {"many lines",
         "data: the first line of it\ndata:\ndata: third\n\n",
         {{"", "the first line of it\n\nthird"}}},
        {"only one space goes", "data:  two spaces\n\n", {{"", " two spaces"}}},
        {"no space", "data:none at all\n\n", {{"", "none at all"}}},
        {"colons in data", "data: a: b: c\n\n", {{"", "a: b: c"}}},
        {"empty data is an event", "data:\n\n", {{"", ""}}},
        {"data without colon", "data\n\n", {{"", ""}}},
        {"no data is no event", "event: ping\n\n\n\nid: 7\n\n", {}},
        {"the name of no event is dropped", "event: dropped\n\ndata: x\n\n", {{"", "x"}}},
        {"comments",
         ": keep-alive\n\n:\ndata: between two comments\n: more\n\n",
         {{"", "between two comments"}}},
        {"other fields", "id: 1\nretry: 10\nfoo: bar\n data: x\ndata: y\nDATA: z\n\n", {{"", "y"}}},
        {"byte order mark",
         "\xef\xbb\xbf"
         "data: behind the mark\n\n",
         {{"", "behind the mark"}}},
        {"only one mark goes",
         "\xef\xbb\xbf\xef\xbb\xbf"
         "data: x\n\ndata: y\n\n",
         {{"", "y"}}},
        {"no mark later",
         "\n\xef\xbb\xbf"
         "data: x\n\n",
         {}},
        {"part of a mark",
         "\xef\xbb"
         "data: x\n\n",
         {}},
        {"mark and comment", "\xef\xbb\xbf: comment\ndata: x\n\n", {{"", "x"}}},
        {"unfinished", "data: whole\n\ndata: never ended\n", {{"", "whole"}}},
        {"several",
         "data: 1\n\ndata: 2\n\ndata: [DONE]\n\n",
         {{"", "1"}, {"", "2"}, {"", "[DONE]"}}},
        {"nothing", "", {}},
    };
    return all;
}

TEST(EventStreamParser, FindsTheEventsOfTheStandardInOnePiece) {
    for (const Case& test : cases()) {
        EXPECT_EQ(events_of({test.stream}), test.events) << test.what;
    }
}

TEST(EventStreamParser, FindsThemWhereverTheStreamIsCutInThree) {
    for (const Case& test : cases()) {
        const std::string& stream = test.stream;
        for (std::size_t first = 0; first <= stream.size(); ++first) {
            for (std::size_t second = first; second <= stream.size(); ++second) {
                const std::vector<std::string> pieces = {stream.substr(0, first),
                                                         stream.substr(first, second - first),
                                                         stream.substr(second)};
                EXPECT_EQ(events_of(pieces), test.events)
                    << test.what << ", cut at " << first << " and " << second;
            }
        }
    }
}

TEST(EventStreamParser, FindsThemByteByByte) {
    for (const Case& test : cases()) {
        std::vector<std::string> pieces;
        for (const char c : test.stream) {
            pieces.emplace_back(1, c);
        }

        EXPECT_EQ(events_of(pieces), test.events) << test.what;
    }
}

TEST(EventStreamParser, HandsOutViewsOfThePieceWhereItCan) {
    EventStreamParser parser;
    const std::string stream = "event: message_delta\ndata: {\"usage\":{\"output_tokens\":5}}\n\n";
    std::string_view rest = stream;

    const auto event = parser.next(rest).value_or(EventStreamParser::Event{});

    EXPECT_EQ(event.name.data(), stream.data() + 7);
    EXPECT_EQ(event.data.data(), stream.data() + stream.find('{'));
}

TEST(EventStreamParser, EndsAnEventAtItsCrWithoutWaitingForAnLf) {
    EventStreamParser parser;
    Events events;

    feed(parser, "data: ended by a carriage return\r\n\r", events);

    EXPECT_EQ(events.size(), 1U);
}

std::string event_of(std::size_t line_bytes) {
    return "data:" + std::string(line_bytes - 5, 'x') + "\n\n";
}

TEST(EventStreamParser, TakesAnEventOfTheGreatestLength) {
    const Events events = events_of({event_of(EventStreamParser::kMaxEventBytes)});

    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].second.size(), EventStreamParser::kMaxEventBytes - 5);
}

TEST(EventStreamParser, SkipsAndCountsALongerEventHoweverItIsCut) {
    const std::string stream =
        event_of(EventStreamParser::kMaxEventBytes + 1) + "data: the next one\n\n";

    for (const std::size_t piece_bytes : {stream.size(), std::size_t{65'536}, std::size_t{4'099}}) {
        EventStreamParser parser;
        Events events;
        for (std::size_t at = 0; at < stream.size(); at += piece_bytes) {
            feed(parser, stream.substr(at, piece_bytes), events);
        }
        EXPECT_EQ(events, (Events{{"", "the next one"}})) << piece_bytes;
        EXPECT_EQ(parser.skipped_events(), 1U) << piece_bytes;
    }
}

TEST(EventStreamParser, CountsTheLinesOfAnEventTogether) {
    const std::string line =
        "data: " + std::string(EventStreamParser::kMaxEventBytes / 2, 'x') + "\n";
    EventStreamParser parser;
    Events events;

    feed(parser, "event: large\n" + line + line + line + "\n" + "data: after it\n\n", events);

    EXPECT_EQ(events, (Events{{"", "after it"}}));
    EXPECT_EQ(parser.skipped_events(), 1U);
}

TEST(EventStreamParser, CommentsDoNotMakeAnEventLong) {
    EventStreamParser parser;
    Events events;
    feed(parser, "data: small\n", events);

    for (int i = 0; i < 300; ++i) {
        feed(parser, ":" + std::string(8'192, 'c') + (i % 2 == 0 ? "" : "\n"), events);
    }
    feed(parser, "\n\n", events);

    EXPECT_EQ(events, (Events{{"", "small"}}));
    EXPECT_EQ(parser.skipped_events(), 0U);
}

}  // namespace
}  // namespace tallygate::http
