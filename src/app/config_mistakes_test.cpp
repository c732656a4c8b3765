#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/config_fixture.h"
#include "app/config_loop.h"

namespace tallygate::app {
namespace {

struct Mistake {
    const char* toml;
    const char* said;
};

// The name of a test must not hold an address: it differs at each start.
void PrintTo(const Mistake& mistake, std::ostream* out) {
    *out << mistake.said;
}

TEST(Loop, IsAnUpstreamThatIsOurOwnAddress) {
    const auto said = [](std::string_view listen, std::string_view url) {
        const auto config =
            configured(fmt::format("listen = \"{}\"\n[upstream.app]\nurl = \"{}\"", listen, url));
        if (!config) return config.error().message;
        const auto sound = refuse_loop(*config);
        return sound ? std::string() : sound.error().message;
    };
    EXPECT_EQ(said("127.0.0.1:8000", "http://127.0.0.1:8000/base"),
              "tallygate.toml:3: upstream.app.url: port 8000 of 127.0.0.1 is where Tallygate "
              "itself listens, so calls would go in a circle; write the application's own address, "
              "or listen elsewhere");
    EXPECT_NE(said("127.0.0.1:8000", "http://localhost:8000"), "");
    EXPECT_NE(said("localhost:8000", "http://127.0.0.1:8000"), "");
    EXPECT_NE(said("0.0.0.0:8000", "http://127.0.0.1:8000"), "");
    EXPECT_NE(said("[::]:8000", "http://[::1]:8000"), "");
    EXPECT_NE(said("gate.example:80", "http://gate.example"), "");

    EXPECT_EQ(said("127.0.0.1:8000", "http://127.0.0.1:8001"), "");
    EXPECT_EQ(said("127.0.0.1:8000", "http://127.0.0.2:8000"), "");
    EXPECT_EQ(said("127.0.0.1:8000", "http://[::1]:8000"), "");
    EXPECT_EQ(said("0.0.0.0:8000", "http://app.example:8000"), "");
    EXPECT_EQ(said("10.0.0.1:8000", "http://localhost:8000"), "");
}

class OneMistake : public testing::TestWithParam<Mistake> {};

TEST_P(OneMistake, IsOneLineThatNamesThePlaceTheKeyAndTheMend) {
    EXPECT_EQ(said_of(GetParam().toml), GetParam().said);
}

INSTANTIATE_TEST_SUITE_P(
    Keys, OneMistake,
    testing::Values(
        Mistake{"lisen = \"127.0.0.1:8000\"",
                "tallygate.toml:1: lisen: there is no such key; did you mean listen?"},
        Mistake{"\n[journal]\nsync_intervall_ms = 5",
                "tallygate.toml:3: journal.sync_intervall_ms: there is no such key; did you mean "
                "journal.sync_interval_ms?"},
        Mistake{"[jornal]\nsync = \"always\"",
                "tallygate.toml:1: jornal: there is no such key; did you mean journal?"},
        Mistake{"sync = \"always\"",
                "tallygate.toml:1: sync: there is no such key; did you mean journal.sync?"},
        Mistake{"nonsense = 1", "tallygate.toml:1: nonsense: there is no such key"},
        Mistake{"[upstream]\nurl = \"http://a\"",
                "tallygate.toml:2: upstream.url: this is a table of keys, not a value; did you "
                "mean upstream.NAME.url?"},
        Mistake{"[auth.issuer.app]\njwt_sekret = \"x\"",
                "tallygate.toml:2: auth.issuer.app.jwt_sekret: there is no such key; did you mean "
                "auth.issuer.app.jwt_secret?"},
        Mistake{"journal = 5", "tallygate.toml:1: journal: this is a table of keys, not a value"},
        Mistake{"[listen]\nport = 5",
                "tallygate.toml:1: listen: this is a single value, not a table"},
        Mistake{"[route]\nmatch = \"POST /x\"",
                "tallygate.toml:1: route: write it as [[route]], once for each"},
        Mistake{"listen = = 1",
                "tallygate.toml:1: this is not TOML: Error while parsing value: could not "
                "determine value type"}));

INSTANTIATE_TEST_SUITE_P(
    Values, OneMistake,
    testing::Values(
        Mistake{"listen = 8000", "tallygate.toml:1: listen: 8000 is not a text; put it in quotes"},
        Mistake{"listen = \"8000\"",
                "tallygate.toml:1: listen: \"8000\" is not HOST:PORT; write it as "
                "\"127.0.0.1:8000\", \"[::1]:8000\", or \"0.0.0.0:8000\" for every interface"},
        Mistake{"listen = \":8000\"",
                "tallygate.toml:1: listen: \":8000\" has no proper host; write it as "
                "\"127.0.0.1:8000\", \"[::1]:8000\", or \"0.0.0.0:8000\" for every interface"},
        Mistake{"listen = \"::1:8000\"",
                "tallygate.toml:1: listen: \"::1:8000\" has no proper host; write it as "
                "\"127.0.0.1:8000\", \"[::1]:8000\", or \"0.0.0.0:8000\" for every interface"},
        Mistake{"listen = \"localhost:66000\"",
                "tallygate.toml:1: listen: \"localhost:66000\" has no port from 0 to 65535 behind "
                "its last colon; write it as \"127.0.0.1:8000\", \"[::1]:8000\", or "
                "\"0.0.0.0:8000\" for every interface"},
        Mistake{
            "data = \"\"",
            "tallygate.toml:1: data: is empty; name the folder that holds journal and database"},
        Mistake{"default_routes = \"yes\"",
                "tallygate.toml:1: default_routes: \"yes\" is not true or false"},
        Mistake{"trusted_proxies = \"10.0.0.0/8\"",
                "tallygate.toml:1: trusted_proxies: \"10.0.0.0/8\" is not a list of texts, such as "
                "[\"one\", \"two\"]"},
        Mistake{"trusted_proxies = [\"10.0.0.0/99\"]",
                "tallygate.toml:1: trusted_proxies: \"10.0.0.0/99\": the number behind the slash "
                "is not from 0 to 32"},
        Mistake{"trusted_proxies = [\"proxy\"]",
                "tallygate.toml:1: trusted_proxies: \"proxy\" is not an address range; write it as "
                "\"10.0.0.0/8\", \"192.168.1.7\" or \"fd00::/8\""},
        Mistake{"trusted_proxies = [1]",
                "tallygate.toml:1: trusted_proxies: this list is not a list of texts, such as "
                "[\"one\", \"two\"]"},
        Mistake{"listen = 2026-11-24",
                "tallygate.toml:1: listen: a date or a time is not a text; put it in quotes"},
        Mistake{"store = \"floppy:a\"",
                "tallygate.toml:1: store: \"floppy\" is not a store; use sqlite:, sqlite:PATH, "
                "mongodb://HOST/DATABASE or memory:"},
        Mistake{"tls_certificate = \"a.pem\"",
                "tallygate.toml:1: tls_certificate: is not supported by this version yet; let a "
                "proxy before this one speak TLS, and name it in trusted_proxies"},
        Mistake{"tls_key = \"a.key\"",
                "tallygate.toml:1: tls_key: is not supported by this version yet; let a proxy "
                "before this one speak TLS, and name it in trusted_proxies"},
        Mistake{"max_body_bytes = \"200 miles\"",
                "tallygate.toml:1: max_body_bytes: \"200 miles\" is not a size; write a number of "
                "bytes, or one with its unit: \"4 GiB\", \"512 MiB\""},
        Mistake{"max_body_bytes = 0",
                "tallygate.toml:1: max_body_bytes: 0 is not from 1 to 9007199254740992"},
        Mistake{
            "[journal]\nsync = \"sometimes\"",
            "tallygate.toml:2: journal.sync: \"sometimes\" is not one of \"interval\", \"always\""},
        Mistake{
            "[journal]\nsync_interval_ms = \"soon\"",
            "tallygate.toml:2: journal.sync_interval_ms: \"soon\" is not a whole number from 0"},
        Mistake{"[journal]\nsync_interval_ms = 0",
                "tallygate.toml:2: journal.sync_interval_ms: 0 is not from 1 to 60000"},
        Mistake{"[journal]\nkeep_hours = -1",
                "tallygate.toml:2: journal.keep_hours: -1 is not a whole number from 0"},
        Mistake{"[journal]\nkeep_bytes = \"9999999999 TiB\"",
                "tallygate.toml:2: journal.keep_bytes: \"9999999999 TiB\" is too large"},
        Mistake{"[journal]\non_failure = \"ignore\"",
                "tallygate.toml:2: journal.on_failure: \"ignore\" is not one of \"refuse\", "
                "\"serve_unmetered\""},
        Mistake{"[tiers.free]\ntokens_per_month = \"many\"",
                "tallygate.toml:2: tiers.free.tokens_per_month: \"many\" is not a whole number "
                "from 0 or \"unlimited\""},
        Mistake{"[tiers.gold]",
                "tallygate.toml:1: tiers.gold.tokens_per_month: is missing; write a whole number "
                "or \"unlimited\""},
        Mistake{"default_tier = \"gold\"",
                "tallygate.toml:1: default_tier: there is no tier \"gold\"; write [tiers.NAME] for "
                "it, or choose one of basic, enterprise, free, pro"},
        Mistake{
            "[cors]\norigins = [\"https://app.example/\"]",
            "tallygate.toml:2: cors.origins: \"https://app.example/\" is not an origin; write it "
            "as browsers send it, in lower case, without a path and without the scheme's own port: "
            "\"https://app.example\""},
        Mistake{"[cors]\norigins = [\"https://app.example:443\"]",
                "tallygate.toml:2: cors.origins: \"https://app.example:443\" is not an origin; "
                "write it as browsers send it, in lower case, without a path and without the "
                "scheme's own port: \"https://app.example\""},
        Mistake{"[cors]\norigins = [\"*\"]",
                "tallygate.toml:2: cors.origins: \"*\" is not an origin; write it as browsers send "
                "it, in lower case, without a path and without the scheme's own port: "
                "\"https://app.example\""}));

INSTANTIATE_TEST_SUITE_P(
    Issuers, OneMistake,
    testing::Values(
        Mistake{"[auth.issuer.app]",
                "tallygate.toml:1: auth.issuer.app.jwt_secret: there is no secret; set "
                "jwt_secret_file to a file that holds one"},
        Mistake{"[auth.issuer.app]\njwt_secret = \"hidden\"",
                "tallygate.toml:2: auth.issuer.app.jwt_secret: the secret has 6 bytes; at least 32 "
                "are needed, as `openssl rand -hex 32` makes them"},
        Mistake{"[auth.issuer.app]\njwt_secret = 123456",
                "tallygate.toml:2: auth.issuer.app.jwt_secret: the secret is not a text; put it in "
                "quotes"},
        Mistake{"[auth.issuer.app]\njwt_secret_file = \"/nowhere/at/all\"",
                "tallygate.toml:2: auth.issuer.app.jwt_secret_file: /nowhere/at/all is not there; "
                "name a file that holds the secret"},
        Mistake{"[auth.issuer.app]\njwt_secret_file = \"/\"",
                "tallygate.toml:2: auth.issuer.app.jwt_secret_file: / is a folder, not a file with "
                "a secret"},
        Mistake{"[auth.issuer.app]\njwt_secret_file = \"/dev/null\"",
                "tallygate.toml:2: auth.issuer.app.jwt_secret_file: /dev/null is empty; write the "
                "secret into it"},
        Mistake{"[auth.issuer.app]\njwt_secret = \"a\"\njwt_secret_file = \"b\"",
                "tallygate.toml:2: auth.issuer.app.jwt_secret: auth.issuer.app.jwt_secret_file is "
                "set too; leave one of them out"},
        Mistake{"[auth.issuer.app]\njwt_secret = \"a secret of more than thirty-two bytes\"\n"
                "jwks_url = \"https://a/keys\"",
                "tallygate.toml:3: auth.issuer.app.jwks_url: is not supported by this version yet; "
                "use jwt_secret_file"},
        Mistake{"[auth.issuer.app]\njwt_secret = \"a secret of more than thirty-two bytes\"\n"
                "jwt_public_key_file = \"a.pem\"",
                "tallygate.toml:3: auth.issuer.app.jwt_public_key_file: is not supported by this "
                "version yet; use jwt_secret_file"},
        Mistake{"[auth.issuer.app]\njwt_secret = \"a secret of more than thirty-two bytes\"\n"
                "claims = { user = \"sub\" }",
                "tallygate.toml:3: auth.issuer.app.claims.user: \"sub\" is not a JSON pointer to a "
                "claim; write it as \"/sub\" or \"/app/user~1id\""},
        Mistake{"[auth.issuer.tallygate]",
                "tallygate.toml:1: auth.issuer.tallygate: this name is Tallygate's own issuer; "
                "choose another"},
        Mistake{"[auth.issuer.\"my app\"]",
                "tallygate.toml:1: auth.issuer.\"my app\": a name here is made of letters, digits, "
                "- and _; choose another"},
        Mistake{"[auth.issuer.a]\njwt_secret = \"a secret of more than thirty-two bytes\"\nissuer "
                "= \"x\"\n"
                "[auth.issuer.b]\njwt_secret = \"a secret of more than thirty-two bytes\"\nissuer "
                "= \"x\"",
                "tallygate.toml:6: auth.issuer.b.issuer: auth.issuer.a has the same; give each its "
                "own, or make one of them"},
        Mistake{"[auth.issuer.app]\njwt_secret = \"a secret of more than thirty-two bytes\"\n"
                "audience = \"\"",
                "tallygate.toml:3: auth.issuer.app.audience: is empty; write a value, or leave the "
                "key out"}));

INSTANTIATE_TEST_SUITE_P(
    Gateway, OneMistake,
    testing::Values(
        Mistake{"[upstream.app]\nurl = \"127.0.0.1:9000\"",
                "tallygate.toml:2: upstream.app.url: \"127.0.0.1:9000\" is not an http URL; write "
                "it as http://HOST[:PORT][/BASE]"},
        Mistake{"[upstream.app]\nurl = \"https://app.example\"",
                "tallygate.toml:2: upstream.app.url: \"https://app.example\": https is not "
                "supported by this version yet; put a proxy that speaks it between, and write its "
                "http:// address"},
        Mistake{"[upstream.app]\nurl = \"http://me:hidden@app.example\"",
                "tallygate.toml:2: upstream.app.url: a URL with a user or a password is not taken; "
                "use auth and credential_env"},
        Mistake{"[upstream.app]\nurl = \"http://app.example/a/../b\"",
                "tallygate.toml:2: upstream.app.url: \"http://app.example/a/../b\" has a path with "
                "an empty segment, \".\", \"..\" or a character that must be percent-encoded; "
                "write it as http://HOST[:PORT][/BASE]"},
        Mistake{"[[route]]\nmatch = \"POST /x\"\noperation = \"a b\"",
                "tallygate.toml:3: route \"POST /x\".operation: \"a b\" is not a name of 1 to 64 "
                "letters, digits, \".\", \"-\" and \"_\""},
        Mistake{
            "[[route]]\nmatch = \"POST /x\"\noperation = \"x\"\nusage_pointer = \"/a~2\"",
            "tallygate.toml:4: route \"POST /x\".usage_pointer: \"/a~2\" is not a JSON pointer; "
            "write it as \"/usage\""},
        Mistake{"[upstream.other]",
                "tallygate.toml:1: upstream.other.url: is missing; write it as "
                "http://HOST[:PORT][/BASE]"},
        Mistake{"[upstream.app]\napi = \"openia\"",
                "tallygate.toml:2: upstream.app.api: \"openia\" is not one of \"none\", "
                "\"openai\", \"anthropic\", \"gemini\", \"ollama\""},
        Mistake{"[upstream.app]\napi = \"openai\"\nauth = \"forward\"",
                "tallygate.toml:3: upstream.app.auth: \"forward\" would hand your users' tokens to "
                "openai; use \"bearer\" or \"header\" with credential_env, or \"strip\""},
        Mistake{"[upstream.app]\nauth = \"bearer\"",
                "tallygate.toml:1: upstream.app.credential_env: auth = \"bearer\" needs a "
                "credential; name the environment variable that holds it"},
        Mistake{"[upstream.app]\nauth = \"bearer\"\ncredential_env = \"APP_KEY\"",
                "tallygate.toml:3: upstream.app.credential_env: the environment variable APP_KEY "
                "is not set; set it to the credential"},
        Mistake{"[upstream.app]\nidle_timeout_seconds = 0",
                "tallygate.toml:2: upstream.app.idle_timeout_seconds: 0 is not from 0.001 to 86400 "
                "seconds"},
        Mistake{"[upstream.app]\nidle_timeout_seconds = \"5\"",
                "tallygate.toml:2: upstream.app.idle_timeout_seconds: \"5\" is not a number of "
                "seconds from 0, such as 1.5"},
        Mistake{"[upstream.a]\nurl = \"http://a\"\napi = \"openai\"\n"
                "[upstream.b]\nurl = \"http://b\"\napi = \"openai\"",
                "tallygate.toml:6: upstream.b.api: upstream.a takes the routes of \"openai\" "
                "already; leave it out here and write a [[route]] for each"},
        Mistake{"[[route]]\noperation = \"x\"",
                "tallygate.toml:1: route[1].match: is missing; write it as \"POST /ai/chat\""},
        Mistake{"[[route]]\nmatch = \"everything\"\noperation = \"x\"",
                "tallygate.toml:2: route[1].match: \"everything\" is not a method in capitals and "
                "a path; write it as \"POST /ai/chat\""},
        Mistake{"[[route]]\nmatch = \"post /x\"\noperation = \"x\"",
                "tallygate.toml:2: route[1].match: \"post /x\" is not a method in capitals and a "
                "path; write it as \"POST /ai/chat\""},
        Mistake{"[[route]]\nmatch = \"POST /a//b\"\noperation = \"x\"",
                "tallygate.toml:2: route \"POST /a//b\".match: pattern \"/a//b\": a segment is "
                "empty; write one slash"},
        Mistake{"[[route]]\nmatch = \"POST /x\"\nupstream = \"other\"\noperation = \"x\"",
                "tallygate.toml:3: route \"POST /x\".upstream: there is no upstream \"other\"; "
                "write [upstream.NAME] with its url, or take one that is there: app"},
        Mistake{"[[route]]\nmatch = \"POST /x\"",
                "tallygate.toml:1: route \"POST /x\".operation: is missing; name what a call does, "
                "such as \"chat\""},
        Mistake{"[[route]]\nmatch = \"POST /ai/usage/me\"\noperation = \"x\"",
                "tallygate.toml:2: route \"POST /ai/usage/me\".match: this path is Tallygate's own "
                "and never reaches a route"},
        Mistake{"[[route]]\nmatch = \"POST /x\"\noperation = \"x\"\nusage_pointer = \"usage\"",
                "tallygate.toml:4: route \"POST /x\".usage_pointer: \"usage\" is not a JSON "
                "pointer; write it as \"/usage\""},
        Mistake{"[[passthrough]]",
                "tallygate.toml:1: passthrough[1].path: is missing; write it as \"/docs/*\", or "
                "\"/*\" for all"},
        Mistake{"[[passthrough]]\npath = \"docs\"",
                "tallygate.toml:2: passthrough \"docs\".path: pattern \"docs\": it does not begin "
                "with a slash"},
        Mistake{
            "[[passthrough]]\npath = \"/AI/Chat/\"",
            "tallygate.toml:2: passthrough \"/AI/Chat/\".path: a metered route takes this path, or "
            "one that differs in case or a trailing slash alone; leave one of them out"},
        Mistake{"[[passthrough]]\npath = \"/docs\"\nupstream = \"other\"",
                "tallygate.toml:3: passthrough \"/docs\".upstream: there is no upstream \"other\"; "
                "write [upstream.NAME] with its url, or take one that is there: app"}));

TEST(ConfigMistakes, AreAllSaidAtOnce) {
    EXPECT_EQ(
        said_of("lisen = 1\ndefault_tier = \"gold\"\n[journal]\nsync = \"never\"\n"),
        "tallygate.toml:1: lisen: there is no such key; did you mean listen?\ntallygate.toml:2: "
        "default_tier: there is no tier \"gold\"; write [tiers.NAME] for it, or choose one of "
        "basic, enterprise, free, pro\ntallygate.toml:4: journal.sync: \"never\" is not one of "
        "\"interval\", \"always\"");
}

TEST(ConfigMistakes, OfFlagsAndTheEnvironmentNameThese) {
    EXPECT_EQ(said_of("", {.flags = {.listen = "8000"}}),
              "--listen: \"8000\" is not HOST:PORT; write it as \"127.0.0.1:8000\", "
              "\"[::1]:8000\", or \"0.0.0.0:8000\" for every interface");
    EXPECT_EQ(said_of("", {.flags = {.upstream = "ftp://127.0.0.1"}}),
              "--upstream: \"ftp://127.0.0.1\" is not an http URL; write it as "
              "http://HOST[:PORT][/BASE]");
    EXPECT_EQ(said_of("", {.environment = {{"TALLYGATE_JOURNAL__SYNC", "sometimes"}}}),
              "TALLYGATE_JOURNAL__SYNC: \"sometimes\" is not one of \"interval\", \"always\"");
    EXPECT_EQ(said_of("", {.environment = {{"TALLYGATE_JOURNAL__KEEP_HOURS", "a day"}}}),
              "TALLYGATE_JOURNAL__KEEP_HOURS: \"a day\" is not a whole number from 0");
    EXPECT_EQ(said_of("", {.environment = {{"TALLYGATE_JWT_SECRET", "short-one"}}}),
              "TALLYGATE_JWT_SECRET: the secret has 9 bytes; at least 32 are needed, as `openssl "
              "rand -hex 32` makes them");
    EXPECT_EQ(
        said_of("", {.environment = {{"TALLYGATE_JWT_SECRET_FILE", "/nowhere"}}}),
        "TALLYGATE_JWT_SECRET_FILE: /nowhere is not there; name a file that holds the secret");
}

TEST(ConfigMistakes, ADemoIsForThisMachineAloneAndKeepsItsDataApart) {
    EXPECT_EQ(said_of("", {.flags = {.listen = "0.0.0.0:0", .demo = true}}),
              "--demo: the demo is for this machine alone, not for \"0.0.0.0\"; listen on "
              "127.0.0.1 or [::1]");
    EXPECT_EQ(said_of("store = \"sqlite:/var/usage.db\"", {.flags = {.demo = true}}),
              "tallygate.toml:1: store: the demo keeps its figures apart, in DATA/demo; start it "
              "with --store sqlite:, or with --store and a MongoDB database for the demo alone");
    for (const char* listen : {"localhost:1", "127.0.0.9:1", "[::1]:1"}) {
        EXPECT_EQ(said_of("", {.flags = {.listen = listen, .demo = true}}), "");
    }
}

TEST(ConfigMistakes, AFileThatIsNamedMustBeThere) {
    const TemporaryFolder folder;
    const std::string path = (folder.path() / "other.toml").string();

    const auto config = load_config({.flags = {.config = path}});

    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().errc, Errc::invalid_argument);
    EXPECT_EQ(config.error().message,
              fmt::format("cannot read the configuration file {}: No such file or directory; name "
                          "another with --config, or write one with `tallygate config init`",
                          path));
}

TEST(ConfigMistakes, AShortTokenForScrapersIsNamed) {
    const TemporaryFolder folder;
    const std::string path = folder.write("scrape.token", "guess me\n").string();

    EXPECT_EQ(
        said_of(fmt::format("[metrics]\ntoken_file = \"{}\"", path)),
        "tallygate.toml:2: metrics.token_file: the token has 8 bytes; at least 16 are needed, "
        "as `openssl rand -hex 32` makes them");
}

TEST(ConfigMistakes, ASecretFileThatIsEmptyOrShortIsNamed) {
    const TemporaryFolder folder;
    const std::string path = folder.write("app.secret", "\n").string();
    const std::string toml = fmt::format("[auth.issuer.app]\njwt_secret_file = \"{}\"", path);
    EXPECT_EQ(said_of(toml),
              fmt::format("tallygate.toml:2: auth.issuer.app.jwt_secret_file: {} is empty; write "
                          "the secret into it",
                          path));

    folder.write("app.secret", "too short\n");

    EXPECT_EQ(said_of(toml),
              "tallygate.toml:2: auth.issuer.app.jwt_secret_file: the secret has 9 bytes; at least "
              "32 are needed, as `openssl rand -hex 32` makes them");
}

}  // namespace
}  // namespace tallygate::app
