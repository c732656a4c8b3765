// Base64 with the URL-safe alphabet and without padding (RFC 7515, 2), as tokens are written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tallygate::auth {

std::string base64url_encode(std::string_view bytes);

// Nothing where `text` is not what base64url_encode writes of some bytes: another character,
// padding, a length that no bytes have, bits set behind the last byte. So no two texts mean the
// same bytes.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace tallygate::auth
