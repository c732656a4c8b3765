#include "auth/claims.h"

#include <gtest/gtest.h>

#include "auth/token_fixture.h"

namespace tallygate::auth {
namespace {

using Claims = TokenTest;

TEST_F(Claims, ReadsWhoTheTokenIsOf) {
    const Principal principal = principal_of(
        R"({"sub":"alice-of-the-harbour","role":"admin","tier":"pro","team":"the-blue-team","email":"a@example.com",)"
        R"("exp":1800000060.25,"nbf":1799999999,"iat":1799999999,"aud":["anybody"]})");

    EXPECT_EQ(principal.user_id, "alice-of-the-harbour");
    EXPECT_TRUE(principal.is_admin);
    EXPECT_EQ(principal.tier, "pro");
    EXPECT_EQ(principal.team, "the-blue-team");
    EXPECT_EQ(principal.email, "a@example.com");
    EXPECT_EQ(principal.issuer, "app");
    EXPECT_FALSE(principal.signed_by_us);
    EXPECT_EQ(principal.expires_at, kNow + std::chrono::milliseconds{60'250});
}

struct ClaimCase {
    std::string_view claims;
    std::string_view outcome;
};

TEST_F(Claims, ChecksTimes) {
    const ClaimCase cases[] = {
        {R"({"sub":"a"})", "token_claims_invalid"},
        {R"({"sub":"a","exp":null})", "token_claims_invalid"},
        {R"({"sub":"a","exp":"1800003600"})", "token_claims_invalid"},
        {R"({"sub":"a","exp":true})", "token_claims_invalid"},
        {R"({"sub":"a","exp":-1})", "token_claims_invalid"},
        {R"({"sub":"a","exp":-0.5})", "token_claims_invalid"},
        {R"({"sub":"a","exp":1800003600000})", "token_claims_invalid"},  // milliseconds
        {R"({"sub":"a","exp":18446744073709551615})", "token_claims_invalid"},
        {R"({"sub":"a","exp":99999999999999999999})", "token_claims_invalid"},
        {R"({"sub":"a","exp":1e300})", "token_claims_invalid"},
        {R"({"sub":"a","exp":0})", "token_expired"},
        {R"({"sub":"a","exp":1799999940})", "token_expired"},
        {R"({"sub":"a","exp":1799999940.5})", "a"},
        {R"({"sub":"a","exp":1799999941})", "a"},
        {R"({"sub":"a","exp":253402300799})", "a"},
        {R"({"sub":"a","exp":1.8000036e9})", "a"},
        {R"({"sub":"a","exp":1800003600,"nbf":1800000060})", "a"},
        {R"({"sub":"a","exp":1800003600,"nbf":1800000061})", "token_not_yet_valid"},
        {R"({"sub":"a","exp":1800003600,"nbf":"now"})", "token_claims_invalid"},
        {R"({"sub":"a","exp":1800003600,"iat":1800000060})", "a"},
        {R"({"sub":"a","exp":1800003600,"iat":1800000060.5})", "token_not_yet_valid"},
        {R"({"sub":"a","exp":1800003600,"iat":-5})", "token_claims_invalid"},
    };
    for (const ClaimCase& one : cases) {
        EXPECT_EQ(outcome(sign_parts(kHs256, one.claims)), one.outcome) << one.claims;
    }
}

TEST_F(Claims, TakesUserIdsOfOneTo256BytesAndNumbers) {
    const auto with_sub = [](std::string_view sub) {
        return sign_parts(kHs256, R"({"exp":1800003600,"sub":)" + std::string(sub) + "}");
    };
    const auto quoted = [](const std::string& text) { return '"' + text + '"'; };
    const ClaimCase cases[] = {
        {R"("a.b@example.com")", "a.b@example.com"},
        {R"("$set")", "$set"},
        {R"("träger/7 ü")", "träger/7 ü"},
        {R"(42)", "42"},
        {R"(-7)", "-7"},
        {R"(18446744073709551615)", "18446744073709551615"},
        {R"(1.0)", "1"},
        {R"(1e3)", "1000"},
        {R"(12.5)", "12.5"},
        {R"(99999999999999999999)", "token_claims_invalid"},
        {R"("")", "token_claims_invalid"},
        {R"(null)", "token_claims_invalid"},
        {R"(true)", "token_claims_invalid"},
        {R"(["alice"])", "token_claims_invalid"},
        {R"({"id":"alice"})", "token_claims_invalid"},
        {R"("a\u0000b")", "token_claims_invalid"},
        {R"("a\nb")", "token_claims_invalid"},
        {R"("a\u001fb")", "token_claims_invalid"},
        {R"("a\u007fb")", "token_claims_invalid"},
        {R"("a\u0080b")", "token_claims_invalid"},
        {R"("a\u009fb")", "token_claims_invalid"},
        {R"("a\u00a0b")", "a\u00a0b"},
    };
    for (const ClaimCase& one : cases) {
        EXPECT_EQ(outcome(with_sub(one.claims)), one.outcome) << one.claims;
    }
    EXPECT_EQ(outcome(with_sub(quoted(std::string(256, 'x')))), std::string(256, 'x'));
    EXPECT_EQ(outcome(with_sub(quoted(std::string(257, 'x')))), "token_claims_invalid");
    EXPECT_EQ(outcome(sign_parts(kHs256, R"({"exp":1800003600})")), "token_claims_invalid");
}

TEST_F(Claims, ReadsRolesAsTextOrList) {
    const auto is_admin = [this](std::string_view more) {
        return principal_of(R"({"sub":"alice","exp":1800003600)" + std::string(more) + "}")
            .is_admin;
    };

    EXPECT_TRUE(is_admin(R"(,"role":"admin")"));
    EXPECT_TRUE(is_admin(R"(,"role":["user","admin"])"));
    EXPECT_FALSE(is_admin(R"(,"role":["user"])"));
    EXPECT_FALSE(is_admin(R"(,"role":[])"));
    EXPECT_FALSE(is_admin(R"(,"role":"Admin")"));
    EXPECT_FALSE(is_admin(R"(,"role":"")"));
    EXPECT_FALSE(is_admin(R"(,"role":null)"));
    EXPECT_FALSE(is_admin(R"(,"role":7)"));
    EXPECT_FALSE(is_admin(R"(,"roles":["admin"])"));
    EXPECT_FALSE(is_admin(""));
}

// The application may mean something else by those names; its users are not shut out for it.
TEST_F(Claims, TakesOptionalClaimsOfAnotherKindForAbsent) {
    for (const std::string& more : std::vector<std::string>{
             R"("role":{"admin":true})", R"("role":true)", R"("tier":["pro"])", R"("team":{})",
             R"("email":"a\nb")", R"("tier":")" + std::string(257, 'x') + '"', R"("nbf":null)"}) {
        const Principal principal =
            principal_of(R"({"sub":"alice","exp":1800003600,)" + more + "}");
        EXPECT_EQ(principal.user_id, "alice") << more;
        EXPECT_FALSE(principal.is_admin) << more;
        EXPECT_EQ(principal.tier + principal.team + principal.email, "") << more;
    }
}

TEST_F(Claims, RefusesAnIssuerThatIsNotText) {
    EXPECT_EQ(outcome(token_with(R"("iss":7)")), "token_claims_invalid");
}

TEST_F(Claims, KnowsNamedAdministratorsWithoutAClaim) {
    EXPECT_TRUE(principal_of(R"({"sub":"the-named-administrator","exp":1800003600})").is_admin);
    EXPECT_FALSE(principal_of(R"({"sub":"the-named-administrator2","exp":1800003600})").is_admin);
}

TEST_F(Claims, ReadsClaimsFromWhereConfigurationSays) {
    IssuerConfig issuer = app_issuer();
    issuer.claims = {.user = "/app/user~1id",
                     .role = "/realm/roles",
                     .tier = "/https:~1~1x~0/plan",
                     .team = "/teams/1",
                     .email = "/mail"};
    issuer.admin_values = {"boss", "root"};

    const Principal principal = principal_of(
        R"({"exp":1800003600,"app":{"user/id":77},"realm":{"roles":["root"]},"https://x~":{"plan":"gold"},"teams":["a","b"],)"
        R"("mail":"m@example.com","sub":"not-this","role":"admin"})",
        issuer);

    EXPECT_EQ(principal.user_id, "77");
    EXPECT_TRUE(principal.is_admin);
    EXPECT_EQ(principal.tier, "gold");
    EXPECT_EQ(principal.team, "b");
    EXPECT_EQ(principal.email, "m@example.com");
}

TEST_F(Claims, ChecksTheAudienceWhereOneIsSet) {
    IssuerConfig issuer = app_issuer();
    issuer.audience = "https://gate.example";

    EXPECT_EQ(outcome(token_with(R"("aud":"https://gate.example")"), issuer),
              "alice-of-the-harbour");
    EXPECT_EQ(outcome(token_with(R"("aud":["x","https://gate.example"])"), issuer),
              "alice-of-the-harbour");
    for (const std::string_view more : {R"("aud":"https://gate.example/")", R"("aud":[])",
                                        R"("aud":["x"])", R"("aud":7)", R"("a":1)"}) {
        EXPECT_EQ(outcome(token_with(more), issuer), "token_audience_mismatch") << more;
    }
}

}  // namespace
}  // namespace tallygate::auth
