#include "store/store_url.h"

#include <gtest/gtest.h>

#include "store/usage_store.h"

namespace tallygate::store {
namespace {

std::string said_of(std::string_view url) {
    const auto checked = check_store_url(url);
    if (checked) return "";
    EXPECT_EQ(checked.error().errc, Errc::invalid_argument);
    return checked.error().message;
}

TEST(StoreUrl, NamesWhatItKnows) {
    for (const char* url :
         {"sqlite:", "sqlite:/var/usage.db", "memory:", "mongodb://db/usage",
          "mongodb://user:secret@[::1]:27018,db2/usage?replicaSet=rs0&tls=true&compressors=zstd",
          "mongodb+srv://cluster.db.example/usage?authSource=admin&retryWrites=true&w=majority"}) {
        EXPECT_EQ(said_of(url), "") << url;
    }
    EXPECT_EQ(said_of("floppy:a"),
              "\"floppy\" is not a store; use sqlite:, sqlite:PATH, mongodb://HOST/DATABASE or "
              "memory:");
    EXPECT_EQ(open_store({.url = "floppy:a"}).error().errc, Errc::invalid_argument);
    EXPECT_EQ(open_store({.url = "memory:"}).value()->kind(), "memory");
}

TEST(StoreUrl, WantsADatabaseOfOurOwn) {
    EXPECT_EQ(said_of("mongodb://db"),
              "the URL names no database; write it behind the host: mongodb://HOST/tallygate");
    EXPECT_NE(said_of("mongodb://db/?w=1"), "");
    EXPECT_EQ(said_of("mongodb://db/admin"),
              "the database admin is the server's own; name another behind the host, and who to "
              "sign in against with ?authSource=admin");
    EXPECT_NE(said_of("mongodb://db/a%20b"), "");
    EXPECT_NE(said_of("mongodb://db/" + std::string(64, 'x')), "");
}

TEST(StoreUrl, WantsWritesThatAreAcknowledged) {
    EXPECT_EQ(said_of("mongodb://db/usage?w=0"),
              "the URL asks for writes that nobody acknowledges; leave w=0 out");
}

TEST(StoreUrl, WantsFilesForTlsThatCanBeUsed) {
    EXPECT_EQ(said_of("mongodb://db/usage?tls=true&tlsCAFile=/nowhere/ca.pem"),
              "tlsCAFile in the URL names /nowhere/ca.pem: No such file or directory");
    EXPECT_NE(said_of("mongodb://db/usage?tls=true&tlsCAFile=/etc/passwd"), "");
}

TEST(StoreUrl, IsShownWithoutItsSecrets) {
    EXPECT_EQ(shown_store_url("sqlite:/var/usage.db"), "sqlite:/var/usage.db");
    EXPECT_EQ(shown_store_url("mongodb://db/usage"), "mongodb://db:27017/usage");
    EXPECT_EQ(shown_store_url("mongodb://user:secret@db:1,db2:2/usage?appname=secret"),
              "mongodb://***@db:1,db2:2/usage");
    EXPECT_EQ(shown_store_url("mongodb+srv://user:secret@cluster.db.example/usage"),
              "mongodb+srv://***@cluster.db.example/usage");
}

TEST(StoreUrl, NeverQuotesWhatMayBeAPassword) {
    for (const char* url :
         {"mongodb://user:sec/secret@db/usage", "mongodb://user:sec@secret@db/usage",
          "mongodb://user:sec%secret@db/usage", "mongodb://user:secret@db:port/usage",
          "mongodb://user:secret@/usage", "mongodb:secret", "mongodb://user:secret@db/admin",
          "mongodb://user:secret@db"}) {
        testing::internal::CaptureStderr();
        EXPECT_EQ(said_of(url).find("secret"), std::string::npos) << url;
        EXPECT_EQ(shown_store_url(url).find("secret"), std::string::npos) << url;
        const auto opened = open_store({.url = url});
        ASSERT_FALSE(opened) << url;
        EXPECT_EQ(opened.error().message.find("secret"), std::string::npos) << url;
        EXPECT_EQ(testing::internal::GetCapturedStderr().find("secret"), std::string::npos) << url;
    }
}

TEST(StoreUrl, TakesAPasswordThatLooksLikeOptions) {
    EXPECT_EQ(said_of("mongodb://user:sec?secret=1@db/usage"), "");
    EXPECT_EQ(shown_store_url("mongodb://user:sec?secret=1@db/usage"),
              "mongodb://***@db:27017/usage");
}

TEST(StoreUrl, WarnsOfAnOptionThatIsIgnoredWithoutQuotingIt) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(said_of("mongodb://db/usage?pasword=secret"), "");

    const std::string logged = testing::internal::GetCapturedStderr();
    EXPECT_NE(logged.find("level=warn"), std::string::npos) << logged;
    EXPECT_EQ(logged.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace tallygate::store
