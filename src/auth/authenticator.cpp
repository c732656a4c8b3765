#include "auth/authenticator.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "auth/claims.h"
#include "auth/digest.h"
#include "auth/token_cache.h"
#include "auth/token_parts.h"

namespace tallygate::auth {
namespace {

constexpr std::size_t kMinSecretBytes = 32;
constexpr std::chrono::seconds kMaxLeeway{600};

struct Issuer {
    IssuerConfig config;
    HmacKey key;

    explicit Issuer(IssuerConfig settings) : config(std::move(settings)), key(config.hmac_secret) {}
};

void require_sound(const IssuerConfig& issuer) {
    const auto problems = problems_of(issuer);
    if (!problems.empty()) throw std::invalid_argument(problems.front());
}

}  // namespace

class Authenticator::Impl {
public:
    Impl(std::vector<IssuerConfig> issuers, std::vector<std::string> admin_users,
         const Clock& clock, std::size_t cache_entries)
        : admin_users_(std::move(admin_users)), clock_(clock), cache_(cache_entries) {
        for (IssuerConfig& issuer : issuers) {
            require_sound(issuer);
            issuers_.emplace_back(std::move(issuer));
        }
    }

    Result<std::shared_ptr<const Principal>> authenticate(std::string_view authorization) {
        const auto token = bearer_token(authorization);
        if (!token) return std::unexpected(token.error());
        const Timestamp now = clock_.now();
        const Sha256 hash = sha256(*token);
        if (auto known = cache_.find(hash); known.principal) {
            if (now >= known.valid_until) return token_expired();
            return std::move(known.principal);
        }
        return verify(*token, hash, now);
    }

    bool is_own_token(std::string_view token) const {
        const auto parts = parse_token(token);
        return parts && std::ranges::any_of(issuers_, [&](const Issuer& issuer) {
                   return issuer.config.is_ours &&
                          issuer.key.verify(parts->algorithm, parts->signed_text, parts->signature);
               });
    }

private:
    Result<std::shared_ptr<const Principal>> verify(std::string_view token, const Sha256& hash,
                                                    Timestamp now) {
        const auto parts = parse_token(token);
        if (!parts) return std::unexpected(parts.error());
        const auto issuer = signer(*parts);
        if (!issuer) return std::unexpected(issuer.error());
        const IssuerConfig& config = (*issuer)->config;
        auto principal = read_claims(parts->claims, config, admin_users_, now);
        if (!principal) return std::unexpected(std::move(principal.error()));

        auto shared = std::make_shared<const Principal>(std::move(*principal));
        cache_.put(hash, {shared, shared->expires_at + config.leeway});
        return shared;
    }

    // The issuer whose secret signed the token: one of those that set its iss, where there is such
    // a one, else one of those that set none.
    Result<const Issuer*> signer(const TokenParts& parts) const {
        const boost::json::value* iss = parts.claims.if_contains("iss");
        if (iss != nullptr && !iss->is_string()) {
            return failure(Errc::unauthenticated, "token_claims_invalid",
                           "The claim iss is not text.");
        }
        const std::string_view name =
            iss != nullptr ? std::string_view(iss->get_string()) : std::string_view();

        const bool is_known =
            !name.empty() && std::ranges::any_of(issuers_, [name](const Issuer& issuer) {
                return issuer.config.issuer == name;
            });
        const std::string_view wanted = is_known ? name : std::string_view();
        bool is_anyones = false;
        for (const Issuer& issuer : issuers_) {
            if (issuer.config.issuer != wanted) continue;
            is_anyones = true;
            if (issuer.key.verify(parts.algorithm, parts.signed_text, parts.signature)) {
                return &issuer;
            }
        }
        if (!is_anyones) {
            return failure(Errc::unauthenticated, "token_issuer_unknown",
                           "The token's iss names nobody whose tokens are taken here.");
        }
        return failure(Errc::unauthenticated, "token_signature_invalid",
                       "The token's signature does not hold; send the token as it was issued.");
    }

    std::vector<Issuer> issuers_;
    std::vector<std::string> admin_users_;
    const Clock& clock_;
    TokenCache cache_;
};

Authenticator::Authenticator(std::vector<IssuerConfig> issuers,
                             std::vector<std::string> admin_users, const Clock& clock,
                             std::size_t cache_entries)
    : impl_(std::make_unique<Impl>(std::move(issuers), std::move(admin_users), clock,
                                   cache_entries)) {}

Authenticator::~Authenticator() = default;

Result<std::shared_ptr<const Principal>> Authenticator::authenticate(
    std::string_view authorization) {
    return impl_->authenticate(authorization);
}

bool Authenticator::holds_own_credential(std::string_view text) const {
    constexpr std::string_view kTokenStart = "eyJ";  // {" in base64url
    constexpr std::string_view kKeyStart = "tg_";
    constexpr std::size_t kLeastKeyBytes = 16;  // a shorter word is no key
    const auto is_token_char = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    if (!text.contains(kTokenStart) && !text.contains(kKeyStart)) return false;
    while (!text.empty()) {
        const auto* end = std::ranges::find_if_not(text, is_token_char);
        const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
        if (word.starts_with(kKeyStart) && word.size() >= kLeastKeyBytes) return true;
        if (word.starts_with(kTokenStart) && impl_->is_own_token(word)) return true;
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    return false;
}

std::vector<std::string> problems_of(const IssuerConfig& issuer) {
    std::vector<std::string> problems;
    const auto add = [&](std::string_view key, std::string text) {
        problems.push_back(fmt::format("auth.issuer.{}.{}: {}", issuer.name, key, text));
    };
    const std::string& secret = issuer.hmac_secret.reveal();
    if (secret.empty()) {
        add("jwt_secret", "there is no secret; set jwt_secret_file to a file that holds one");
    } else if (secret.find("-----BEGIN") != std::string::npos) {
        add("jwt_secret",
            "this is a key or certificate in PEM, not a shared secret; tokens signed with a key "
            "pair are not "
            "taken yet");
    } else if (secret.size() < kMinSecretBytes) {
        add("jwt_secret",
            fmt::format(
                "the secret has {} bytes; at least {} are needed, as `openssl rand -hex 32` makes "
                "them",
                secret.size(), kMinSecretBytes));
    }
    if (issuer.leeway < std::chrono::seconds{0} || issuer.leeway > kMaxLeeway) {
        add("leeway_seconds",
            fmt::format("{} is not from 0 to {}", issuer.leeway.count(), kMaxLeeway.count()));
    }
    for (const auto& [name, pointer] :
         {std::pair{"user", &issuer.claims.user}, std::pair{"role", &issuer.claims.role},
          std::pair{"tier", &issuer.claims.tier}, std::pair{"team", &issuer.claims.team},
          std::pair{"email", &issuer.claims.email}}) {
        if (is_claim_pointer(*pointer)) continue;
        add(fmt::format("claims.{}", name), fmt::format("\"{}\" is not a JSON pointer to a claim; "
                                                        "write it as \"/sub\" or \"/app/user~1id\"",
                                                        *pointer));
    }
    if (std::ranges::find(issuer.admin_values, std::string()) != issuer.admin_values.end()) {
        add("admin_values",
            "an empty role would make administrators of users without one; leave it out");
    }
    return problems;
}

}  // namespace tallygate::auth
