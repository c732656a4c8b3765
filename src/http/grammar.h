// The characters and lists of HTTP (RFC 9110, 5.6), as the parsers of this module share them.
#pragma once

#include <string>
#include <string_view>

namespace tallygate::http {

// Whether `c` may stand in a token: a method, a field's name, a connection option.
bool is_token_char(char c);
// Whether `text` is one; the empty text is not.
bool is_token(std::string_view text);

// Whether every byte may stand in a field's value: no control byte but the tab.
bool is_field_text(std::string_view text);

// Whether two names are equal ignoring ASCII case.
bool iequals(std::string_view a, std::string_view b);

// `text` without the spaces and tabs at its ends.
std::string_view trimmed(std::string_view text);

// Takes the next element off a comma-separated list, trimmed; empty ones are passed over. false:
// there is none left.
bool next_element(std::string_view& list, std::string_view& element);

// The value of a hexadecimal digit, -1 for any other character.
int hex_digit(char c);

// Client text fit for an error's `detail`: at most 64 bytes of it, in quotes, `?` for all but
// printable ASCII.
std::string shown(std::string_view text);

}  // namespace tallygate::http
