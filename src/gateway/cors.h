// Cross-origin rules of browsers (WHATWG Fetch, 3.2), where configuration asks us to answer for
// them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "http/exchange.h"
#include "http/reply.h"

namespace tallygate::gateway {

// Whether this is a browser asking beforehand whether it may send a request.
bool is_preflight(const http::RequestHead& head);

// The fields that an answer to this origin carries, as finished lines; only Vary for an origin that
// is not listed. Never allows credentials: tokens travel in Authorization.
std::string cors_fields(std::string_view origin, std::span<const std::string> allowed);

// The answer to a preflight; what it allows stands in cors_fields, which the exchange adds.
http::Reply preflight_reply(const http::RequestHead& head);

}  // namespace tallygate::gateway
