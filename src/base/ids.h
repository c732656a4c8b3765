// Identifiers made by us.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/utc_time.h"

namespace tallygate {

// A UUID (RFC 9562). Those we make are version 7: they begin with the time, so they sort by it.
struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const Uuid&) const = default;
    bool is_nil() const { return *this == Uuid{}; }
};

// Version 7 from `now` and the system's random numbers.
Uuid make_uuid(Timestamp now);
// "0192f3c4-7d1e-7abc-8def-0123456789ab"
std::string to_string(const Uuid& id);
// Nothing where the text is not 36 characters of that form.
std::optional<Uuid> parse_uuid(std::string_view text);

// 32 hexadecimal digits, unguessable, cheap: a thread's own generator seeded from the system. For
// X-Request-Id.
std::string make_request_id();

// Fills `out` from the system's random number generator; for keys and secrets.
void fill_random(std::uint8_t* out, std::size_t size);

}  // namespace tallygate
