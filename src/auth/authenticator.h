// From an Authorization header to a Principal.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/principal.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace tallygate::auth {

// JSON pointers (RFC 6901) to the claims that are read.
struct ClaimPointers {
    std::string user = "/sub";
    std::string role = "/role";
    std::string tier = "/tier";
    std::string team = "/team";
    std::string email = "/email";
};

// One party whose tokens are taken. Its key decides the algorithm, never the token's header.
struct IssuerConfig {
    std::string name;      // app, tallygate: for messages and logs
    Secret hmac_secret;    // at least 32 bytes; HS256, HS384, HS512
    std::string issuer;    // checked against iss where set
    std::string audience;  // checked against aud where set
    std::chrono::seconds leeway{60};
    ClaimPointers claims;
    std::vector<std::string> admin_values = {
        "admin"};          // of the role claim, which may be a string or a list
    bool is_ours = false;  // the issuer `tallygate`
};

// What an issuer's configuration must satisfy; every problem as one line, `KEY: what and the mend`,
// with keys as in auth.issuer.app.jwt_secret.
std::vector<std::string> problems_of(const IssuerConfig& issuer);

// Verifies JSON Web Tokens (RFC 7519, RFC 8725) by strict rules: three parts, at most 8 KiB, strict
// base64url, no duplicate JSON keys, no crit/jku/jwk/x5u/x5c, no `none`, exp required, nbf and iat
// within the leeway. Verified tokens are remembered, by SHA-256 of the whole token until they
// expire, in a bounded cache. Any thread.
class Authenticator {
public:
    // `admin_users` are administrators without a claim. A token is matched by iss to the issuer
    // that sets it, else the others are tried in order. `clock` must outlive it.
    // Throws std::invalid_argument where problems_of names a problem of an issuer.
    Authenticator(std::vector<IssuerConfig> issuers, std::vector<std::string> admin_users,
                  const Clock& clock, std::size_t cache_entries = 65'536);
    ~Authenticator();

    // `authorization` is the header's value, empty where there is none. Every failure is
    // unauthenticated, with the code token_missing, token_malformed, token_algorithm_not_allowed,
    // token_signature_invalid, token_expired, token_not_yet_valid, token_issuer_unknown,
    // token_audience_mismatch or token_claims_invalid. No message repeats the token.
    Result<std::shared_ptr<const Principal>> authenticate(std::string_view authorization);

    // Whether `text`, a field's value, holds a token that we signed, expired or not, or a key of
    // ours (tg_…): such a field must not leave this house.
    bool holds_own_credential(std::string_view text) const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

// What `tallygate token` signs: HS256 with the issuer `tallygate`'s own secret.
struct TokenRequest {
    std::string user_id;
    std::string role;  // empty: none
    std::string tier;  // empty: none
    std::chrono::seconds ttl{std::chrono::hours{12}};
};
// Fails with invalid_argument on a user id that authenticate would refuse, or a ttl below a second
// or beyond ten years.
Result<std::string> sign_token(const TokenRequest& request, const Secret& secret,
                               const Clock& clock);

// Whether `id` is 1 to 256 bytes of UTF-8 without control characters (C0, DEL, C1).
bool is_valid_user_id(std::string_view id);

}  // namespace tallygate::auth
