#include "http/body_decoder.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tallygate::http {
namespace {

using std::string_literals::operator""s;

// What comes of a body that arrives in these pieces.
struct Outcome {
    std::string content;
    std::string behind;  // bytes after the body
    bool ended = false;
    bool failed = false;

    bool operator==(const Outcome&) const = default;
};

Outcome decode(BodyDecoder decoder, const std::vector<std::string_view>& pieces) {
    Outcome outcome;
    for (std::string_view rest : pieces) {
        while (!rest.empty() && !decoder.ended()) {
            const auto piece = decoder.next(rest);
            if (!piece) {
                outcome.failed = true;
                return outcome;
            }
            EXPECT_GT(piece->consumed, 0U) << "it must move on";
            EXPECT_LE(piece->consumed, rest.size());
            if (!piece->data.empty()) {
                EXPECT_GE(piece->data.data(), rest.data());
                EXPECT_LE(piece->data.data() + piece->data.size(), rest.data() + piece->consumed);
            }
            outcome.content += piece->data;
            rest.remove_prefix(piece->consumed);
        }
        outcome.behind += rest;
    }
    outcome.ended = decoder.ended();
    return outcome;
}

Outcome decode_chunked(std::string_view body) {
    return decode(BodyDecoder(Framing::chunked, 0), {body});
}

struct Body {
    std::string bytes;
    std::optional<std::string> content;  // nothing: a framing error
};
std::string name_of(const Body& body) {
    return testing::PrintToString(body.bytes.substr(0, 64));
}

const std::vector<Body>& chunked_bodies() {
    static const std::vector<Body> all = {
        {"0\r\n\r\n", ""},
        {"5\r\nhello\r\n0\r\n\r\n", "hello"},
        {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
        {"a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n", "01234567890123456789"},
        {"0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"},
        {"4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"},
        {"5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n"},
        {"3;name=value\r\nabc\r\n0;last\r\n\r\n", "abc"},
        {"3;a=\"quoted; text\"\r\nabc\r\n0\r\n\r\n", "abc"},
        {"3;\r\nabc\r\n0;\r\n\r\n", "abc"},
        {"3;" + std::string(256, 'x') + "\r\nabc\r\n0\r\n\r\n", "abc"},
        {"3;" + std::string(200, 'x') + "\r\nabc\r\n0;" + std::string(200, 'y') + "\r\n\r\n",
         "abc"},
        {"3\r\nabc\r\n0\r\nX-Sum: 1\r\nEmpty:\r\n\r\n", "abc"},
        {"3\r\nabc\r\n0\r\nA: " + std::string(8000, 'x') + "\r\n\r\n", "abc"},
        // Sizes that are none.
        {"\r\n", {}},
        {"\r\nhello", {}},
        {"g\r\n", {}},
        {"0x5\r\nhello\r\n0\r\n\r\n", {}},
        {"+5\r\nhello\r\n0\r\n\r\n", {}},
        {"-5\r\nhello\r\n0\r\n\r\n", {}},
        {"5_0\r\nhello\r\n0\r\n\r\n", {}},
        {" 5\r\nhello\r\n0\r\n\r\n", {}},
        {"5 \r\nhello\r\n0\r\n\r\n", {}},
        {"5\t\r\nhello\r\n0\r\n\r\n", {}},
        {"5 ;x\r\nhello\r\n0\r\n\r\n", {}},
        {";x\r\nhello\r\n0\r\n\r\n", {}},
        {"5,0\r\nhello\r\n0\r\n\r\n", {}},
        {"5\0\r\nhello\r\n0\r\n\r\n"s, {}},
        {"5\x0b\r\nhello\r\n0\r\n\r\n", {}},
        {"5h\r\nhello\r\n0\r\n\r\n", {}},
        {"\xef\xbc\x95\r\nhello\r\n0\r\n\r\n", {}},
        {"00000000000000005\r\nhello\r\n0\r\n\r\n", {}},
        {"10000000000000005\r\nhello\r\n0\r\n\r\n", {}},
        // Line ends that are none.
        {"5\nhello\r\n0\r\n\r\n", {}},
        {"5\rhello\r\n0\r\n\r\n", {}},
        {"5\r\rhello\r\n0\r\n\r\n", {}},
        {"5\n\rhello\r\n0\r\n\r\n", {}},
        {"5\r\nhello0\r\n\r\n", {}},
        {"5\r\nhello\n0\r\n\r\n", {}},
        {"5\r\nhello\r0\r\n\r\n", {}},
        {"5\r\nhelloX\r\n0\r\n\r\n", {}},
        {"5\r\nhello\r\n\r\n0\r\n\r\n", {}},
        {"5\r\nhel\r\n0\r\n\r\n", {}},
        {"0\n\n", {}},
        {"0\r\n\n", {}},
        {"0\r\n\r\r", {}},
        // Extensions and trailers that are none.
        {"3;" + std::string(257, 'x') + "\r\nabc\r\n0\r\n\r\n", {}},
        {"3;a\nb\r\nabc\r\n0\r\n\r\n", {}},
        {"3;a\rb\r\nabc\r\n0\r\n\r\n", {}},
        {"3;a\0b\r\nabc\r\n0\r\n\r\n"s, {}},
        {"3;a\x7f\r\nabc\r\n0\r\n\r\n", {}},
        {"0\r\nno colon\r\n\r\n", {}},
        {"0\r\nname \r\n\r\n", {}},
        {"0\r\nname : x\r\n\r\n", {}},
        {"0\r\n: x\r\n\r\n", {}},
        {"0\r\nA: x\r\n folded\r\n\r\n", {}},
        {"0\r\nA: x\nB: y\r\n\r\n", {}},
        {"0\r\nA: x\rB: y\r\n\r\n", {}},
        {"0\r\nA: \0\r\n\r\n"s, {}},
        {"0\r\nGET /admin HTTP/1.1\r\n\r\n", {}},
        {"0\r\nA: " + std::string(8192, 'x') + "\r\n\r\n", {}},
    };
    return all;
}

TEST(ChunkedBody, HasItsContentOrIsRefused) {
    for (const Body& body : chunked_bodies()) {
        SCOPED_TRACE(name_of(body));

        const Outcome outcome = decode_chunked(body.bytes + "next");

        EXPECT_EQ(outcome.failed, !body.content.has_value());
        if (body.content) EXPECT_EQ(outcome, (Outcome{*body.content, "next", true, false}));
    }
}

TEST(ChunkedBody, IsTheSameWhereverItIsCutInTwo) {
    for (const Body& body : chunked_bodies()) {
        SCOPED_TRACE(name_of(body));
        const std::string bytes = body.bytes + "next";
        const std::string_view all = bytes;
        const Outcome whole = decode_chunked(bytes);
        const std::size_t step = 1 + bytes.size() / 1000;

        for (std::size_t cut = 0; cut <= bytes.size(); cut += step) {
            const Outcome parts =
                decode(BodyDecoder(Framing::chunked, 0), {all.substr(0, cut), all.substr(cut)});
            EXPECT_EQ(parts, whole) << "cut at " << cut;
        }
    }
}

TEST(ChunkedBody, IsTheSameByteByByte) {
    for (const Body& body : chunked_bodies()) {
        SCOPED_TRACE(name_of(body));
        const std::string bytes = body.bytes + "next";
        std::vector<std::string_view> pieces;
        pieces.reserve(bytes.size());
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            pieces.push_back(std::string_view(bytes).substr(i, 1));
        }

        EXPECT_EQ(decode(BodyDecoder(Framing::chunked, 0), pieces), decode_chunked(bytes));
    }
}

TEST(ChunkedBody, NeverEndsBeforeItsLastByte) {
    for (const Body& body : chunked_bodies()) {
        if (!body.content) continue;
        SCOPED_TRACE(name_of(body));
        BodyDecoder decoder(Framing::chunked, 0);
        std::string_view rest = body.bytes;
        rest.remove_suffix(1);

        while (!rest.empty()) {
            const auto piece = decoder.next(rest);
            ASSERT_TRUE(piece);
            rest.remove_prefix(piece->consumed);
        }

        EXPECT_FALSE(decoder.ended());
        EXPECT_FALSE(decoder.may_end_here());
    }
}

TEST(BodyDecoder, TakesAChunkSizeOfSixteenDigits) {
    BodyDecoder decoder(Framing::chunked, 0);
    const std::string_view input = "ffffffffffffffff\r\nabc";

    const auto piece = decoder.next(input);

    ASSERT_TRUE(piece);
    EXPECT_EQ(piece->data, "abc");
    EXPECT_EQ(piece->consumed, input.size());
}

TEST(BodyDecoder, RepeatsAFramingErrorForEver) {
    BodyDecoder decoder(Framing::chunked, 0);
    const auto first = decoder.next("x");
    ASSERT_FALSE(first);

    const auto again = decoder.next("0\r\n\r\n");

    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), first.error());
    EXPECT_FALSE(again.error().empty());
    EXPECT_FALSE(decoder.ended());
    EXPECT_FALSE(decoder.may_end_here());
}

TEST(BodyDecoder, CountsALengthDown) {
    BodyDecoder decoder(Framing::length, 10);
    ASSERT_FALSE(decoder.ended());

    const auto first = decoder.next("0123");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->data, "0123");
    EXPECT_EQ(decoder.remaining(), 6U);
    EXPECT_FALSE(decoder.may_end_here());
    const auto second = decoder.next("456789GET /");

    ASSERT_TRUE(second);
    EXPECT_EQ(second->data, "456789");
    EXPECT_EQ(second->consumed, 6U);
    EXPECT_TRUE(decoder.ended());
    EXPECT_TRUE(decoder.may_end_here());
}

TEST(BodyDecoder, TakesNothingBehindTheEnd) {
    BodyDecoder nothing;
    BodyDecoder empty(Framing::length, 0);
    BodyDecoder chunked(Framing::chunked, 0);
    ASSERT_TRUE(chunked.next("0\r\n\r\n"));

    for (BodyDecoder* decoder : {&nothing, &empty, &chunked}) {
        EXPECT_TRUE(decoder->ended());
        const auto piece = decoder->next("GET / HTTP/1.1\r\n");
        ASSERT_TRUE(piece);
        EXPECT_EQ(piece->consumed, 0U);
        EXPECT_TRUE(piece->data.empty());
    }
}

TEST(BodyDecoder, TakesEverythingUntilTheConnectionCloses) {
    BodyDecoder decoder(Framing::until_close, 0);

    const auto piece = decoder.next("any bytes \r\n\r\n at all");

    ASSERT_TRUE(piece);
    EXPECT_EQ(piece->data, "any bytes \r\n\r\n at all");
    EXPECT_FALSE(decoder.ended());
    EXPECT_TRUE(decoder.may_end_here());
}

}  // namespace
}  // namespace tallygate::http
