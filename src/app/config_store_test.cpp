// The key `store`, whose value may hold a password.
#include <gtest/gtest.h>

#include "app/config_fixture.h"
#include "app/config_show.h"

namespace tallygate::app {
namespace {

TEST(ConfigStore, IsShownWithoutItsPassword) {
    const auto read = configured(
        "store = \"mongodb://somebody:the-password@db1.example,db2.example:27018/usage"
        "?replicaSet=rs0&tlsCertificateKeyFilePassword=another-password\"\n");

    ASSERT_TRUE(read) << read.error().message;
    const std::string text = shown(*read);

    EXPECT_NE(text.find("store = \"mongodb://***@db1.example:27017,db2.example:27018/usage\""),
              std::string::npos)
        << text;
    for (const char* secret : {"somebody", "the-password", "another-password"})
        EXPECT_EQ(text.find(secret), std::string::npos);
    EXPECT_TRUE(read->store.url.contains("the-password"));
}

TEST(ConfigStore, NamesItsMistakesWithoutItsPassword) {
    EXPECT_EQ(said_of("store = \"mongodb://user:hidden@db\""),
              "tallygate.toml:1: store: the URL names no database; write it behind the host: "
              "mongodb://HOST/tallygate");
    EXPECT_EQ(
        said_of("store = \"mongodb://user:hid/den@db/usage\""),
        "tallygate.toml:1: store: this is no URL of a MongoDB server; write "
        "mongodb://[USER:PASSWORD@]HOST/DATABASE[?OPTIONS], with characters such as / : @ ? % "
        "in name or password as %2F %3A %40 %3F %25");
    EXPECT_EQ(said_of("", {.flags = {.store = "mongodb+srv://cluster.db.example"}}),
              "--store: the URL names no database; write it behind the host: "
              "mongodb+srv://HOST/tallygate");
}

// Nobody's figures but the demo's: the command names the database, no file does by the way.
TEST(ConfigStore, IsADatabaseForTheDemoWhereTheCommandNamesOne) {
    EXPECT_NE(said_of("store = \"mongodb://db/usage\"", {.flags = {.demo = true}}), "");
    EXPECT_EQ(said_of("", {.flags = {.store = "mongodb://db/demo", .demo = true}}), "");
}

}  // namespace
}  // namespace tallygate::app
