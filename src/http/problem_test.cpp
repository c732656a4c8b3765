#include "http/problem.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tallygate::http {
namespace {

std::string field_of(const Reply& reply, std::string_view name) {
    const auto found =
        std::ranges::find(reply.fields, name, &std::pair<std::string, std::string>::first);
    return found == reply.fields.end() ? "" : found->second;
}

TEST(Problem, IsWrittenAsProblemJson) {
    const Problem problem{404, "no_such_route", "/ai/chta is no route; see /openapi.json", {}};

    const Reply reply = to_reply(problem, "0123456789abcdef");

    EXPECT_EQ(reply.status, 404);
    EXPECT_EQ(reply.content_type, "application/problem+json");
    EXPECT_EQ(reply.body,
              R"({"type":"about:blank","title":"Not Found","status":404,)"
              R"("detail":"/ai/chta is no route; see /openapi.json","code":"no_such_route",)"
              R"("request_id":"0123456789abcdef"})");
    EXPECT_EQ(field_of(reply, "Cache-Control"), "no-store");
}

TEST(Problem, UsesTheRegisteredTypeOfAQuota) {
    const Reply reply = to_reply({429, "quota_exceeded", "", {{"Retry-After", "60"}}}, "");

    EXPECT_NE(reply.body.find(
                  R"("type":"https://iana.org/assignments/http-problem-types#quota-exceeded")"),
              std::string::npos);
    EXPECT_EQ(field_of(reply, "Retry-After"), "60");
}

TEST(Problem, EscapesWhatItQuotes) {
    const Reply reply = to_reply({400, "x", "bad \"value\"\n\xff", {}}, "");

    EXPECT_NE(reply.body.find(R"("detail":"bad \"value\"\n)"), std::string::npos);
}

TEST(Problem, KeepsItsOwnFields) {
    const Reply reply = to_reply({405, "method_not_allowed", "", {{"Allow", "GET, HEAD"}}}, "");

    EXPECT_EQ(field_of(reply, "Allow"), "GET, HEAD");
}

TEST(Problem, ChallengesOnce) {
    const Reply reply =
        to_reply(problem_of({Errc::unauthenticated, "token_expired", "it ended at 10:00"}), "");

    EXPECT_EQ(field_of(reply, "WWW-Authenticate"), R"(Bearer error="invalid_token")");
    EXPECT_EQ(std::ranges::count(reply.fields, "WWW-Authenticate",
                                 &std::pair<std::string, std::string>::first),
              1);
}

TEST(ProblemOf, MapsEveryErrcToItsStatus) {
    const std::pair<Errc, int> table[] = {
        {Errc::invalid_argument, 400}, {Errc::unauthenticated, 401}, {Errc::permission_denied, 403},
        {Errc::not_found, 404},        {Errc::conflict, 409},        {Errc::limit_exceeded, 429},
        {Errc::unavailable, 503},      {Errc::data_loss, 500},       {Errc::internal, 500},
    };
    for (const auto& [errc, status] : table) {
        EXPECT_EQ(problem_of({errc, "some_code", "m"}).status, status);
        EXPECT_EQ(problem_of({errc, "some_code", "m"}).code, "some_code");
        EXPECT_FALSE(problem_of({errc, "", "m"}).code.empty());
    }
}

TEST(ProblemOf, HandsTheMessageOnAsDetail) {
    const Problem problem =
        problem_of({Errc::invalid_argument, "days_out_of_range", "days is 0; use 1 to 366"});

    EXPECT_EQ(problem.detail, "days is 0; use 1 to 366");
}

TEST(ProblemOf, KeepsTheCauseOfAnInternalErrorFromClients) {
    const Problem problem =
        problem_of({Errc::data_loss, "", "/var/lib/tallygate/journal/7: bad checksum"});

    EXPECT_EQ(problem.detail.find("/var"), std::string::npos);
}

TEST(ProblemOf, TellsWhenToRetryWhatIsUnavailable) {
    const Reply reply =
        to_reply(problem_of({Errc::unavailable, "store_unavailable", "the store is down"}), "");

    EXPECT_EQ(field_of(reply, "Retry-After"), "1");
}

TEST(ReasonPhrase, KnowsTheStandardOnes) {
    EXPECT_EQ(reason_phrase(100), "Continue");
    EXPECT_EQ(reason_phrase(200), "OK");
    EXPECT_EQ(reason_phrase(422), "Unprocessable Content");
    EXPECT_EQ(reason_phrase(429), "Too Many Requests");
    EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
    EXPECT_EQ(reason_phrase(511), "Network Authentication Required");
}

TEST(ReasonPhrase, IsUnknownForOtherNumbers) {
    EXPECT_EQ(reason_phrase(0), "Unknown");
    EXPECT_EQ(reason_phrase(299), "Unknown");
    EXPECT_EQ(reason_phrase(999), "Unknown");
}

}  // namespace
}  // namespace tallygate::http
