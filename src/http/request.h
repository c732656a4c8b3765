// A request to one of our own routes.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/utc_time.h"

namespace tallygate::http {

// A value, decoded, without its body, since none of our routes takes one; it may go to another
// thread.
struct Request {
    std::string method;
    std::string path;                   // decoded
    std::vector<std::string> captures;  // what the pattern's {x} took, decoded, in order
    std::string query;                  // as sent, without the '?'
    std::string authorization;
    std::string if_none_match;
    std::string accept_encoding;
    std::string request_id;
    bool on_loopback = true;  // the listener's address is a loopback one
};

// The values of `name` in a query string ("days=30&top=5"), in order; empty for a name without '='.
// Percent- and plus-decoded; a bad %XX stays as it is.
std::vector<std::string> query_values(std::string_view query, std::string_view name);

}  // namespace tallygate::http
