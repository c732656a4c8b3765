#include "api/fixed_document.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tallygate::api {
namespace {

std::string field(const http::Reply& reply, std::string_view name) {
    const auto found = std::ranges::find(reply.fields, name,
                                         [](const auto& f) -> std::string_view { return f.first; });
    return found == reply.fields.end() ? "" : found->second;
}

TEST(FixedDocument, AnswersWithItsBytesAndATag) {
    const FixedDocument document("a text of some length", "text/plain", {{"X-Extra", "1"}});

    const http::Reply reply = document.answer({});

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.content_type, "text/plain");
    EXPECT_EQ(reply.body, "a text of some length");
    EXPECT_EQ(field(reply, "X-Extra"), "1");
    EXPECT_EQ(field(reply, "Cache-Control"), "no-cache");
    EXPECT_EQ(field(reply, "ETag").size(), 18U);
}

TEST(FixedDocument, AnswersWithNothingWhereTheClientHasIt) {
    const FixedDocument document("a text of some length", "text/plain");
    http::Request request;
    request.if_none_match = "W/" + field(document.answer({}), "ETag");

    const http::Reply reply = document.answer(request);

    EXPECT_EQ(reply.status, 304);
    EXPECT_EQ(reply.content_type, "");
    EXPECT_EQ(reply.body, "");
    EXPECT_EQ("W/" + field(reply, "ETag"), request.if_none_match);
}

TEST(FixedDocument, OfAnotherTextHasAnotherTag) {
    const FixedDocument one("a text of some length", "text/plain");
    const FixedDocument other("a text of sane length", "text/plain");

    EXPECT_NE(field(one.answer({}), "ETag"), field(other.answer({}), "ETag"));
}

TEST(IfNoneMatch, NamesATagAnywhereInItsList) {
    EXPECT_TRUE(names_etag("\"b\"", "\"b\""));
    EXPECT_TRUE(names_etag("\"a\", W/\"b\"", "\"b\""));
    EXPECT_TRUE(names_etag("\"a,\",\t\"b\"", "\"b\""));
    EXPECT_TRUE(names_etag("*", "\"b\""));
}

TEST(IfNoneMatch, NamesNoOther) {
    EXPECT_FALSE(names_etag("", "\"b\""));
    EXPECT_FALSE(names_etag("\"a\", \"ab\"", "\"b\""));
    EXPECT_FALSE(names_etag("b", "\"b\""));
    EXPECT_FALSE(names_etag("\"a\", \"b", "\"b\""));
    EXPECT_FALSE(names_etag("\"a \"b\" c\"", "\"c\""));
}

}  // namespace
}  // namespace tallygate::api
