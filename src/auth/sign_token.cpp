#include <fmt/format.h>

#include "auth/authenticator.h"
#include "auth/base64url.h"
#include "auth/digest.h"
#include "base/json_writer.h"

namespace tallygate::auth {
namespace {

constexpr std::chrono::seconds kMinLife{1};
constexpr std::chrono::seconds kMaxLife{std::chrono::hours{24} * 3'652};  // ten years

std::string claims_of(const TokenRequest& request, Timestamp now) {
    const auto issued = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
    JsonWriter json;
    json.begin_object().member("iss", "tallygate").member("sub", request.user_id);
    if (!request.role.empty()) json.member("role", request.role);
    if (!request.tier.empty()) json.member("tier", request.tier);
    json.member("iat", issued.count()).member("exp", (issued + request.ttl).count()).end_object();
    return json.take();
}

}  // namespace

Result<std::string> sign_token(const TokenRequest& request, const Secret& secret,
                               const Clock& clock) {
    const auto invalid = [](std::string message) {
        return failure(Errc::invalid_argument, "", std::move(message));
    };
    if (!is_valid_user_id(request.user_id)) {
        return invalid("the user id is not 1 to 256 bytes of UTF-8 without control characters");
    }
    for (const std::string* text : {&request.role, &request.tier}) {
        if (!text->empty() && !is_valid_user_id(*text)) {
            return invalid(
                "role and tier are at most 256 bytes of UTF-8 without control characters");
        }
    }
    if (request.ttl < kMinLife || request.ttl > kMaxLife) {
        return invalid(fmt::format("a token cannot live {} s; choose from 1 s to {} s (ten years)",
                                   request.ttl.count(), kMaxLife.count()));
    }
    std::string token = base64url_encode(R"({"alg":"HS256","typ":"JWT"})");
    token += '.';
    token += base64url_encode(claims_of(request, clock.now()));
    const std::string signature = HmacKey(secret).sign(HmacAlgorithm::hs256, token);
    token += '.';
    token += base64url_encode(signature);
    return token;
}

}  // namespace tallygate::auth
