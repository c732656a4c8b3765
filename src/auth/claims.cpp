#include "auth/claims.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/utf8.h"

namespace tallygate::auth {
namespace {

namespace json = boost::json;

// The end of the year 9999: what lies behind it is no time but a mistake, such as milliseconds.
constexpr std::int64_t kMaxSeconds = 253'402'300'799;
constexpr std::size_t kMaxTextBytes = 256;

std::unexpected<Error> invalid(std::string message) {
    return failure(Errc::unauthenticated, "token_claims_invalid", std::move(message));
}

bool is_control(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) return first < 0x20 || first == 0x7f;
    return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;  // C1
}

// A time (RFC 7519, 2: NumericDate).
Result<Timestamp> read_time(const json::value& value, std::string_view name) {
    std::int64_t seconds = -1;
    std::int64_t micros = 0;
    if (value.is_int64()) {
        seconds = value.get_int64();
    } else if (value.is_double() && value.get_double() >= 0 && value.get_double() <= kMaxSeconds) {
        const double whole = std::floor(value.get_double());
        seconds = static_cast<std::int64_t>(whole);
        micros = std::llround((value.get_double() - whole) * 1e6);
    }
    if (seconds < 0 || seconds > kMaxSeconds) {
        return invalid(fmt::format(
            "The claim {} is not a time in seconds since 1970; issue it as a number.", name));
    }
    return timestamp_of(seconds * 1'000'000 + micros);
}

const json::value* find(const json::object& claims, std::string_view pointer) {
    // Boost.JSON has pointers into values alone, so the first step is ours.
    const std::size_t end = pointer.find('/', 1);
    std::string name(pointer.substr(1, end == std::string_view::npos ? end : end - 1));
    for (const auto& [escaped, plain] : {std::pair{"~1", '/'}, std::pair{"~0", '~'}}) {
        for (std::size_t at = 0; (at = name.find(escaped, at)) != std::string::npos; ++at) {
            name.replace(at, 2, 1, plain);
        }
    }
    const json::value* value = claims.if_contains(name);
    if (value == nullptr || end == std::string_view::npos) return value;
    json::error_code error;
    value = value->find_pointer(pointer.substr(end), error);
    return error ? nullptr : value;
}

// The text of a claim; a number becomes its decimal text. Nothing where it is neither.
std::optional<std::string> text_of(const json::value& value) {
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_int64()) return std::to_string(value.get_int64());
    if (value.is_uint64()) return std::to_string(value.get_uint64());
    // Beyond 2^53 different numbers have the same double.
    if (value.is_double() && std::abs(value.get_double()) < 9'007'199'254'740'992.0)
        return fmt::format("{}", value.get_double());
    return std::nullopt;
}

// A claim that may be anything: what is not text of a user id's form counts as absent, since the
// application may mean something else by that name.
std::string read_optional(const json::object& claims, std::string_view pointer) {
    const json::value* value = find(claims, pointer);
    auto text = value == nullptr ? std::nullopt : text_of(*value);
    return text && is_valid_user_id(*text) ? std::move(*text) : std::string();
}

Result<std::string> read_user(const json::object& claims, std::string_view pointer) {
    const json::value* value = find(claims, pointer);
    if (value == nullptr) {
        return invalid(fmt::format("The token has no claim {}, which names the user.", pointer));
    }
    auto id = text_of(*value);
    if (!id || !is_valid_user_id(*id)) {
        return invalid(fmt::format(
            "The claim {} names no user: 1 to {} bytes of text without control characters, or a "
            "number, are taken.",
            pointer, kMaxTextBytes));
    }
    return std::move(*id);
}

// Where the role is a text or a list in which one of the texts is a role of administrators.
bool has_admin_role(const json::object& claims, const IssuerConfig& issuer) {
    const auto is_admin = [&issuer](const json::value& value) {
        const auto role = text_of(value);
        return role && std::ranges::find(issuer.admin_values, *role) != issuer.admin_values.end();
    };
    const json::value* value = find(claims, issuer.claims.role);
    if (value == nullptr) return false;
    const json::array* list = value->if_array();
    return list != nullptr ? std::ranges::any_of(*list, is_admin) : is_admin(*value);
}

bool names_audience(const json::object& claims, std::string_view audience) {
    const json::value* value = claims.if_contains("aud");
    if (value == nullptr) return false;
    if (value->is_string()) return value->get_string() == audience;
    const json::array* list = value->if_array();
    return list != nullptr && std::ranges::any_of(*list, [audience](const json::value& element) {
               return element.is_string() && element.get_string() == audience;
           });
}

// When the token ends, having begun.
Result<Timestamp> check_times(const json::object& claims, std::chrono::seconds leeway,
                              Timestamp now) {
    const json::value* exp = claims.if_contains("exp");
    if (exp == nullptr) return invalid("The token has no claim exp; issue tokens that expire.");
    auto expires = read_time(*exp, "exp");
    if (!expires) return expires;
    if (now >= *expires + leeway) return token_expired();
    for (const std::string_view name : {"nbf", "iat"}) {
        const json::value* value = claims.if_contains(name);
        if (value == nullptr || value->is_null()) continue;
        auto begins = read_time(*value, name);
        if (!begins) return begins;
        if (*begins > now + leeway) {
            return failure(
                Errc::unauthenticated, "token_not_yet_valid",
                fmt::format("The token's {} lies in the future; check the clocks.", name));
        }
    }
    return expires;
}

}  // namespace

std::unexpected<Error> token_expired() {
    return failure(Errc::unauthenticated, "token_expired", "The token has expired; get a new one.");
}

bool is_valid_user_id(std::string_view id) {
    if (id.empty() || id.size() > kMaxTextBytes) return false;
    while (!id.empty()) {
        const std::size_t size = utf8_character(id);
        if (size == 0 || is_control(id.substr(0, size))) return false;
        id.remove_prefix(size);
    }
    return true;
}

bool is_claim_pointer(std::string_view pointer) {
    if (pointer.size() < 2 || pointer[0] != '/' || !is_utf8(pointer)) return false;
    for (std::size_t at = 0; (at = pointer.find('~', at)) != std::string_view::npos; ++at) {
        const char next = at + 1 < pointer.size() ? pointer[at + 1] : '\0';
        if (next != '0' && next != '1') return false;
    }
    return true;
}

Result<Principal> read_claims(const json::object& claims, const IssuerConfig& issuer,
                              const std::vector<std::string>& admin_users, Timestamp now) {
    const auto expires = check_times(claims, issuer.leeway, now);
    if (!expires) return std::unexpected(expires.error());
    if (!issuer.audience.empty() && !names_audience(claims, issuer.audience)) {
        return failure(Errc::unauthenticated, "token_audience_mismatch",
                       "The token's aud does not name this service; get one that is meant for it.");
    }
    auto user = read_user(claims, issuer.claims.user);
    if (!user) return std::unexpected(std::move(user.error()));
    const bool has_role = has_admin_role(claims, issuer);
    const bool is_named_admin = std::ranges::find(admin_users, *user) != admin_users.end();

    Principal principal{.user_id = std::move(*user),
                        .is_admin = has_role || is_named_admin,
                        .issuer = issuer.name,
                        .signed_by_us = issuer.is_ours,
                        .expires_at = *expires};
    for (const auto& [pointer, target] : {std::pair{&issuer.claims.tier, &principal.tier},
                                          std::pair{&issuer.claims.team, &principal.team},
                                          std::pair{&issuer.claims.email, &principal.email}}) {
        *target = read_optional(claims, *pointer);
    }
    return principal;
}

}  // namespace tallygate::auth
