#include "api/dashboard_files.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <gtest/gtest.h>

namespace tallygate::api {
namespace {

constexpr std::string_view kPage =
    "<meta name=version content=@VERSION@><meta name=demo content=@DEMO@>@VERSION@";

constexpr std::array kFiles = {
    EmbeddedFile{.path = "assets/font-Ab12.woff2",
                 .content_type = "font/woff2",
                 .identity = "the bytes of a font",
                 .hash = "0011223344556677",
                 .is_immutable = true},
    EmbeddedFile{.path = "assets/index-Cd34.js",
                 .content_type = "text/javascript; charset=utf-8",
                 .identity = "a script of some length",
                 .gzip = "a script, as gzip",
                 .brotli = "a script, as br",
                 .hash = "8899aabbccddeeff",
                 .is_immutable = true},
    EmbeddedFile{.path = "index.html",
                 .content_type = "text/html; charset=utf-8",
                 .identity = kPage,
                 .hash = "0123456789abcdef"},
    EmbeddedFile{.path = "theme.js",
                 .content_type = "text/javascript; charset=utf-8",
                 .identity = "a smaller script",
                 .brotli = "a smaller, as br",
                 .hash = "fedcba9876543210"},
};

class DashboardFilesTest : public testing::Test {
protected:
    http::Reply get(std::string_view pattern, std::string file = "") const {
        http::Request request;
        request.captures = {std::move(file)};
        request.request_id = "a-request-id-of-the-test";
        request.accept_encoding = accept_encoding;
        request.if_none_match = if_none_match;
        return route(pattern).handler(request, nullptr);
    }
    http::Reply get_asset(std::string file) const {
        return get("/tallygate/assets/{file}", std::move(file));
    }

    Route route(std::string_view pattern) const {
        for (const Route& route : dashboard.routes()) {
            if (route.pattern == pattern) return route;
        }
        throw std::logic_error("no such route");
    }

    static std::string field(const http::Reply& reply, std::string_view name) {
        for (const auto& [key, value] : reply.fields) {
            if (key == name) return value;
        }
        return "";
    }

    std::string accept_encoding;
    std::string if_none_match;
    DashboardFiles dashboard{kFiles, "1.2.3", false};
};

TEST_F(DashboardFilesTest, FillsInThePage) {
    const http::Reply reply = get("/tallygate/");

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.content_type, "text/html; charset=utf-8");
    EXPECT_EQ(reply.body, "<meta name=version content=1.2.3><meta name=demo content=false>1.2.3");
}

TEST_F(DashboardFilesTest, SaysOnThePageThatItIsADemo) {
    const DashboardFiles demo(kFiles, "1.2.3", true);

    const http::Reply reply = demo.routes().front().handler({}, nullptr);

    EXPECT_EQ(reply.body, "<meta name=version content=1.2.3><meta name=demo content=true>1.2.3");
}

TEST_F(DashboardFilesTest, LetsThePageRunItsOwnScriptsAndNoOther) {
    const http::Reply reply = get("/tallygate/");

    EXPECT_EQ(field(reply, "Content-Security-Policy"),
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
              "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
              "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'");
    EXPECT_EQ(field(reply, "Cross-Origin-Opener-Policy"), "same-origin");
    EXPECT_EQ(field(reply, "Cross-Origin-Resource-Policy"), "same-origin");
}

TEST_F(DashboardFilesTest, LetsThePageBeAskedForEachTime) {
    const http::Reply whole = get("/tallygate/");
    if_none_match = field(whole, "ETag");

    EXPECT_EQ(field(whole, "Cache-Control"), "no-cache");
    EXPECT_EQ(get("/tallygate/").status, 304);
    EXPECT_EQ(field(get("/tallygate/"), "Content-Security-Policy"),
              field(whole, "Content-Security-Policy"));
}

TEST_F(DashboardFilesTest, TagsThePageAsItIsFilledIn) {
    const DashboardFiles newer(kFiles, "1.2.4", false);

    EXPECT_NE(field(newer.routes().front().handler({}, nullptr), "ETag"),
              field(get("/tallygate/"), "ETag"));
}

TEST_F(DashboardFilesTest, HasThePageAtOneAddressAlone) {
    EXPECT_EQ(get("/tallygate/{file}", "index.html").status, 404) << "it would be unfilled";
}

TEST_F(DashboardFilesTest, SendsEachFileInTheCodingThatTheClientLikes) {
    struct Case {
        const char* accept_encoding;
        const char* coding;
        const char* body;
        const char* etag;
    };
    for (const Case& c :
         {Case{"gzip, br", "br", "a script, as br", R"("8899aabbccddeeff-br")"},
          Case{"gzip", "gzip", "a script, as gzip", R"("8899aabbccddeeff-gzip")"},
          Case{"", "", "a script of some length", R"("8899aabbccddeeff")"},
          Case{"identity;q=0", "", "a script of some length", R"("8899aabbccddeeff")"}}) {
        accept_encoding = c.accept_encoding;

        const http::Reply reply = get_asset("index-Cd34.js");

        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.content_type, "text/javascript; charset=utf-8");
        EXPECT_EQ(reply.body, c.body);
        EXPECT_EQ(field(reply, "Content-Encoding"), c.coding);
        EXPECT_EQ(field(reply, "ETag"), c.etag);
        EXPECT_EQ(field(reply, "Vary"), "Accept-Encoding");
    }
}

TEST_F(DashboardFilesTest, SendsNoCodingThatIsNotThere) {
    accept_encoding = "gzip";
    EXPECT_EQ(get("/tallygate/{file}", "theme.js").body, "a smaller script");
    EXPECT_EQ(field(get("/tallygate/{file}", "theme.js"), "Vary"), "Accept-Encoding");

    accept_encoding = "gzip, br";
    const http::Reply font = get_asset("font-Ab12.woff2");
    EXPECT_EQ(font.body, "the bytes of a font");
    EXPECT_EQ(field(font, "Content-Encoding") + field(font, "Vary"), "");
}

TEST_F(DashboardFilesTest, LetsHashedFilesBeKeptForEverAndNoOther) {
    EXPECT_EQ(field(get_asset("index-Cd34.js"), "Cache-Control"),
              "public, max-age=31536000, immutable");
    EXPECT_EQ(field(get("/tallygate/{file}", "theme.js"), "Cache-Control"), "no-cache");
}

TEST_F(DashboardFilesTest, SendsNothingWhereTheClientHasThatCoding) {
    accept_encoding = "br";
    if_none_match = R"("8899aabbccddeeff-br")";

    const http::Reply reply = get_asset("index-Cd34.js");

    EXPECT_EQ(reply.status, 304);
    EXPECT_EQ(reply.body + reply.content_type + field(reply, "Content-Encoding"), "");
    EXPECT_EQ(field(reply, "ETag"), if_none_match);
    EXPECT_EQ(field(reply, "Vary"), "Accept-Encoding");
    EXPECT_EQ(field(reply, "Cache-Control"), "public, max-age=31536000, immutable");

    accept_encoding = "gzip";
    EXPECT_EQ(get_asset("index-Cd34.js").status, 200) << "these are other bytes";
}

TEST_F(DashboardFilesTest, LetsNothingBeSniffedOrUsedElsewhere) {
    for (const http::Reply& reply :
         {get("/tallygate/"), get_asset("index-Cd34.js"), get("/tallygate/{file}", "theme.js")}) {
        EXPECT_EQ(field(reply, "X-Content-Type-Options"), "nosniff");
        EXPECT_EQ(field(reply, "Referrer-Policy"), "no-referrer");
        EXPECT_EQ(field(reply, "Cross-Origin-Resource-Policy"), "same-origin");
    }
}

TEST_F(DashboardFilesTest, AnswersWithAProblemForAFileThatIsNotThere) {
    for (const char* name : {"nothing.js", "index-Cd34.js", "../theme.js", "Theme.js"}) {
        const http::Reply reply = get("/tallygate/{file}", name);

        EXPECT_EQ(reply.status, 404) << name;
        EXPECT_EQ(reply.content_type, "application/problem+json") << name;
    }
    EXPECT_EQ(get_asset("theme.js").status, 404);
}

TEST_F(DashboardFilesTest, LeadsToItselfFromTheRootAndFromWithoutTheSlash) {
    for (const char* pattern : {"/", "/tallygate"}) {
        const http::Reply reply = get(pattern);

        EXPECT_EQ(reply.status, 302) << pattern;
        EXPECT_EQ(field(reply, "Location"), "tallygate/") << pattern;
        EXPECT_EQ(reply.body, "") << pattern;
    }
}

TEST_F(DashboardFilesTest, YieldsTheRootAndNothingElse) {
    for (const Route& route : dashboard.routes()) {
        EXPECT_EQ(route.is_alias, route.pattern == "/") << route.pattern;
        EXPECT_EQ(route.access, http::Access::open) << route.pattern;
        EXPECT_TRUE(route.answers_from_memory) << route.pattern;
    }
}

TEST(EmbeddedDashboard, HoldsAPageAndWhatItNames) {
    const auto files = embedded_dashboard();

    const auto page = std::ranges::find(files, "index.html", &EmbeddedFile::path);

    ASSERT_NE(page, files.end());
    EXPECT_NE(page->identity.find("@VERSION@"), std::string_view::npos);
    EXPECT_TRUE(page->gzip.empty() && page->brotli.empty()) << "it is filled in later";
    for (const EmbeddedFile& file : files) {
        EXPECT_FALSE(file.identity.empty()) << file.path;
        EXPECT_FALSE(file.content_type.empty()) << file.path;
        EXPECT_EQ(file.hash.size(), 16U) << file.path;
        EXPECT_EQ(file.is_immutable, file.path.starts_with("assets/")) << file.path;
    }
}

}  // namespace
}  // namespace tallygate::api
