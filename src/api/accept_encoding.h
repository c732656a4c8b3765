// In which coding to answer (RFC 9110, 12.5.3).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tallygate::api {

enum class Coding : std::uint8_t { identity, gzip, brotli };

// As Content-Encoding names it: "br".
std::string_view name_of(Coding coding);

// The one of `there` to which the value of Accept-Encoding gives most weight; of several the first.
// Identity where the client says nothing, or takes nothing that is there: an answer that it did not
// ask for helps more than none. A weight that is not one counts as 0.
Coding choose_coding(std::string_view accept_encoding, std::span<const Coding> there);

}  // namespace tallygate::api
