#include "api/query_parameters.h"

#include <algorithm>
#include <charconv>
#include <string>

#include <fmt/format.h>

#include "base/utf8.h"
#include "http/request.h"

namespace tallygate::api {
namespace {

struct WholeNumber {
    std::string_view name;
    std::string_view out_of_range_code;
    std::string_view invalid_code;
    int lowest = 1;
    int highest = 1;
    int when_absent = 1;
};

constexpr WholeNumber kDays{"days", "days_out_of_range", "days_invalid", 1, 366, 30};
constexpr WholeNumber kTop{"top", "top_out_of_range", "top_invalid", 1, 100, 10};

constexpr std::size_t kShownBytes = 40;

// A stranger's text as a message may show it: short, and cut between characters.
std::string shown(std::string_view text) {
    std::size_t kept = 0;
    while (kept < text.size()) {
        const std::size_t size = std::max<std::size_t>(utf8_character(text.substr(kept)), 1);
        if (kept + size > kShownBytes) return std::string(text.substr(0, kept)) + "...";
        kept += size;
    }
    return std::string(text);
}

bool is_whole_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Result<int> read(std::string_view query, const WholeNumber& rule) {
    const auto refuse = [&rule](std::string_view code, std::string_view what) {
        return failure(Errc::invalid_argument, std::string(code),
                       fmt::format("{} {}; it must be a whole number from {} to {}, given once",
                                   rule.name, what, rule.lowest, rule.highest));
    };
    const auto values = http::query_values(query, rule.name);
    if (values.empty()) return rule.when_absent;
    if (values.size() > 1) {
        return refuse(rule.invalid_code, fmt::format("is given {} times", values.size()));
    }
    const std::string& text = values.front();
    if (text.empty()) return refuse(rule.invalid_code, "is empty");
    if (!is_whole_number(text)) {
        return refuse(rule.invalid_code, fmt::format("is \"{}\"", shown(text)));
    }
    int number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc{} || number < rule.lowest || number > rule.highest) {
        return refuse(rule.out_of_range_code, fmt::format("is {}", shown(text)));
    }
    return number;
}

}  // namespace

Result<int> days_parameter(std::string_view query) {
    return read(query, kDays);
}

Result<std::size_t> top_parameter(std::string_view query) {
    const auto top = read(query, kTop);
    if (!top) return std::unexpected(top.error());
    return static_cast<std::size_t>(*top);
}

}  // namespace tallygate::api
