#include "base/utc_time.h"

#include <fmt/format.h>

namespace tallygate {
namespace {

using std::chrono::year_month_day;

// The number that all of `text` spells in decimal digits.
std::optional<unsigned> digits(std::string_view text) {
    unsigned value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value;
}

}  // namespace

Day month_start(Day day) {
    const year_month_day date{day};
    return Day{date.year() / date.month() / 1};
}

Day next_month_start(Day day) {
    const year_month_day date{day};
    return Day{(date.year() / date.month() + std::chrono::months{1}) / 1};
}

std::string format_day(Day day) {
    const year_month_day date{day};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string format_rfc3339(Timestamp t) {
    const Day day = day_of(t);
    const auto ms = std::chrono::floor<std::chrono::milliseconds>(t - day).count();
    return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", format_day(day), ms / 3'600'000,
                       ms / 60'000 % 60, ms / 1'000 % 60, ms % 1'000);
}

std::optional<Day> parse_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = digits(text.substr(0, 4));
    const auto month = digits(text.substr(5, 2));
    const auto day = digits(text.substr(8, 2));
    if (!year || !month || !day) return std::nullopt;
    const year_month_day date{std::chrono::year{static_cast<int>(*year)},
                              std::chrono::month{*month}, std::chrono::day{*day}};
    if (!date.ok()) return std::nullopt;
    return Day{date};
}

}  // namespace tallygate
