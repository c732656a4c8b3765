// JSON as a token may hold it.
#pragma once

#include <optional>
#include <string_view>

#include <boost/json/object.hpp>

namespace tallygate::auth {

// The object that all of `text` is. Nothing where it is not one (RFC 8259), is not UTF-8, is nested
// more than 32 deep, or names a key twice anywhere: whoever checked the token before might have
// read the other one.
std::optional<boost::json::object> parse_strict_object(std::string_view text);

}  // namespace tallygate::auth
