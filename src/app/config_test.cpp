#include "app/config.h"

#include <algorithm>

#include <fmt/format.h>
#include <sys/stat.h>

#include "app/config_fixture.h"
#include "app/config_init.h"
#include "app/config_show.h"

namespace tallygate::app {
namespace {

using std::chrono::milliseconds;

Config sound(std::string_view toml, const ConfigSources& sources = {}) {
    auto config = configured(toml, sources);
    EXPECT_TRUE(config) << config.error().message;
    return config ? std::move(*config) : Config{};
}

mode_t mode_of(const std::filesystem::path& path) {
    struct stat status{};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777;
}

TEST(Config, HasTheDocumentedDefaults) {
    const Config config = sound("");

    EXPECT_EQ(config.listen_host, "127.0.0.1");
    EXPECT_EQ(config.listen_port, 8'000);
    EXPECT_EQ(config.data, "./tallygate-data");
    EXPECT_EQ(config.store.url, "sqlite:");
    EXPECT_EQ(config.store.default_path, "./tallygate-data/usage.db");
    EXPECT_EQ(config.tiers.default_tier, "free");
    EXPECT_EQ(config.tiers.tiers, TierTable::standard().tiers);
    EXPECT_TRUE(config.issuers.empty());
    EXPECT_TRUE(config.admin_users.empty());
    EXPECT_TRUE(config.metrics_token.empty());
    EXPECT_FALSE(config.demo);
    EXPECT_EQ(config.journal.sync, journal::SyncMode::interval);
    EXPECT_EQ(config.journal.sync_interval, milliseconds{5});
    EXPECT_EQ(config.journal.keep, std::chrono::hours{24});
    EXPECT_EQ(config.journal.keep_bytes, std::uint64_t{4} << 30);
    EXPECT_EQ(config.gateway.max_body_bytes, std::uint64_t{200} << 20);
    EXPECT_FALSE(config.gateway.serve_unmetered_on_failure);
    EXPECT_EQ(config.gateway.routes.size(), 9U);
    ASSERT_EQ(config.gateway.upstreams.size(), 1U);
    const gateway::UpstreamConfig& upstream = config.gateway.upstreams[0];
    EXPECT_EQ(upstream.name, "app");
    EXPECT_EQ(upstream.host, "127.0.0.1");
    EXPECT_EQ(upstream.port, 9'000);
    EXPECT_EQ(upstream.auth, gateway::UpstreamAuth::forward);
    EXPECT_EQ(upstream.connect_timeout, milliseconds{5'000});
    EXPECT_EQ(upstream.first_byte_timeout, milliseconds{600'000});
    EXPECT_EQ(upstream.idle_timeout, milliseconds{300'000});
    EXPECT_EQ(upstream.pool_idle, milliseconds{1'500});
}

TEST(Config, ReadsTheServersOwnValues) {
    const TemporaryFolder folder;
    const auto scrape = folder.write("scrape.token", "a token for scrapers\r\n");
    const Config config = sound(fmt::format(R"(
listen = "[::1]:9001"
data = "/var/lib/tally"
store = "sqlite:/var/lib/usage.db"
default_tier = "gold"
[metrics]
token_file = "{}"
[tiers.gold]
tokens_per_month = "unlimited"
[tiers.free]
tokens_per_month = 5
[journal]
sync = "always"
sync_interval_ms = 10
keep_hours = 0
keep_bytes = 1000000
on_failure = "serve_unmetered"
)",
                                            scrape.string()));

    EXPECT_EQ(config.listen_host, "::1");
    EXPECT_EQ(config.listen_port, 9'001);
    EXPECT_EQ(config.store.url, "sqlite:/var/lib/usage.db");
    EXPECT_EQ(config.store.default_path, "/var/lib/tally/usage.db");
    EXPECT_EQ(config.metrics_token.reveal(), "a token for scrapers");
    EXPECT_EQ(config.tiers.resolve("").name, "gold");
    EXPECT_EQ(config.tiers.resolve("gold").tokens_per_month, std::nullopt);
    EXPECT_EQ(config.tiers.resolve("free").tokens_per_month, 5);
    EXPECT_EQ(config.tiers.resolve("pro").tokens_per_month, 200'000);
    EXPECT_EQ(config.journal.sync, journal::SyncMode::always);
    EXPECT_EQ(config.journal.sync_interval, milliseconds{10});
    EXPECT_EQ(config.journal.keep, std::chrono::hours{0});
    EXPECT_EQ(config.journal.keep_bytes, 1'000'000U);
    EXPECT_TRUE(config.gateway.serve_unmetered_on_failure);
}

TEST(Config, ReadsIssuers) {
    const TemporaryFolder folder;
    const auto secret = folder.write("app.secret", std::string(kAppSecret) + "\n");
    const Config config = sound(fmt::format(R"(
[auth]
admin_users = ["boss"]
[auth.issuer.app]
jwt_secret_file = "{}"
issuer = "https://id.example"
audience = "tally"
leeway_seconds = 5
claims = {{ user = "/id", email = "/mail" }}
admin_values = ["root", "admin"]
[auth.issuer.second]
jwt_secret = "another secret of more than thirty-two bytes"
)",
                                            secret.string()));

    EXPECT_EQ(config.admin_users, std::vector<std::string>{"boss"});
    ASSERT_EQ(config.issuers.size(), 2U);
    const auth::IssuerConfig& app = config.issuers[0];
    EXPECT_EQ(app.name, "app");
    EXPECT_EQ(app.hmac_secret.reveal(), kAppSecret);
    EXPECT_EQ(app.issuer, "https://id.example");
    EXPECT_EQ(app.audience, "tally");
    EXPECT_EQ(app.leeway, std::chrono::seconds{5});
    EXPECT_EQ(app.claims.user, "/id");
    EXPECT_EQ(app.claims.role, "/role");
    EXPECT_EQ(app.claims.email, "/mail");
    EXPECT_EQ(app.admin_values, (std::vector<std::string>{"root", "admin"}));
    EXPECT_FALSE(app.is_ours);
    EXPECT_EQ(config.issuers[1].name, "second");
}

TEST(Config, ReadsUpstreams) {
    const Config config = sound(R"(
default_routes = false
trusted_proxies = ["10.0.0.0/8", "::1"]
max_body_bytes = "1 MiB"
[cors]
origins = ["https://app.example"]
[upstream.llm]
url = "http://llm:81/base"
api = "openai"
auth = "bearer"
credential_env = "PROVIDER_KEY"
connect_timeout_seconds = 0.25
idle_timeout_seconds = 2.5
pool_idle_seconds = 0
[[passthrough]]
path = "/*"
upstream = "llm"
)",
                                {.environment = {{"PROVIDER_KEY", "key-of-the-provider"}}});

    EXPECT_EQ(config.gateway.trusted_proxies.size(), 2U);
    EXPECT_EQ(config.gateway.max_body_bytes, 1U << 20);
    EXPECT_EQ(config.gateway.cors_origins, std::vector<std::string>{"https://app.example"});
    const auto llm =
        std::ranges::find(config.gateway.upstreams, "llm", &gateway::UpstreamConfig::name);
    ASSERT_NE(llm, config.gateway.upstreams.end());
    EXPECT_EQ(llm->host, "llm");
    EXPECT_EQ(llm->port, 81);
    EXPECT_EQ(llm->base_path, "/base");
    EXPECT_EQ(llm->credential.reveal(), "key-of-the-provider");
    EXPECT_EQ(llm->connect_timeout, milliseconds{250});
    EXPECT_EQ(llm->idle_timeout, milliseconds{2'500});
    EXPECT_EQ(llm->pool_idle, milliseconds{0});
    ASSERT_EQ(config.gateway.passthroughs.size(), 1U);
    EXPECT_TRUE(std::ranges::all_of(config.gateway.routes, [](const gateway::RouteConfig& route) {
        return route.upstream == "llm" && route.provider == "openai";
    }));
}

TEST(Config, StripsTheClientsTokenBeforeAProviderUnlessToldOtherwise) {
    const Config config = sound("[upstream.llm]\nurl = \"http://llm\"\napi = \"anthropic\"\n");

    EXPECT_EQ(entry_of(config, "upstream.app.auth"), "\"forward\"   # default");
    EXPECT_EQ(entry_of(config, "upstream.llm.auth"), "\"strip\"   # default");
}

TEST(Config, MergesRoutesWithTheDefaultsWhereTheyHaveTheSameMatch) {
    const Config config = sound(R"([[route]]
match = "POST /ai/chat"
operation = "talk"
estimate_tokens = 3
[[route]]
match = "GET /ai/chat"
operation = "look"
)");

    EXPECT_EQ(config.gateway.routes.size(), 10U);
    EXPECT_EQ(config.gateway.routes.front().operation, "talk");
    EXPECT_EQ(config.gateway.routes.back().operation, "look");
    EXPECT_EQ(
        entry_of(config, "route \"POST /ai/chat\""),
        "{ upstream = \"app\", operation = \"talk\", estimate_tokens = 3 }   # tallygate.toml:2");
}

TEST(Config, PrefersFlagsToEnvironmentToFileToDefault) {
    ConfigSources sources;
    const std::string toml = "\nlisten = \"127.0.0.1:1\"\n";
    EXPECT_EQ(entry_of(sound(""), "listen"), "\"127.0.0.1:8000\"   # default");
    EXPECT_EQ(entry_of(sound(toml), "listen"), "\"127.0.0.1:1\"   # tallygate.toml:2");

    sources.environment["TALLYGATE_LISTEN"] = "127.0.0.1:2";
    EXPECT_EQ(entry_of(sound(toml, sources), "listen"), "\"127.0.0.1:2\"   # TALLYGATE_LISTEN");

    sources.flags.listen = "127.0.0.1:3";
    EXPECT_EQ(entry_of(sound(toml, sources), "listen"), "\"127.0.0.1:3\"   # --listen");
    EXPECT_EQ(sound(toml, sources).listen_port, 3);
}

TEST(Config, TakesEveryKindOfValueFromTheEnvironment) {
    const Config config =
        sound("", {.environment = {{"TALLYGATE_JOURNAL__SYNC", "always"},
                                   {"TALLYGATE_JOURNAL__KEEP_BYTES", "5 GiB"},
                                   {"TALLYGATE_JOURNAL__KEEP_HOURS", "7"},
                                   {"TALLYGATE_DEFAULT_ROUTES", "false"},
                                   {"TALLYGATE_TIERS__FREE__TOKENS_PER_MONTH", "unlimited"},
                                   {"TALLYGATE_UPSTREAM__APP__IDLE_TIMEOUT_SECONDS", "0.5"},
                                   {"TALLYGATE_UPSTREAM", "http://app:1"},
                                   {"TALLYGATE_STORE", "memory:"},
                                   {"TALLYGATE_DATA", "/d"},
                                   {"TALLYGATE_JWT_SECRET", kAppSecret},
                                   {"TALLYGATE_AUTH__ISSUER__APP__CLAIMS__USER", "/uid"},
                                   {"PATH", "/bin"}}});

    EXPECT_TRUE(config.unknown_environment.empty());
    EXPECT_EQ(config.journal.sync, journal::SyncMode::always);
    EXPECT_EQ(config.journal.keep_bytes, std::uint64_t{5} << 30);
    EXPECT_EQ(config.journal.keep, std::chrono::hours{7});
    EXPECT_TRUE(config.gateway.routes.empty());
    EXPECT_EQ(config.tiers.resolve("free").tokens_per_month, std::nullopt);
    ASSERT_EQ(config.gateway.upstreams.size(), 1U);
    EXPECT_EQ(config.gateway.upstreams[0].host, "app");
    EXPECT_EQ(config.gateway.upstreams[0].idle_timeout, milliseconds{500});
    EXPECT_EQ(config.store.url, "memory:");
    EXPECT_EQ(config.data, "/d");
    ASSERT_EQ(config.issuers.size(), 1U);
    EXPECT_EQ(config.issuers[0].name, "app");
    EXPECT_EQ(config.issuers[0].hmac_secret.reveal(), kAppSecret);
    EXPECT_EQ(config.issuers[0].claims.user, "/uid");
}

TEST(Config, IgnoresAndListsEnvironmentNamesThatAreNoKeys) {
    const Config config = sound("", {.environment = {{"TALLYGATE_PORT", "tcp://10.0.0.1:80"},
                                                     {"TALLYGATE_SERVICE_PORT", "80"},
                                                     {"TALLYGATE_UPSTREAM__X", "y"},
                                                     {"TALLYGATE_", "y"}}});

    EXPECT_EQ(config.unknown_environment,
              (std::vector<std::string>{"TALLYGATE_", "TALLYGATE_PORT", "TALLYGATE_SERVICE_PORT",
                                        "TALLYGATE_UPSTREAM__X"}));
    EXPECT_NE(check_report(config).find("TALLYGATE_SERVICE_PORT: ignored"), std::string::npos);
}

TEST(Config, WarnsOfASecretThatEverybodyMayRead) {
    const TemporaryFolder folder;
    const auto file = folder.write("app.secret", kAppSecret);
    const std::string toml =
        fmt::format("[auth.issuer.app]\njwt_secret_file = \"{}\"\n", file.string());
    using std::filesystem::perms;
    std::filesystem::permissions(file, perms::owner_read | perms::group_read);
    EXPECT_EQ(sound(toml).warnings, std::vector<std::string>());

    std::filesystem::permissions(file, perms::others_read, std::filesystem::perm_options::add);

    const Config config = sound(toml);
    EXPECT_EQ(
        config.warnings,
        std::vector<std::string>{fmt::format(
            "tallygate.toml:2: auth.issuer.app.jwt_secret_file: everybody on this machine may "
            "read {}; allow its owner alone: chmod 600",
            file.string())});
    EXPECT_NE(check_report(config).find("warning: tallygate.toml:2: "), std::string::npos);
}

TEST(Config, WarnsWhereOnlyOurOwnTokensAreTaken) {
    const std::string warning =
        "no application secret is set: only tokens of `tallygate token` are taken; set "
        "TALLYGATE_JWT_SECRET or [auth.issuer.NAME]";

    EXPECT_EQ(sound("").warnings, std::vector<std::string>{warning});
    EXPECT_EQ(sound("", {{}, {{"TALLYGATE_JWT_SECRET", kAppSecret}}}).warnings,
              std::vector<std::string>());
    EXPECT_EQ(sound("", {{.demo = true}, {}}).warnings, std::vector<std::string>());
}

TEST(Config, TakesPatternsThatDifferInNamesAloneForTheSameRoute) {
    const Config config = sound(R"(default_routes = false
[[route]]
match = "POST /x/{a}"
operation = "first"
[[route]]
match = "POST /x/{b}"
operation = "second"
)");

    ASSERT_EQ(config.gateway.routes.size(), 1U);
    EXPECT_EQ(config.gateway.routes[0].operation, "second");
    EXPECT_EQ(config.gateway.routes[0].pattern, "/x/{b}");
}

TEST(Config, LetsTheStrongerSourceOfASecretDecide) {
    const TemporaryFolder folder;
    const auto file =
        folder.write("app.secret", "the secret that stands in the file of the application");
    const Config config =
        sound(fmt::format("[auth.issuer.app]\njwt_secret_file = \"{}\"\n", file.string()),
              {.environment = {{"TALLYGATE_JWT_SECRET", kAppSecret}}});

    ASSERT_EQ(config.issuers.size(), 1U);
    EXPECT_EQ(config.issuers[0].hmac_secret.reveal(), kAppSecret);
    EXPECT_EQ(entry_of(config, "auth.issuer.app.jwt_secret"), "***   # TALLYGATE_JWT_SECRET");
}

TEST(Config, ShowsNoSecret) {
    const Config config = sound(
        "[upstream.app]\nauth = \"bearer\"\ncredential_env = \"KEY\"\n",
        {.environment = {{"TALLYGATE_JWT_SECRET", kAppSecret}, {"KEY", "key-of-the-application"}}});

    const std::string text = shown(config);

    EXPECT_EQ(text.find(kAppSecret), std::string::npos);
    EXPECT_EQ(text.find("key-of-the-application"), std::string::npos);
    EXPECT_NE(text.find("***"), std::string::npos);
}

TEST(Config, KeepsTheDemoApart) {
    const Config config = sound("", {.flags = {.data = "/d", .demo = true}});

    EXPECT_TRUE(config.demo);
    EXPECT_EQ(config.data, "/d/demo");
    EXPECT_EQ(config.store.default_path, "/d/demo/usage.db");
}

TEST(OwnIssuer, IsMadeOnceAndIsNobodyElsesToRead) {
    const TemporaryFolder folder;
    Config config;
    config.data = folder.path();
    Config again;
    again.data = folder.path();
    ASSERT_TRUE(add_own_issuer(config));
    ASSERT_TRUE(add_own_issuer(again));

    ASSERT_EQ(config.issuers.size(), 1U);
    const auth::IssuerConfig& own = config.issuers[0];
    EXPECT_EQ(own.name, "tallygate");
    EXPECT_EQ(own.issuer, "tallygate");
    EXPECT_TRUE(own.is_ours);
    EXPECT_EQ(own.hmac_secret.size(), 64U);
    EXPECT_TRUE(auth::problems_of(own).empty());
    EXPECT_EQ(own.hmac_secret, again.issuers.at(0).hmac_secret);
    EXPECT_EQ(mode_of(folder.path() / "jwt.secret"), 0600U);
}

TEST(OwnIssuer, NeverSignsWithASecretThatIsTooShort) {
    const TemporaryFolder folder;
    folder.write("jwt.secret", "short\n");
    Config config;
    config.data = folder.path();

    const auto added = add_own_issuer(config);

    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().errc, Errc::data_loss);
    EXPECT_TRUE(config.issuers.empty());
}

TEST(ConfigInit, WritesAFileThatIsSoundAndMakesTheSecret) {
    const TemporaryFolder folder;
    const ConfigSources sources{.flags = {.config = (folder.path() / "new.toml").string(),
                                          .data = (folder.path() / "the \"data\"").string()}};

    const auto report = init_config(sources);

    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(mode_of(report->data / "jwt.secret"), 0600U);
    const auto config = load_config({.flags = {.config = sources.flags.config}});
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->data, folder.path() / "the \"data\"");
}

TEST(ConfigInit, NeverOverwrites) {
    const TemporaryFolder folder;
    const auto file = folder.write("tallygate.toml", "# mine\n");

    const auto report = init_config(
        {.flags = {.config = file.string(), .data = (folder.path() / "data").string()}});

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().errc, Errc::conflict);
    EXPECT_NE(report.error().message.find(file.string()), std::string::npos);
    EXPECT_EQ(std::filesystem::file_size(file), 7U);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "data"));
}

}  // namespace
}  // namespace tallygate::app
