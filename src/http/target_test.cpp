#include "http/target.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tallygate::http {
namespace {

using std::string_literals::operator""s;

TEST(Target, SplitsPathAndQuery) {
    const std::string text = "/ai/usage/me?days=30&x=a/b?c";

    const auto target = parse_target("GET", text);

    ASSERT_TRUE(target);
    EXPECT_EQ(target->path(), "/ai/usage/me");
    EXPECT_EQ(target->query, "days=30&x=a/b?c");
    EXPECT_EQ(target->raw, text);
    EXPECT_FALSE(target->has_ambiguous_escape);
    EXPECT_FALSE(target->is_asterisk);
}

TEST(Target, DecodesThePathAndKeepsTheRawText) {
    const auto target = parse_target("GET", "/ai/usage/user/J%C3%B6rg%20%e2%82%ac%3B%40x?q=%41");

    ASSERT_TRUE(target);
    EXPECT_EQ(target->path(), "/ai/usage/user/Jörg €;@x");
    EXPECT_EQ(target->query, "q=%41");
    EXPECT_EQ(target->raw, "/ai/usage/user/J%C3%B6rg%20%e2%82%ac%3B%40x?q=%41");
}

TEST(Target, StaysWholeWhenItMoves) {
    auto parsed = parse_target("GET", "/ai/%63hat/and/a/longer/path");
    ASSERT_TRUE(parsed);

    const Target moved = std::move(*parsed);

    EXPECT_EQ(moved.path(), "/ai/chat/and/a/longer/path");
}

TEST(Target, KeepsAnEncodedSlashAsItWasWritten) {
    const auto target = parse_target("GET", "/ai/usage/user/a%2Fb%2fc%41");

    ASSERT_TRUE(target);
    EXPECT_TRUE(target->has_ambiguous_escape);
    EXPECT_EQ(target->path(), "/ai/usage/user/a%2Fb%2fcA");
}

TEST(Target, DecodesAnEncodedPercentSignOnlyOnceInACapture) {
    const auto target = parse_target("GET", "/user/a%252Fb%2541");

    ASSERT_TRUE(target);
    EXPECT_FALSE(target->has_ambiguous_escape);
    EXPECT_EQ(target->path(), "/user/a%252Fb%2541");
    EXPECT_EQ(percent_decode(target->path().substr(6)), "a%2Fb%41");
}

TEST(Target, TakesAnAsteriskForOptionsAlone) {
    const auto target = parse_target("OPTIONS", "*");

    ASSERT_TRUE(target);
    EXPECT_TRUE(target->is_asterisk);
    EXPECT_EQ(target->path(), "*");
    EXPECT_FALSE(parse_target("GET", "*"));
    EXPECT_FALSE(parse_target("OPTIONS", "**"));
}

TEST(Target, LeavesAStrangeQueryToTheUpstream) {
    for (const char* query :
         {"", "?", "a=%zz&b=%", "a;b", "..//..", "\\", "%00%2e", "a=[]{}|^`\"<>"}) {
        const std::string text = "/ai/chat?" + std::string(query);
        const auto target = parse_target("GET", text);
        ASSERT_TRUE(target) << text;
        EXPECT_EQ(target->query, query);
        EXPECT_EQ(target->path(), "/ai/chat");
    }
}

// Either a 400 or, decoded, the canonical path: no spelling of a route may reach the upstream as
// another path.
struct Spelling {
    std::string text;
    std::string path;  // empty: refused
};

const std::vector<Spelling>& spellings() {
    static const std::vector<Spelling> all = {
        // The same path, written otherwise.
        {"/ai/chat", "/ai/chat"},
        {"/ai/chat?", "/ai/chat"},
        {"/ai/chat?x=1", "/ai/chat"},
        {"/%61i/chat", "/ai/chat"},
        {"/ai/%63%68%61%74", "/ai/chat"},
        {"/ai/cha%74?/../x", "/ai/chat"},
        // Other paths, which must stay what they are.
        {"/", "/"},
        {"/ai/chat/", "/ai/chat/"},
        {"/AI/CHAT", "/AI/CHAT"},
        {"/ai/chat%20", "/ai/chat "},
        {"/ai%2Fchat", "/ai%2Fchat"},
        {"/ai%2fchat", "/ai%2fchat"},
        {"/ai/%2563hat", "/ai/%2563hat"},
        {"/ai%252fchat", "/ai%252fchat"},
        {"/ai/chat%3Fx=1", "/ai/chat?x=1"},
        {"/ai/chat%23x", "/ai/chat#x"},
        {"/ai/chat%3bx", "/ai/chat;x"},
        {"/ai/chat+x", "/ai/chat+x"},
        {"/ai/...", "/ai/..."},
        {"/ai/.chat", "/ai/.chat"},
        {"/ai/chat.", "/ai/chat."},
        {"/ai/chat..json", "/ai/chat..json"},
        {"/ai/usage/user/first.last@example.org", "/ai/usage/user/first.last@example.org"},
        {"/v1beta/models/gemini:generateContent", "/v1beta/models/gemini:generateContent"},
        {"/ai/%EF%BC%8E%EF%BC%8E/chat", "/ai/．．/chat"},
        // Refused: no path, or not one alone.
        {"", ""},
        {"ai/chat", ""},
        {"?/ai/chat", ""},
        {"*", ""},
        {"http://example.org/ai/chat", ""},
        {"HTTP://example.org/ai/chat", ""},
        {"https://example.org", ""},
        {"example.org:443", ""},
        {"@/ai/chat", ""},
        {"%2Fai/chat", ""},
        {"\\ai\\chat", ""},
        {"/ai/chat#", ""},
        {"/ai/chat#fragment", ""},
        {"/ai/chat?x#fragment", ""},
        // Refused: empty and dot segments.
        {"//", ""},
        {"//ai/chat", ""},
        {"//example.org/ai/chat", ""},
        {"/ai//chat", ""},
        {"/ai/chat//", ""},
        {"///", ""},
        {"/.", ""},
        {"/..", ""},
        {"/./ai/chat", ""},
        {"/ai/./chat", ""},
        {"/ai/chat/.", ""},
        {"/ai/chat/..", ""},
        {"/ai/x/../chat", ""},
        {"/../ai/chat", ""},
        {"/ai/chat/..?x=1", ""},
        {"/ai/..%2fchat", "/ai/..%2fchat"},
        // Refused: backslashes and parameters.
        {"/ai\\chat", ""},
        {"/ai/x\\..\\chat", ""},
        {"/ai/chat;", ""},
        {"/ai/chat;jsessionid=1", ""},
        {"/ai;x/chat", ""},
        {"/ai/..;/chat", ""},
        // Refused: control bytes, blanks, bytes beyond ASCII.
        {"/ai/chat%00", ""},
        {"/ai/chat%00.json", ""},
        {"/ai/chat%0d%0aX:1", ""},
        {"/ai/chat%0A", ""},
        {"/ai/chat%09", ""},
        {"/ai/chat%1f", ""},
        {"/ai/chat%7F", ""},
        {"/ai/chat\0"s, ""},
        {"/ai/chat\t", ""},
        {"/ai/chat ", ""},
        {"/ai /chat", ""},
        {"/ai/chat\x7f", ""},
        {"/ai/chat\r\n", ""},
        {"/ai/chät", ""},
        {"/ai/chat?q=ä", ""},
        {"/ai/\xff", ""},
        {"/ai/chat?q=a b", ""},
        {"/ai/chat?q=\x01", ""},
        // Refused: escapes that are none, or no UTF-8.
        {"/ai/%", ""},
        {"/ai/chat%4", ""},
        {"/ai/chat%zz", ""},
        {"/ai/%6", ""},
        {"/ai/%6gchat", ""},
        {"/ai/%%63hat", ""},
        {"/ai/%u0063hat", ""},
        {"/ai/%-1", ""},
        {"/ai/% 3", ""},
        {"/ai/%c0%ae%c0%ae/chat", ""},
        {"/ai%c0%afchat", ""},
        {"/ai/%e0%80%afchat", ""},
        {"/ai/%ff", ""},
        {"/ai/%c3", ""},
        {"/ai/%c3x%b6", ""},
        {"/ai/%ed%a0%80", ""},
    };
    return all;
}

TEST(TargetSpelling, IsThePathThatItMeansOrRefused) {
    for (const Spelling& spelling : spellings()) {
        SCOPED_TRACE(testing::PrintToString(spelling.text));

        const auto target = parse_target("POST", spelling.text);

        if (spelling.path.empty()) {
            ASSERT_FALSE(target) << "taken as " << target->path();
            EXPECT_EQ(target.error().status, 400);
            EXPECT_EQ(target.error().code, "malformed_target");
            EXPECT_FALSE(target.error().detail.empty());
        } else {
            ASSERT_TRUE(target) << target.error().detail;
            EXPECT_EQ(target->path(), spelling.path);
        }
    }
}

TEST(Target, NeverLeavesADotOrEmptySegmentInAPath) {
    const std::vector<std::string> parts = {"a",  ".",   "/",   "%2e", "%2f",
                                            "\\", "%5c", "%25", ";",   "%00"};
    std::size_t taken = 0;
    for (const std::string& a : parts) {
        for (const std::string& b : parts) {
            for (const std::string& c : parts) {
                for (const std::string& d : parts) {
                    const std::string text = fmt::format("/{}{}{}{}", a, b, c, d);
                    const auto target = parse_target("GET", text);
                    if (!target) continue;
                    ++taken;
                    const std::string framed = std::string(target->path()) + "/";
                    for (const char* never : {"/./", "/../", "\\", ";"}) {
                        EXPECT_EQ(framed.find(never), std::string::npos) << text;
                    }
                    EXPECT_EQ(target->path().find("//"), std::string::npos) << text;
                }
            }
        }
    }
    EXPECT_GT(taken, 200U);
}

TEST(PercentDecode, DecodesEveryEscape) {
    EXPECT_EQ(percent_decode("a%2Fb%2fc%25%41+"), "a/b/c%A+");
}

TEST(PercentDecode, KeepsABadEscapeAsItIs) {
    EXPECT_EQ(percent_decode("%"), "%");
    EXPECT_EQ(percent_decode("%4"), "%4");
    EXPECT_EQ(percent_decode("%4g%zz"), "%4g%zz");
    EXPECT_EQ(percent_decode("100%%41"), "100%A");
}

TEST(PercentEncode, KeepsUnreservedCharactersAlone) {
    EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(percent_encode("a/b c%ö\n"), "a%2Fb%20c%25%C3%B6%0A");
}

TEST(PercentEncode, IsUndoneByDecoding) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }

    EXPECT_EQ(percent_decode(percent_encode(all)), all);
}

}  // namespace
}  // namespace tallygate::http
