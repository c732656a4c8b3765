// Instants and days in UTC, and their text.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tallygate {

// An instant with the resolution everything is stored in.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;
// A UTC day, from its midnight to the next.
using Day = std::chrono::sys_days;

inline Day day_of(Timestamp t) {
    return std::chrono::floor<std::chrono::days>(t);
}
// The first day of the UTC month that `day` is in, and of the one after it.
Day month_start(Day day);
Day next_month_start(Day day);

inline std::int64_t micros(Timestamp t) {
    return t.time_since_epoch().count();
}
inline Timestamp timestamp_of(std::int64_t micros) {
    return Timestamp{std::chrono::microseconds{micros}};
}

// "2026-11-24T10:00:00.123Z": RFC 3339, UTC, milliseconds (cut, not rounded, so that a day never
// changes).
std::string format_rfc3339(Timestamp t);
// "2026-11-24"
std::string format_day(Day day);

// The day that "2026-11-24" names; nothing where the text is not a real date.
std::optional<Day> parse_day(std::string_view text);

}  // namespace tallygate
