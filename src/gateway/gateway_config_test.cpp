#include "gateway/gateway_config.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gateway/route_table.h"

namespace tallygate::gateway {
namespace {

std::array<std::uint8_t, 16> address(const char* text) {
    std::array<std::uint8_t, 16> bytes{};
    EXPECT_EQ(inet_pton(AF_INET6, text, bytes.data()), 1) << text;
    return bytes;
}

GatewayConfig sound() {
    GatewayConfig config;
    config.upstreams = {{.name = "app", .host = "127.0.0.1", .port = 9'000}};
    config.routes = default_routes("app");
    return config;
}

std::string lines_of(const GatewayConfig& config) {
    return fmt::format("{}", fmt::join(problems_of(config), "\n"));
}

// The operation of the route that `api` has for a path; empty where it has none.
std::string operation_of(ProviderApi api, std::string_view path) {
    GatewayConfig config;
    config.upstreams = {{.name = "provider", .host = "p", .api = api, .auth = UpstreamAuth::strip}};
    config.routes = provider_routes(api, "provider");
    EXPECT_EQ(lines_of(config), "");
    const auto table = RouteTable::build(config);
    if (!table) return table.error().message;
    const auto match = table->find("POST", path);
    const bool found = match.outcome == http::Router::Match::Outcome::found;
    return found ? table->route(match.value).config.operation : "";
}

TEST(UpstreamUrl, TakesHostPortAndBasePath) {
    struct Case {
        std::string_view url;
        UpstreamUrl parts;
    };
    const Case cases[] = {{"http://127.0.0.1:9000", {"127.0.0.1", 9'000, ""}},
                          {"http://app", {"app", 80, ""}},
                          {"HTTP://my_app.internal:1/", {"my_app.internal", 1, ""}},
                          {"http://app:65535/v1/", {"app", 65'535, "/v1"}},
                          {"http://app/a/b", {"app", 80, "/a/b"}},
                          {"http://[::1]:9000/x", {"::1", 9'000, "/x"}}};
    for (const Case& one : cases) {
        const auto url = parse_upstream_url(one.url);
        ASSERT_TRUE(url) << one.url << ": " << url.error().message;
        EXPECT_EQ(url->host, one.parts.host) << one.url;
        EXPECT_EQ(url->port, one.parts.port) << one.url;
        EXPECT_EQ(url->base_path, one.parts.base_path) << one.url;
    }
}

TEST(UpstreamUrl, RefusesEverythingElse) {
    for (const std::string_view text : {"",
                                        "127.0.0.1:9000",
                                        "localhost:9000",
                                        "ftp://127.0.0.1",
                                        "http:app",
                                        "https://app",
                                        "HTTPS://app",
                                        "http://",
                                        "http://:9000",
                                        "http://a%41b",
                                        "http://a b",
                                        "http://app:0",
                                        "http://app:65536",
                                        "http://app:",
                                        "http://app:9x",
                                        "http://app:-1",
                                        "http://app/?a=b",
                                        "http://app?a",
                                        "http://app/#a",
                                        "http://app/a b",
                                        "http://[::1",
                                        "http://[app]:1",
                                        "http://[1.2.3.4]",
                                        "http://app\r\nX: y",
                                        "http://app/\n",
                                        "http://u:p@app"}) {
        const auto url = parse_upstream_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().errc, Errc::invalid_argument) << text;
        EXPECT_EQ(url.error().message.find('\n'), std::string::npos) << text;
    }
}

TEST(UpstreamUrl, NeverRepeatsAPassword) {
    for (const std::string_view text :
         {"http://user:hidden-word@app:9000", "https://u:hidden-word@app", "u:hidden-word@app"}) {
        const auto url = parse_upstream_url(text);
        ASSERT_FALSE(url);
        EXPECT_EQ(url.error().message.find("hidden-word"), std::string::npos);
        EXPECT_NE(url.error().message.find("credential_env"), std::string::npos);
    }
}

TEST(Cidr, ContainsItsAddressesAndNoOther) {
    struct Case {
        std::string_view range;
        const char* in;
        const char* out;
    };
    const Case cases[] = {{"10.0.0.0/8", "::ffff:10.255.255.255", "::ffff:11.0.0.0"},
                          {"192.168.1.7", "::ffff:192.168.1.7", "::ffff:192.168.1.6"},
                          {"192.168.1.0/25", "::ffff:192.168.1.127", "::ffff:192.168.1.128"},
                          {"0.0.0.0/0", "::ffff:1.2.3.4", "2001:db8::1"},
                          {"::1", "::1", "::2"},
                          {"fd00::/8", "fdff::1", "fe00::1"},
                          {"2001:db8:8000::/33", "2001:db8:ffff::", "2001:db8:7fff::"}};
    for (const Case& one : cases) {
        const auto range = parse_cidr(one.range);
        ASSERT_TRUE(range) << one.range;
        EXPECT_TRUE(range->contains(address(one.in))) << one.range;
        EXPECT_FALSE(range->contains(address(one.out))) << one.range;
    }
    const auto everything = parse_cidr("::/0");
    ASSERT_TRUE(everything);
    EXPECT_TRUE(everything->contains(address("::ffff:1.2.3.4")));
}

TEST(Cidr, RefusesWhatIsNoRange) {
    for (const std::string_view text :
         {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8x",
          "10.0.0.0/ 8", "::/129", "10.0.0", "10.0.0.0/8/8", "localhost", "010.0.0.0/8"}) {
        const auto range = parse_cidr(text);
        ASSERT_FALSE(range) << text;
        EXPECT_EQ(range.error().errc, Errc::invalid_argument);
    }
}

TEST(DefaultRoutes, AreTheNineEndpoints) {
    std::string table;
    for (const RouteConfig& route : default_routes("the-upstream")) {
        EXPECT_EQ(route.upstream, "the-upstream");
        EXPECT_EQ(route.provider, "");
        table += fmt::format("{} {} {} {}\n", route.method, route.pattern, route.operation,
                             route.estimate_tokens);
    }
    EXPECT_EQ(table, R"(POST /ai/chat chat 500
POST /ai/chat/stream chat_stream 750
POST /ai/summarize summarize 1000
POST /ai/summarize/stream summarize_stream 1000
POST /ai/qa qa 800
POST /ai/qa/stream qa_stream 800
POST /ai/qa/file qa_file 800
POST /ai/mindmap mindmap 2000
POST /ai/upload upload 0
)");
}

TEST(DefaultRoutes, OfProvidersAreWhatTheirClientsCall) {
    EXPECT_EQ(operation_of(ProviderApi::openai, "/v1/chat/completions"), "chat");
    EXPECT_EQ(operation_of(ProviderApi::openai, "/v1/completions"), "completion");
    EXPECT_EQ(operation_of(ProviderApi::openai, "/v1/responses"), "response");
    EXPECT_EQ(operation_of(ProviderApi::openai, "/v1/embeddings"), "embedding");
    EXPECT_EQ(operation_of(ProviderApi::openai, "/openai/deployments/mine/chat/completions"),
              "chat");
    EXPECT_EQ(operation_of(ProviderApi::openai, "/v1/messages"), "");
    EXPECT_EQ(operation_of(ProviderApi::anthropic, "/v1/messages"), "chat");
    EXPECT_EQ(operation_of(ProviderApi::gemini, "/v1beta/models/pro:generateContent"), "chat");
    EXPECT_EQ(operation_of(ProviderApi::gemini, "/v1beta/models/pro:streamGenerateContent"),
              "chat");
    EXPECT_EQ(operation_of(ProviderApi::ollama, "/api/chat"), "chat");
    EXPECT_EQ(operation_of(ProviderApi::ollama, "/api/generate"), "chat");
    EXPECT_TRUE(provider_routes(ProviderApi::none, "app").empty());
}

TEST(GatewayConfig, IsSoundWithTheDefaultsAndWhatGoesThroughBesideThem) {
    GatewayConfig config = sound();
    config.passthroughs = {{"/*", "app"}, {"/ai/*", "app"}, {"/docs", "app"}};
    config.cors_origins = {"https://app.example", "http://localhost:3000", "http://[::1]:3000"};

    EXPECT_EQ(lines_of(config), "");
}

TEST(GatewayConfig, NeverSendsACredentialThatCouldSplitARequest) {
    GatewayConfig config = sound();
    config.upstreams.push_back({.name = "a",
                                .host = "a",
                                .auth = UpstreamAuth::bearer,
                                .credential = Secret("hidden-word\r\nX-Other: y")});
    config.upstreams.push_back({.name = "b",
                                .host = "b",
                                .auth = UpstreamAuth::header,
                                .auth_header = "X-Key: y\r\nX-Other",
                                .credential = Secret("hidden-word")});
    config.upstreams.push_back({.name = "c",
                                .host = "c",
                                .auth = UpstreamAuth::header,
                                .auth_header = "Transfer-Encoding",
                                .credential = Secret("hidden-word")});

    const auto problems = problems_of(config);

    ASSERT_EQ(problems.size(), 3U);
    EXPECT_TRUE(problems[0].starts_with("upstream.a.credential_env: ")) << problems[0];
    EXPECT_TRUE(problems[1].starts_with("upstream.b.auth_header: ")) << problems[1];
    EXPECT_TRUE(problems[2].starts_with("upstream.c.auth_header: ")) << problems[2];
    for (const std::string& problem : problems) {
        EXPECT_EQ(problem.find("hidden-word"), std::string::npos);
        EXPECT_EQ(problem.find('\n'), std::string::npos);
    }
}

TEST(GatewayConfig, LetsNoPassthroughStandBesideAMeteredPath) {
    for (const char* path : {"/ai/chat", "/AI/chat", "/ai/chat/", "/Ai/Qa/File/"}) {
        GatewayConfig config = sound();
        config.passthroughs = {{path, "app"}};

        ASSERT_EQ(problems_of(config).size(), 1U) << path;
    }
}

TEST(GatewayConfig, RefusesOriginsThatNoBrowserSends) {
    for (const char* origin :
         {"*", "null", "", "app.example", "https://App.example", "https://app.example/",
          "https://app.example/x", "https://u@app.example", "https://*.example",
          "https://app.example?x"}) {
        GatewayConfig config = sound();
        config.cors_origins = {origin};

        ASSERT_EQ(problems_of(config).size(), 1U) << origin;
        EXPECT_TRUE(problems_of(config)[0].starts_with("cors.origins: ")) << problems_of(config)[0];
    }
}

}  // namespace
}  // namespace tallygate::gateway
