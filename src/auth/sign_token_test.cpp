#include <gtest/gtest.h>

#include "auth/authenticator.h"
#include "auth/token_fixture.h"

namespace tallygate::auth {
namespace {

TEST(SignToken, SignsWhatTheAuthenticatorTakesAsOurs) {
    const ManualClock clock(kNow + std::chrono::milliseconds{999});
    const IssuerConfig own = own_issuer();
    const auto token = sign_token(
        {.user_id = "carol \"the\" first", .role = "admin", .tier = "pro"}, own.hmac_secret, clock);
    ASSERT_TRUE(token);
    Authenticator authenticator({app_issuer(), own}, {}, clock);

    const auto principal = authenticator.authenticate("Bearer " + *token);

    ASSERT_TRUE(principal) << principal.error().message;
    EXPECT_EQ((*principal)->user_id, "carol \"the\" first");
    EXPECT_TRUE((*principal)->is_admin);
    EXPECT_EQ((*principal)->tier, "pro");
    EXPECT_EQ((*principal)->issuer, "tallygate");
    EXPECT_TRUE((*principal)->signed_by_us);
    EXPECT_EQ((*principal)->expires_at, kNow + std::chrono::hours{12});
}

TEST(SignToken, RefusesWhatWouldBeRefusedLater) {
    const ManualClock clock(kNow);
    const Secret secret{std::string(kOtherSecret)};
    const TokenRequest bad[] = {{.user_id = ""},
                                {.user_id = "a\nb"},
                                {.user_id = std::string(257, 'x')},
                                {.user_id = "a\xff"},
                                {.user_id = "a", .role = "\x01"},
                                {.user_id = "a", .tier = std::string(257, 'x')},
                                {.user_id = "a", .ttl = std::chrono::seconds{0}},
                                {.user_id = "a", .ttl = std::chrono::seconds{-5}},
                                {.user_id = "a", .ttl = std::chrono::hours{24 * 365 * 11}}};
    for (const TokenRequest& request : bad) {
        const auto token = sign_token(request, secret, clock);
        ASSERT_FALSE(token) << request.user_id;
        EXPECT_EQ(token.error().errc, Errc::invalid_argument);
    }
}

}  // namespace
}  // namespace tallygate::auth
