#include <fmt/format.h>
#include <gtest/gtest.h>

#include "auth/authenticator.h"
#include "auth/token_fixture.h"

namespace tallygate::auth {
namespace {

TEST(IssuerConfig, IsSoundByDefaultAndNamesEveryProblem) {
    EXPECT_TRUE(problems_of(app_issuer()).empty());
    IssuerConfig issuer = app_issuer();
    issuer.hmac_secret = Secret("too short");
    issuer.leeway = std::chrono::seconds{601};
    issuer.claims.user = "sub";
    issuer.claims.role = "/a~2b";
    issuer.claims.tier = "";
    issuer.admin_values = {"admin", ""};

    const auto problems = problems_of(issuer);

    EXPECT_EQ(
        fmt::format("{}", fmt::join(problems, "\n")),
        R"(auth.issuer.app.jwt_secret: the secret has 9 bytes; at least 32 are needed, as `openssl rand -hex 32` makes them
auth.issuer.app.leeway_seconds: 601 is not from 0 to 600
auth.issuer.app.claims.user: "sub" is not a JSON pointer to a claim; write it as "/sub" or "/app/user~1id"
auth.issuer.app.claims.role: "/a~2b" is not a JSON pointer to a claim; write it as "/sub" or "/app/user~1id"
auth.issuer.app.claims.tier: "" is not a JSON pointer to a claim; write it as "/sub" or "/app/user~1id"
auth.issuer.app.admin_values: an empty role would make administrators of users without one; leave it out)");
}

TEST(IssuerConfig, RefusesNoSecretAndAPemKeyAsOne) {
    IssuerConfig issuer = app_issuer();
    issuer.hmac_secret = Secret("");
    ASSERT_EQ(problems_of(issuer).size(), 1U);
    issuer.hmac_secret = Secret(
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC "
        "KEY-----");

    ASSERT_EQ(problems_of(issuer).size(), 1U);
    EXPECT_NE(problems_of(issuer)[0].find("PEM"), std::string::npos);
}

}  // namespace
}  // namespace tallygate::auth
