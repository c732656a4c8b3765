// What the driver's errors mean for us. By their numbers: texts differ between servers.
#pragma once

#include <mongoc/mongoc.h>

#include "base/result.h"

namespace tallygate::store {

// The server's own numbers.
inline constexpr std::uint32_t kDuplicateKey = 11'000;
inline constexpr std::uint32_t kUnauthorized = 13;
inline constexpr std::uint32_t kAuthenticationFailed = 18;

// unauthenticated where the server does not take the URL's name and password, permission_denied
// where it does not allow what was asked; else unavailable. All with the code store_unavailable:
// once the store runs, time may mend any of them. `doing` is in the message: "writing usage_logs".
Error mongo_error(const bson_error_t& error, std::string_view doing);

// Whether the server itself refused, instead of being out of reach.
bool is_refusal(const bson_error_t& error);

}  // namespace tallygate::store
