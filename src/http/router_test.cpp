#include "http/router.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace tallygate::http {
namespace {

using Outcome = Router::Match::Outcome;

Router router_of(std::initializer_list<std::tuple<const char*, const char*, std::size_t>> routes) {
    Router router;
    for (const auto& [method, pattern, value] : routes) {
        EXPECT_TRUE(router.add(method, pattern, value)) << pattern;
    }
    return router;
}

// The value of the route found, or -1.
int found(const Router& router, std::string_view method, std::string_view path) {
    const Router::Match match = router.find(method, path);
    return match.outcome == Outcome::found ? static_cast<int>(match.value) : -1;
}

TEST(Router, FindsALiteralPathAndNoOther) {
    const Router router = router_of({{"POST", "/ai/chat", 1}, {"POST", "/ai/chat/stream", 2}});

    EXPECT_EQ(found(router, "POST", "/ai/chat"), 1);
    EXPECT_EQ(found(router, "POST", "/ai/chat/stream"), 2);
    for (const char* path : {"/", "/ai", "/ai/", "/ai/chat/", "/ai/Chat", "/ai/chatx", "/ai/cha",
                             "/ai/chat/stream/x"}) {
        EXPECT_EQ(router.find("POST", path).outcome, Outcome::no_such_path) << path;
    }
}

TEST(Router, TellsThePathsWithAndWithoutTrailingSlashApart) {
    const Router router =
        router_of({{"GET", "/", 1}, {"GET", "/tallygate", 2}, {"GET", "/tallygate/", 3}});

    EXPECT_EQ(found(router, "GET", "/"), 1);
    EXPECT_EQ(found(router, "GET", "/tallygate"), 2);
    EXPECT_EQ(found(router, "GET", "/tallygate/"), 3);
}

TEST(Router, CapturesSegmentsInOrder) {
    const Router router = router_of({{"GET", "/a/{x}/b/{y}", 1}});

    const auto match = router.find("GET", "/a/one/b/two%2Fthree");

    ASSERT_EQ(match.outcome, Outcome::found);
    ASSERT_EQ(match.capture_count, 2U);
    EXPECT_EQ(match.captures[0], "one");
    EXPECT_EQ(match.captures[1], "two%2Fthree");
}

TEST(Router, NeverCapturesAnEmptySegment) {
    const Router router = router_of({{"GET", "/user/{id}", 1}, {"POST", "/models/{model}:run", 2}});

    EXPECT_EQ(found(router, "GET", "/user/"), -1);
    EXPECT_EQ(found(router, "POST", "/models/:run"), -1);
}

TEST(Router, CapturesWhatStandsBeforeASuffix) {
    const Router router = router_of({{"POST", "/v1beta/models/{model}:generateContent", 1},
                                     {"POST", "/v1beta/models/{model}:streamGenerateContent", 2}});

    const auto match = router.find("POST", "/v1beta/models/gemini-2.0:flash:streamGenerateContent");

    ASSERT_EQ(match.outcome, Outcome::found);
    EXPECT_EQ(match.value, 2U);
    EXPECT_EQ(match.captures[0], "gemini-2.0:flash");
}

TEST(Router, TakesTheRestWithAStarOrNothing) {
    const Router router = router_of({{"GET", "/assets/*", 1}});

    EXPECT_EQ(found(router, "GET", "/assets/"), 1);
    EXPECT_EQ(found(router, "GET", "/assets/a"), 1);
    EXPECT_EQ(found(router, "GET", "/assets/a/b/"), 1);
    EXPECT_EQ(found(router, "GET", "/assets"), -1);
    EXPECT_EQ(router.find("GET", "/assets/a").capture_count, 0U);
}

TEST(Router, PrefersTheMostLiteralFromTheLeftInWhateverOrderTheyCame) {
    const std::initializer_list<std::tuple<const char*, const char*, std::size_t>> routes = {
        {"GET", "/*", 1},       {"GET", "/{a}/{b}", 2}, {"GET", "/{a}/b", 3},
        {"GET", "/{a}-x/b", 4}, {"GET", "/a/{b}", 5},   {"GET", "/a/{b}:y", 6},
        {"GET", "/a/b", 7},     {"GET", "/a/*", 8},     {"GET", "/a/{b}:y:y", 9},
    };
    std::vector<std::tuple<const char*, const char*, std::size_t>> backward_routes(routes);
    std::ranges::reverse(backward_routes);
    Router backwards;
    for (const auto& [method, pattern, value] : backward_routes) {
        ASSERT_TRUE(backwards.add(method, pattern, value));
    }

    for (const Router& router : {router_of(routes), backwards}) {
        EXPECT_EQ(found(router, "GET", "/a/b"), 7);
        EXPECT_EQ(found(router, "GET", "/a/q:y"), 6);
        EXPECT_EQ(found(router, "GET", "/a/q:y:y"), 9);
        EXPECT_EQ(found(router, "GET", "/a/q"), 5);
        EXPECT_EQ(found(router, "GET", "/a/q/r"), 8);
        EXPECT_EQ(found(router, "GET", "/q-x/b"), 4);
        EXPECT_EQ(found(router, "GET", "/q/b"), 3);
        EXPECT_EQ(found(router, "GET", "/q/r"), 2);
        EXPECT_EQ(found(router, "GET", "/q/r/s"), 1);
        EXPECT_EQ(found(router, "GET", "/"), 1);
    }
}

TEST(Router, GoesBackToALessLiteralPatternWhereALaterSegmentDiffers) {
    const Router router = router_of({{"GET", "/a/{x}/c", 1}, {"GET", "/{x}/b/d", 2}});

    EXPECT_EQ(found(router, "GET", "/a/b/d"), 2);
}

TEST(Router, LeavesNoCaptureOfAPatternThatFailedLater) {
    const Router router = router_of({{"GET", "/{x}/{y}/c", 1}, {"GET", "/*", 2}});

    const auto match = router.find("GET", "/one/two/three");

    EXPECT_EQ(match.value, 2U);
    EXPECT_EQ(match.capture_count, 0U);
}

TEST(Router, NamesTheMethodsOfAPathThatHasNotTheOneAsked) {
    const Router router =
        router_of({{"POST", "/a", 1}, {"GET", "/a", 2}, {"DELETE", "/{x}", 3}, {"PUT", "/b", 4}});

    const auto match = router.find("PATCH", "/a");

    EXPECT_EQ(match.outcome, Outcome::no_such_method);
    EXPECT_EQ(match.allow, "DELETE, GET, HEAD, POST");
}

TEST(Router, ComparesMethodsByCase) {
    const Router router = router_of({{"GET", "/a", 1}});

    EXPECT_EQ(router.find("get", "/a").outcome, Outcome::no_such_method);
}

TEST(Router, AnswersHeadByGetUnlessItHasItsOwn) {
    const Router router = router_of({{"GET", "/a", 1}, {"GET", "/b", 2}, {"HEAD", "/b", 3}});

    EXPECT_EQ(found(router, "HEAD", "/a"), 1);
    EXPECT_EQ(found(router, "HEAD", "/b"), 3);
}

TEST(Router, LetsAStarMethodTakeWhatItsShapeDoesNotName) {
    const Router router = router_of({{"*", "/a/{x}", 1}, {"POST", "/a/{y}", 2}});

    EXPECT_EQ(found(router, "POST", "/a/b"), 2);
    EXPECT_EQ(found(router, "DELETE", "/a/b"), 1);
    EXPECT_EQ(found(router, "HEAD", "/a/b"), 1);
}

TEST(Router, ReplacesTheSameMethodAndPatternWhateverTheNames) {
    Router router = router_of({{"POST", "/ai/chat/{id}", 1}, {"GET", "/ai/chat/{id}", 2}});

    ASSERT_TRUE(router.add("POST", "/ai/chat/{chat}", 9));

    EXPECT_EQ(found(router, "POST", "/ai/chat/7"), 9);
    EXPECT_EQ(found(router, "GET", "/ai/chat/7"), 2);
}

TEST(Router, RefusesPatternsThatAreNone) {
    for (const char* pattern :
         {"",         "a",     "*",      "/a//b",  "//",
          "/{}",      "/{x",   "/x}",    "/a{x}",  "/{x}{y}",
          "/{x}b{y}", "/*/a",  "/a*",    "/{x}*",  "/a?b",
          "/a#b",     "/a b",  "/%61",   "/a\\b",  "/a;b",
          "/.",       "/../a", "/{a b}", "/a\x7f", "/{1}/{2}/{3}/{4}/{5}/{6}/{7}/{8}/{9}"}) {
        Router router;
        const auto added = router.add("GET", pattern, 0);
        ASSERT_FALSE(added) << pattern;
        EXPECT_EQ(added.error().errc, Errc::invalid_argument) << pattern;
        EXPECT_NE(added.error().message.find("pattern"), std::string::npos) << pattern;
    }
}

TEST(Router, RefusesAMethodThatIsNone) {
    Router router;

    EXPECT_FALSE(router.add("", "/a", 0));
    EXPECT_FALSE(router.add("GET POST", "/a", 0));
}

TEST(Router, TakesAsManyCapturesAsItHolds) {
    const Router router = router_of({{"GET", "/{1}/{2}/{3}/{4}/{5}/{6}/{7}/{8}", 1}});

    const auto match = router.find("GET", "/a/b/c/d/e/f/g/h");

    ASSERT_EQ(match.capture_count, Router::kMaxCaptures);
    EXPECT_EQ(match.captures[7], "h");
}

TEST(Router, ShadowsPathsThatDifferInCaseOrATrailingSlash) {
    const Router router = router_of({{"POST", "/ai/chat", 1},
                                     {"POST", "/ai/chat/{id}", 2},
                                     {"POST", "/models/{m}:run", 3},
                                     {"GET", "/dash/", 4}});

    for (const char* path : {"/ai/chat", "/AI/Chat", "/ai/chat/", "/AI/CHAT/", "/ai/chat/7",
                             "/Ai/chat/7/", "/models/x:RUN", "/models/x:run/", "/dash", "/Dash/"}) {
        EXPECT_TRUE(router.shadows(path)) << path;
    }
    for (const char* path :
         {"/", "/ai", "/ai/chats", "/ai/chat/7/8", "/models/:run", "/models/x:runs", "/dash/x"}) {
        EXPECT_FALSE(router.shadows(path)) << path;
    }
}

TEST(Router, ShadowsWhatAStarTakes) {
    const Router router = router_of({{"GET", "/x/*", 1}});

    EXPECT_TRUE(router.shadows("/X"));
    EXPECT_TRUE(router.shadows("/X/"));
    EXPECT_TRUE(router.shadows("/X/y/z"));
    EXPECT_FALSE(router.shadows("/xy"));
}

TEST(Router, WithoutRoutesFindsAndShadowsNothing) {
    const Router router;

    EXPECT_EQ(router.find("GET", "/").outcome, Outcome::no_such_path);
    EXPECT_FALSE(router.shadows("/"));
}

}  // namespace
}  // namespace tallygate::http
