#include "app/config_changes.h"

#include <gtest/gtest.h>

#include "app/config_fixture.h"

namespace tallygate::app {
namespace {

using Keys = std::vector<std::string>;

Config sound(std::string_view toml) {
    auto config = configured(toml);
    EXPECT_TRUE(config) << config.error().message;
    return config ? *config : Config{};
}

TEST(ConfigChanges, NamesTheKeysThatARunningServerDoesNotTakeUp) {
    const Config before = sound("listen = \"127.0.0.1:8000\"\n[journal]\nsync = \"interval\"");
    const Config after = sound(
        "listen = \"127.0.0.1:8001\"\n[journal]\nsync = \"always\"\n[auth]\nadmin_users = [\"a\"]");

    EXPECT_EQ(keys_for_restart(before, after),
              (Keys{"listen", "auth.admin_users", "journal.sync"}));
    EXPECT_EQ(keys_for_restart(before, before), Keys());
}

TEST(ConfigChanges, LeavesOutWhatIsInForceAtOnce) {
    const Config after = sound(
        "default_tier = \"gold\"\nmax_body_bytes = 5\n[tiers.gold]\ntokens_per_month = 5\n"
        "[upstream.app]\nurl = \"http://127.0.0.1:9001\"\n[cors]\norigins = "
        "[\"https://a.example\"]\n"
        "[[route]]\nmatch = \"POST /x\"\noperation = \"x\"\n[[passthrough]]\npath = \"/docs/*\"");

    EXPECT_EQ(keys_for_restart(sound(""), after), Keys());
}

TEST(ConfigChanges, NamesAnIssuerThatCameWentOrHasAnotherSecret) {
    const std::string table = "[auth.issuer.app]\njwt_secret = ";
    const Config none = sound("");
    const Config one = sound(table + "\"a secret of more than thirty-two bytes\"");
    const Config other = sound(table + "\"another secret of more than thirty-two bytes\"");

    EXPECT_EQ(keys_for_restart(one, other), Keys{"auth.issuer.app.jwt_secret"});
    EXPECT_EQ(keys_for_restart(none, one).front(), "auth.issuer.app.jwt_secret");
    EXPECT_EQ(keys_for_restart(one, none).front(), "auth.issuer.app.jwt_secret");
}

TEST(ConfigChanges, NamesAStoreWhosePasswordIsAnother) {
    const Config before = sound("store = \"mongodb://user:one-password@db/usage\"");
    const Config after = sound("store = \"mongodb://user:another-password@db/usage\"");

    EXPECT_EQ(keys_for_restart(before, after), Keys{"store"});
    EXPECT_EQ(keys_for_restart(before, before), Keys());
}

TEST(ConfigChanges, NamesAFileWhoseSecretIsAnother) {
    const TemporaryFolder folder;
    const auto path = folder.write("token", "a token of more than sixteen bytes");
    const std::string toml = "[metrics]\ntoken_file = \"" + path.string() + "\"";
    const Config before = sound(toml);

    folder.write("token", "another token of more than sixteen bytes");

    EXPECT_EQ(keys_for_restart(before, sound(toml)), Keys{"metrics.token_file"});
}

}  // namespace
}  // namespace tallygate::app
