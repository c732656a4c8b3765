#include "store/mongo/mongo_error.h"

#include <fmt/format.h>

namespace tallygate::store {
namespace {

bool is_about_credentials(const bson_error_t& error) {
    constexpr std::uint32_t kAtlasRefused = 8'000;
    if (error.domain == MONGOC_ERROR_SCRAM || error.domain == MONGOC_ERROR_SASL) return true;
    if (error.domain == MONGOC_ERROR_CLIENT) return error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE;
    return error.domain == MONGOC_ERROR_SERVER &&
           (error.code == kAuthenticationFailed || error.code == kAtlasRefused);
}

}  // namespace

bool is_refusal(const bson_error_t& error) {
    return error.domain == MONGOC_ERROR_SERVER || error.domain == MONGOC_ERROR_WRITE_CONCERN;
}

Error mongo_error(const bson_error_t& error, std::string_view doing) {
    const std::string code = "store_unavailable";
    if (is_about_credentials(error)) {
        return {Errc::unauthenticated, code,
                "the server does not take this name and password; look at both in the URL of "
                "`store`, and where the user is kept in another database, add ?authSource=NAME"};
    }
    if (error.domain == MONGOC_ERROR_SERVER && error.code == kUnauthorized) {
        return {Errc::permission_denied, code,
                fmt::format("{}: the server does not allow it to this user; give it the role "
                            "readWrite on the database, or read to read alone",
                            doing)};
    }
    if (is_refusal(error)) {
        return {Errc::unavailable, code,
                fmt::format("{}: {} (code {})", doing, error.message, error.code)};
    }
    return {Errc::unavailable, code, fmt::format("{}: {}", doing, error.message)};
}

}  // namespace tallygate::store
