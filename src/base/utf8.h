// UTF-8 (RFC 3629): which bytes are text.
#pragma once

#include <cstddef>
#include <string_view>

namespace tallygate {

// The length in bytes of the well-formed character at the front of `text`; 0 where there is none (a
// bad lead byte, an overlong form, a surrogate, a cut character, an empty text).
std::size_t utf8_character(std::string_view text);

// Whether all of `text` is well formed.
bool is_utf8(std::string_view text);

}  // namespace tallygate
