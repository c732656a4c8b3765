// Tokens for tests, as issuers would sign them and as they never would.
#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "auth/authenticator.h"
#include "auth/base64url.h"
#include "auth/digest.h"

namespace tallygate::auth {

inline constexpr std::string_view kAppSecret =
    "the secret of the application, which has enough bytes";
inline constexpr std::string_view kOtherSecret =
    "another secret that belongs to somebody else entirely";
inline constexpr Timestamp kNow{std::chrono::microseconds{1'800'000'000'000'000}};
inline constexpr std::string_view kHs256 = R"({"alg":"HS256","typ":"JWT"})";

inline std::string sign_parts(std::string_view header, std::string_view payload,
                              std::string_view secret = kAppSecret,
                              HmacAlgorithm algorithm = HmacAlgorithm::hs256) {
    const std::string text = base64url_encode(header) + "." + base64url_encode(payload);
    return text + "." +
           base64url_encode(HmacKey(Secret(std::string(secret))).sign(algorithm, text));
}

// A token whose claims are {"sub":"alice","exp":kNow + 1 h, …}; `more` as in R"("role":"admin")".
inline std::string token_with(std::string_view more = "", std::string_view secret = kAppSecret) {
    std::string payload = R"({"sub":"alice-of-the-harbour","exp":1800003600)";
    if (!more.empty()) payload += ',';
    payload += more;
    payload += '}';
    return sign_parts(kHs256, payload, secret);
}

inline IssuerConfig app_issuer() {
    IssuerConfig issuer;
    issuer.name = "app";
    issuer.hmac_secret = Secret(std::string(kAppSecret));
    return issuer;
}

inline IssuerConfig own_issuer() {
    IssuerConfig issuer;
    issuer.name = "tallygate";
    issuer.issuer = "tallygate";
    issuer.hmac_secret = Secret(std::string(kOtherSecret));
    issuer.is_ours = true;
    return issuer;
}

// What a token comes to: its failure's code, or the user's id.
class TokenTest : public testing::Test {
protected:
    std::string outcome(std::string_view token, const IssuerConfig& issuer = app_issuer()) const {
        Authenticator authenticator({issuer, own_issuer()}, {}, clock_, 64);
        return outcome_of(authenticator, token);
    }
    static std::string outcome_of(Authenticator& authenticator, std::string_view token) {
        const auto principal = authenticator.authenticate("Bearer " + std::string(token));
        if (principal) return (*principal)->user_id;
        EXPECT_EQ(principal.error().errc, Errc::unauthenticated);
        EXPECT_FALSE(principal.error().message.empty());
        if (token.size() > 20) {
            EXPECT_EQ(principal.error().message.find(token.substr(0, 20)), std::string::npos);
        }
        return principal.error().code;
    }
    Principal principal_of(std::string_view claims,
                           const IssuerConfig& issuer = app_issuer()) const {
        Authenticator authenticator({issuer}, {"the-named-administrator"}, clock_, 64);
        const auto principal = authenticator.authenticate("Bearer " + sign_parts(kHs256, claims));
        EXPECT_TRUE(principal) << principal.error().code << " " << claims;
        return principal ? **principal : Principal{};
    }

    ManualClock clock_{kNow};
};

}  // namespace tallygate::auth
