// From verified claims to a Principal.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "auth/authenticator.h"
#include "auth/principal.h"
#include "base/result.h"

namespace tallygate::auth {

// Whether the claims hold at `now`, and who they name. Fails with token_claims_invalid,
// token_expired, token_not_yet_valid or token_audience_mismatch.
Result<Principal> read_claims(const boost::json::object& claims, const IssuerConfig& issuer,
                              const std::vector<std::string>& admin_users, Timestamp now);

std::unexpected<Error> token_expired();

// Whether `pointer` is a JSON pointer (RFC 6901) to something inside a document.
bool is_claim_pointer(std::string_view pointer);

}  // namespace tallygate::auth
