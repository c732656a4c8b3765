#include "auth/authenticator.h"

#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "auth/token_fixture.h"

namespace tallygate::auth {
namespace {

using AuthenticatorTest = TokenTest;

TEST_F(AuthenticatorTest, TakesEveryAlgorithmOfASharedSecret) {
    constexpr std::string_view kPayload = R"({"sub":"alice-of-the-harbour","exp":1800003600})";

    EXPECT_EQ(outcome(sign_parts(R"({"alg":"HS256"})", kPayload)), "alice-of-the-harbour");
    EXPECT_EQ(outcome(sign_parts(R"({"alg":"HS384","kid":"7","x":1})", kPayload, kAppSecret,
                                 HmacAlgorithm::hs384)),
              "alice-of-the-harbour");
    EXPECT_EQ(outcome(sign_parts(R"({"typ":"at+jwt","alg":"HS512"})", kPayload, kAppSecret,
                                 HmacAlgorithm::hs512)),
              "alice-of-the-harbour");
}

TEST_F(AuthenticatorTest, TakesTheTokenOfRfc7515) {
    // Appendix A.1: key, header, payload and signature as printed there; a claim /sub it has not.
    IssuerConfig issuer = app_issuer();
    const auto key = base64url_decode(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    issuer.hmac_secret = Secret(key.value_or(""));
    issuer.claims.user = "/iss";
    clock_.set(timestamp_of(1'300'819'380'000'000) - std::chrono::seconds{1});

    EXPECT_EQ(outcome("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9p"
                      "c19yb290Ijp0cnVlfQ."
                      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
                      issuer),
              "joe");
}

TEST_F(AuthenticatorTest, SaysThatThereIsNoToken) {
    Authenticator authenticator({app_issuer()}, {}, clock_);

    for (const std::string_view authorization :
         {"", "Bearer", "Bearer ", "Bearer    ", "Basic YTpi", "bearertoken", "Token abc"}) {
        const auto principal = authenticator.authenticate(authorization);
        ASSERT_FALSE(principal) << authorization;
        EXPECT_EQ(principal.error().code, "token_missing") << authorization;
    }
}

TEST_F(AuthenticatorTest, TakesTheSchemeInAnyCaseAndAnyNumberOfSpaces) {
    Authenticator authenticator({app_issuer()}, {}, clock_);

    EXPECT_TRUE(authenticator.authenticate("bearer " + token_with()));
    EXPECT_TRUE(authenticator.authenticate("BEARER   " + token_with()));
}

TEST_F(AuthenticatorTest, RefusesAlgorithmsThatNoIssuerSignsWith) {
    for (const std::string_view alg : {"none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "HS1",
                                       "RS256", "ES256", "PS256", "EdDSA", "dir", "A128KW"}) {
        const std::string header = R"({"alg":")" + std::string(alg) + R"(","typ":"JWT"})";
        const std::string signed_token = sign_parts(header, R"({"sub":"alice","exp":1800003600})");
        const std::string unsigned_token = signed_token.substr(0, signed_token.rfind('.') + 1);

        EXPECT_EQ(outcome(signed_token), "token_algorithm_not_allowed") << alg;
        EXPECT_EQ(outcome(unsigned_token), "token_algorithm_not_allowed") << alg;
    }
}

TEST_F(AuthenticatorTest, RefusesHeadersThatAreNotWhatAnIssuerWrites) {
    for (const std::string_view header : {R"({"alg":"HS256","crit":["exp"]})",
                                          R"({"alg":"HS256","crit":[]})",
                                          R"({"alg":"HS256","jku":"http://x"})",
                                          R"({"alg":"HS256","jwk":{}})",
                                          R"({"alg":"HS256","x5u":"http://x"})",
                                          R"({"alg":"HS256","x5c":[]})",
                                          R"({"alg":"HS256","zip":"DEF"})",
                                          R"({"alg":"HS256","enc":"A128GCM"})",
                                          R"({"alg":"HS256","b64":false})",
                                          R"({"typ":"JWT"})",
                                          R"({"alg":256})",
                                          R"({"alg":null})",
                                          R"({"alg":["HS256"]})",
                                          R"({"alg":"HS256","kid":7})",
                                          R"({"alg":"HS256","typ":null})",
                                          R"({"alg":"none","alg":"HS256"})",
                                          R"({"alg":"HS256","alg":"HS256"})",
                                          R"({"alg":"HS256","\u0061lg":"HS256"})",
                                          R"(["HS256"])",
                                          R"("HS256")",
                                          R"()",
                                          R"({)",
                                          R"({"alg":"HS256"} x)",
                                          R"({"alg":"HS256",})",
                                          R"({'alg':'HS256'})",
                                          "{\"alg\":\"HS256\",\"a\":\"\xff\"}",
                                          "\xef\xbb\xbf{\"alg\":\"HS256\"}"}) {
        EXPECT_EQ(outcome(sign_parts(header, R"({"sub":"alice","exp":1800003600})")),
                  "token_malformed")
            << header;
    }
}

TEST_F(AuthenticatorTest, RefusesClaimsThatAreNotStrictJson) {
    std::string deep = R"({"sub":"alice","exp":1800003600,"a":)";
    deep += std::string(40, '[') + std::string(40, ']') + "}";
    for (const std::string_view payload :
         {std::string_view(deep),
          std::string_view(R"({"sub":"alice","exp":1800003600,"sub":"root"})"),
          std::string_view(R"({"sub":"alice","exp":1800003600,"a":{"b":1,"b":1}})"),
          std::string_view(R"({"sub":"alice","exp":1800003600,"a":[{"b":1},{"b":1,"\u0062":2}]})"),
          std::string_view(R"([])"), std::string_view(R"(alice)"),
          std::string_view(R"({"sub":"alice","exp":1800003600}})"),
          std::string_view(R"({"sub":"alice","exp":NaN})"),
          std::string_view(R"({"sub":"alice","exp":01800003600})"),
          std::string_view(R"({"sub":"alice","exp":+1800003600})"),
          std::string_view(R"({"sub":"\ud800","exp":1800003600})"),
          std::string_view("{\"sub\":\"a\xff\",\"exp\":1800003600}"),
          std::string_view("{\"sub\":\"a\nb\",\"exp\":1800003600}"),
          std::string_view("{\"sub\":\"\xc0\xaf\",\"exp\":1800003600}")}) {
        EXPECT_EQ(outcome(sign_parts(kHs256, payload)), "token_malformed") << payload;
    }
}

TEST_F(AuthenticatorTest, RefusesTextsThatAreNotThreePartsOfBase64Url) {
    const std::string good = token_with();
    const std::string head = good.substr(0, good.find('.'));
    const std::string payload = good.substr(head.size() + 1, good.rfind('.') - head.size() - 1);
    const std::string signature = good.substr(good.rfind('.') + 1);
    std::string other_bits = signature;  // 43 characters carry 258 bits, two of them mean nothing
    other_bits.back() = other_bits.back() == 'A' ? 'B' : static_cast<char>(other_bits.back() + 1);

    for (const std::string& token :
         std::vector<std::string>{"x",
                                  ".",
                                  "..",
                                  "...",
                                  "a.b",
                                  "a.b.c",
                                  "a.b.c.d",
                                  "a.b.c.d.e",
                                  good + ".",
                                  "." + good,
                                  fmt::format("{}..{}", head, signature),
                                  fmt::format("{}.{}", head, payload),
                                  good + "=",
                                  good + "==",
                                  good + " ",
                                  good + "\t",
                                  fmt::format(" {} x", good),
                                  fmt::format("{}=.{}.{}", head, payload, signature),
                                  fmt::format("{}.{}=.{}", head, payload, signature),
                                  fmt::format("{}.{}.{}", head, payload, other_bits),
                                  fmt::format("{} .{}.{}", head, payload, signature),
                                  "+" + good.substr(1),
                                  "/" + good.substr(1),
                                  std::string("\0", 1) + good,
                                  R"({"payload":"a","signatures":[]})"}) {
        EXPECT_EQ(outcome(token), "token_malformed") << token;
    }
    EXPECT_EQ(outcome(good + "A"), "token_signature_invalid") << "a byte more";
    EXPECT_EQ(outcome(head + "." + payload + "."), "token_signature_invalid")
        << "an empty signature";
}

TEST_F(AuthenticatorTest, RefusesATokenThatIsTooLongWithoutReadingIt) {
    const std::string fits = token_with(R"("a":")" + std::string(5'900, 'a') + "\"");
    ASSERT_LT(fits.size(), 8'192U);

    EXPECT_EQ(outcome(fits), "alice-of-the-harbour");
    EXPECT_EQ(outcome(token_with(R"("a":")" + std::string(6'100, 'a') + "\"")), "token_malformed");
    EXPECT_EQ(outcome(std::string(3 << 20, 'x')), "token_malformed");
    EXPECT_EQ(outcome(std::string(3 << 20, '.')), "token_malformed");
}

TEST_F(AuthenticatorTest, RefusesAnotherKeysSignature) {
    EXPECT_EQ(outcome(token_with("", "a secret that is not the one of the application")),
              "token_signature_invalid");
    EXPECT_EQ(outcome(token_with("", std::string(kAppSecret) + "x")), "token_signature_invalid");
    EXPECT_EQ(outcome(sign_parts(R"({"alg":"HS512"})", R"({"sub":"alice","exp":1800003600})")),
              "token_signature_invalid")
        << "signed with HS256";
}

TEST_F(AuthenticatorTest, RefusesATokenWithAnyBitOfItChanged) {
    const std::string good = token_with(R"("role":"user")");
    Authenticator authenticator({app_issuer()}, {}, clock_);
    ASSERT_EQ(outcome_of(authenticator, good), "alice-of-the-harbour");

    for (std::size_t at = 0; at < good.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = good;
            changed[at] = static_cast<char>(changed[at] ^ 1 << bit);
            const std::string got = outcome_of(authenticator, changed);
            EXPECT_TRUE(got == "token_malformed" || got == "token_signature_invalid" ||
                        got == "token_algorithm_not_allowed")
                << got << " at " << at << " bit " << bit;
        }
    }
}

TEST_F(AuthenticatorTest, MatchesIssuersByIssAndElseTriesTheOthersInOrder) {
    IssuerConfig named = app_issuer();
    named.name = "named";
    named.issuer = "https://id.example";
    IssuerConfig second = app_issuer();
    second.name = "second";
    second.hmac_secret = Secret("the secret of a second application, long enough");
    Authenticator with_unnamed({named, app_issuer(), second, own_issuer()}, {}, clock_);
    Authenticator only_named({named, own_issuer()}, {}, clock_);
    const auto issuer_of = [](Authenticator& authenticator, const std::string& token) {
        const auto principal = authenticator.authenticate("Bearer " + token);
        return principal ? (*principal)->issuer : principal.error().code;
    };

    EXPECT_EQ(issuer_of(with_unnamed, token_with(R"("iss":"https://id.example")")), "named");
    EXPECT_EQ(issuer_of(with_unnamed, token_with()), "app");
    EXPECT_EQ(issuer_of(with_unnamed, token_with(R"("iss":"somebody")")), "app");
    EXPECT_EQ(issuer_of(with_unnamed, token_with("", second.hmac_secret.reveal())), "second");
    EXPECT_EQ(issuer_of(with_unnamed,
                        token_with(R"("iss":"https://id.example")", second.hmac_secret.reveal())),
              "token_signature_invalid");
    EXPECT_EQ(issuer_of(with_unnamed, token_with(R"("iss":"tallygate")")),
              "token_signature_invalid")
        << "only our own secret signs as us";
    EXPECT_EQ(issuer_of(only_named, token_with()), "token_issuer_unknown");
    EXPECT_EQ(issuer_of(only_named, token_with(R"("iss":"somebody")")), "token_issuer_unknown");
    EXPECT_EQ(issuer_of(only_named, token_with(R"("iss":"")")), "token_issuer_unknown");
}

TEST_F(AuthenticatorTest, RemembersATokenUntilItExpires) {
    Authenticator authenticator({app_issuer()}, {}, clock_);
    const std::string authorization = "Bearer " + token_with();
    const auto first = authenticator.authenticate(authorization);
    const auto second = authenticator.authenticate(authorization);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->get(), second->get()) << "verified once";

    clock_.advance(std::chrono::seconds{3'660} - std::chrono::microseconds{1});
    EXPECT_TRUE(authenticator.authenticate(authorization)) << "within the leeway";
    clock_.advance(std::chrono::microseconds{1});
    const auto late = authenticator.authenticate(authorization);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, "token_expired");
}

TEST_F(AuthenticatorTest, NeverTakesATokenForAnotherThatBeginsAlike) {
    Authenticator authenticator({app_issuer()}, {}, clock_);
    const std::string good = token_with();
    ASSERT_EQ(outcome_of(authenticator, good), "alice-of-the-harbour");

    EXPECT_EQ(outcome_of(authenticator, good.substr(0, good.size() - 4) + "AAAA"),
              "token_signature_invalid");
    EXPECT_EQ(
        outcome_of(authenticator,
                   sign_parts(kHs256, R"({"sub":"alice-of-the-harbour","exp":1800003601})", "x")),
        "token_signature_invalid");
}

TEST_F(AuthenticatorTest, IsForManyThreads) {
    Authenticator authenticator({app_issuer(), own_issuer()}, {}, clock_, 16);
    std::vector<std::string> headers;
    headers.reserve(64);
    for (int i = 0; i < 64; ++i) {
        headers.push_back("Bearer " + token_with(R"("tier":")" + std::to_string(i) + "\""));
    }
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int round = 0; round < 10; ++round) {
                for (std::size_t i = 0; i < headers.size(); ++i) {
                    const auto principal = authenticator.authenticate(headers[i]);
                    ASSERT_TRUE(principal);
                    EXPECT_EQ((*principal)->tier, std::to_string(i));
                }
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

TEST_F(AuthenticatorTest, DoesNotBeginWithAnIssuerThatIsUnsound) {
    IssuerConfig issuer = app_issuer();
    issuer.hmac_secret = Secret("");

    EXPECT_THROW(Authenticator({issuer}, {}, clock_), std::invalid_argument);
}

}  // namespace
}  // namespace tallygate::auth
