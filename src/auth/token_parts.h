// The outside of a JSON Web Token: its three parts and its header, before anything is believed.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "auth/digest.h"
#include "base/result.h"

namespace tallygate::auth {

inline constexpr std::size_t kMaxTokenBytes = 8'192;

struct TokenParts {
    HmacAlgorithm algorithm = HmacAlgorithm::hs256;
    boost::json::object claims;    // as sent: nobody's word until the signature is verified
    std::string_view signed_text;  // header.payload, a view of the token
    std::string signature;         // raw
};

// The token in an Authorization header's value; a view of it. Fails with token_missing, or
// token_malformed where it is longer than kMaxTokenBytes.
Result<std::string_view> bearer_token(std::string_view authorization);

// Takes a token apart. Fails with token_malformed, or token_algorithm_not_allowed where it says an
// algorithm that no shared secret signs with.
Result<TokenParts> parse_token(std::string_view token);

}  // namespace tallygate::auth
