#include "auth/token_parts.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "auth/base64url.h"
#include "auth/strict_json.h"

namespace tallygate::auth {
namespace {

// What a header must not say (RFC 8725, 2): each would let the token choose its own key, or change
// what is signed.
constexpr std::array<std::string_view, 8> kRefusedParameters = {"crit", "jku", "jwk", "x5u",
                                                                "x5c",  "zip", "enc", "b64"};

std::unexpected<Error> malformed(std::string message) {
    return failure(Errc::unauthenticated, "token_malformed", std::move(message));
}

bool is_bearer(std::string_view scheme) {
    constexpr std::string_view kBearer = "bearer";
    return std::ranges::equal(scheme, kBearer, [](char a, char b) { return (a | 0x20) == b; });
}

std::optional<HmacAlgorithm> algorithm_called(std::string_view name) {
    if (name == "HS256") return HmacAlgorithm::hs256;
    if (name == "HS384") return HmacAlgorithm::hs384;
    if (name == "HS512") return HmacAlgorithm::hs512;
    return std::nullopt;
}

Result<HmacAlgorithm> read_header(std::string_view part) {
    const auto bytes = base64url_decode(part);
    const auto header = bytes ? parse_strict_object(*bytes) : std::nullopt;
    if (!header) {
        return malformed(
            "The token's header is not JSON in base64url; send the token as it was issued.");
    }
    for (const std::string_view name : kRefusedParameters) {
        if (header->contains(name)) {
            return malformed(
                fmt::format("The token's header has the parameter {}, which is not taken; issue "
                            "tokens without it.",
                            name));
        }
    }
    for (const std::string_view name : {"typ", "cty", "kid"}) {
        const boost::json::value* value = header->if_contains(name);
        if (value != nullptr && !value->is_string()) {
            return malformed(fmt::format("The token's header parameter {} is not text.", name));
        }
    }
    const boost::json::value* alg = header->if_contains("alg");
    if (alg == nullptr || !alg->is_string()) {
        return malformed("The token's header names no algorithm (alg).");
    }
    const auto algorithm = algorithm_called(alg->get_string());
    if (!algorithm) {
        return failure(
            Errc::unauthenticated, "token_algorithm_not_allowed",
            "The token is signed in a way that no issuer signs; HS256, HS384 and HS512 are taken.");
    }
    return *algorithm;
}

}  // namespace

Result<std::string_view> bearer_token(std::string_view authorization) {
    const std::size_t space = authorization.find(' ');
    if (!is_bearer(authorization.substr(0, space)) || space == std::string_view::npos) {
        return failure(Errc::unauthenticated, "token_missing",
                       "This needs a token; send it as Authorization: Bearer TOKEN.");
    }
    std::string_view token = authorization.substr(space);
    token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
    if (token.empty()) {
        return failure(Errc::unauthenticated, "token_missing",
                       "There is no token behind Bearer; send Authorization: Bearer TOKEN.");
    }
    if (token.size() > kMaxTokenBytes) {
        return malformed(fmt::format("The token has {} bytes; at most {} are taken.", token.size(),
                                     kMaxTokenBytes));
    }
    return token;
}

Result<TokenParts> parse_token(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
        return malformed(
            "The token is not three parts with a dot between them; send a signed JSON Web Token.");
    }
    const auto algorithm = read_header(token.substr(0, first));
    if (!algorithm) return std::unexpected(algorithm.error());

    const auto payload = base64url_decode(token.substr(first + 1, second - first - 1));
    auto claims = payload ? parse_strict_object(*payload) : std::nullopt;
    if (!claims) {
        return malformed(
            "The token's claims are not JSON in base64url, or name something twice; send the token "
            "as "
            "it was issued.");
    }
    auto signature = base64url_decode(token.substr(second + 1));
    if (!signature) {
        return malformed(
            "The token's signature is not base64url; send the token as it was issued.");
    }
    return TokenParts{*algorithm, std::move(*claims), token.substr(0, second),
                      std::move(*signature)};
}

}  // namespace tallygate::auth
