// Who a request comes from.
#pragma once

#include <string>

#include "base/utc_time.h"

namespace tallygate::auth {

// The verified content of one token. A value; an empty text means that the token did not say.
struct Principal {
    std::string user_id;  // 1 to 256 bytes of UTF-8 without control characters
    bool is_admin = false;
    std::string tier;  // the claim; whether such a tier exists is the tier table's affair
    std::string team;
    std::string email;
    std::string issuer;         // the configured name: app, tallygate
    bool signed_by_us = false;  // must never reach an upstream
    Timestamp expires_at;
};

}  // namespace tallygate::auth
