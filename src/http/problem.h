// Errors as clients see them: RFC 9457 application/problem+json.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/reply.h"

namespace tallygate::http {

// A value. `code` is stable and listed in openapi.yaml; `detail` names the bad value and the mend.
struct Problem {
    int status = 500;
    std::string code;
    std::string detail;
    std::vector<std::pair<std::string, std::string>>
        fields;  // Allow, Retry-After, WWW-Authenticate …
};

// The one table from Errc to HTTP: invalid_argument 400, unauthenticated 401 (with
// WWW-Authenticate), permission_denied 403, not_found 404, conflict 409, limit_exceeded 429,
// unavailable 503 (with Retry-After: 1), data_loss and internal 500, whose message is not for
// clients: the caller logs it. An error without a code gets the Errc's name.
Problem problem_of(const Error& error);

// "Not Found" for 404: the standard phrase (RFC 9110), "Unknown" for a number without one.
std::string_view reason_phrase(int status);

// {type, title, status, detail, code, request_id}; type is "about:blank" unless `code` has a
// registered one. Not to be cached; a 401 without WWW-Authenticate gets one.
Reply to_reply(const Problem& problem, std::string_view request_id);

}  // namespace tallygate::http
