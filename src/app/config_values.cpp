// From what somebody wrote to what a key takes.
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "app/config_keys.h"
#include "http/grammar.h"

namespace tallygate::app {
namespace {

constexpr std::int64_t kGreatest = std::int64_t{1} << 53;  // what every JSON reader still reads

std::unexpected<Error> invalid(std::string message) {
    return failure(Errc::invalid_argument, "", std::move(message));
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// What the value is, for a message.
std::string described(const SettingValue& value) {
    struct {
        std::string operator()(const std::string& text) const { return http::shown(text); }
        std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
        std::string operator()(double number) const { return fmt::format("{}", number); }
        std::string operator()(bool flag) const { return flag ? "true" : "false"; }
        std::string operator()(const std::vector<std::string>&) const { return "a list"; }
        std::string operator()(const OtherValue& other) const { return other.what; }
    } visitor;
    return std::visit(visitor, value);
}

std::unexpected<Error> wrong(const SettingValue& value, std::string_view wanted) {
    return invalid(fmt::format("{} is not {}", described(value), wanted));
}

Result<SettingValue> count_for(const SettingValue& value, bool read_text) {
    constexpr std::string_view kWanted = "a whole number from 0";
    std::optional<std::int64_t> number;
    if (const auto* written = std::get_if<std::int64_t>(&value)) number = *written;
    if (const auto* text = std::get_if<std::string>(&value); text && read_text) {
        number = parse_number<std::int64_t>(*text);
    }
    if (!number || *number < 0) return wrong(value, kWanted);
    if (*number > kGreatest) return invalid(fmt::format("{} is too large", *number));
    return SettingValue(*number);
}

Result<SettingValue> seconds_for(const SettingValue& value, bool read_text) {
    std::optional<double> number;
    if (const auto* written = std::get_if<double>(&value)) number = *written;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        number = static_cast<double>(*whole);
    }
    if (const auto* text = std::get_if<std::string>(&value); text && read_text) {
        number = parse_number<double>(*text);
    }
    if (!number || !std::isfinite(*number) || *number < 0) {
        return wrong(value, "a number of seconds from 0, such as 1.5");
    }
    return SettingValue(*number);
}

// Bytes in one of `unit`; 0 where it is none.
std::int64_t bytes_in(std::string_view unit) {
    struct Unit {
        std::string_view name;
        std::int64_t bytes;
    };
    constexpr std::array<Unit, 9> kUnits = {{{"B", 1},
                                             {"KB", 1'000},
                                             {"MB", 1'000'000},
                                             {"GB", 1'000'000'000},
                                             {"TB", 1'000'000'000'000},
                                             {"KiB", std::int64_t{1} << 10},
                                             {"MiB", std::int64_t{1} << 20},
                                             {"GiB", std::int64_t{1} << 30},
                                             {"TiB", std::int64_t{1} << 40}}};
    for (const Unit& known : kUnits) {
        if (http::iequals(unit, known.name)) return known.bytes;
    }
    return 0;
}

Result<SettingValue> size_for(const SettingValue& value) {
    constexpr std::string_view kWanted =
        "a size; write a number of bytes, or one with its unit: \"4 GiB\", \"512 MiB\"";
    std::optional<std::int64_t> number;
    std::int64_t unit = 1;
    if (const auto* written = std::get_if<std::int64_t>(&value)) number = *written;
    if (const auto* text = std::get_if<std::string>(&value)) {
        const std::string_view all = http::trimmed(*text);
        const std::size_t end = std::min(all.find_first_not_of("0123456789"), all.size());
        number = parse_number<std::int64_t>(all.substr(0, end));
        if (end < all.size()) unit = bytes_in(http::trimmed(all.substr(end)));
    }
    if (!number || *number < 0 || unit == 0) return wrong(value, kWanted);
    if (*number > kGreatest / unit)
        return invalid(fmt::format("{} is too large", described(value)));
    return SettingValue(*number * unit);
}

Result<SettingValue> tokens_for(const SettingValue& value, bool read_text) {
    const auto* text = std::get_if<std::string>(&value);
    if (text && *text == "unlimited") return SettingValue(*text);
    auto count = count_for(value, read_text);
    if (count || std::holds_alternative<std::int64_t>(value)) return count;
    return wrong(value, "a whole number from 0 or \"unlimited\"");
}

Result<SettingValue> flag_for(const SettingValue& value, bool read_text) {
    if (std::holds_alternative<bool>(value)) return value;
    if (const auto* text = std::get_if<std::string>(&value); text && read_text) {
        if (*text == "true") return SettingValue(true);
        if (*text == "false") return SettingValue(false);
    }
    return wrong(value, "true or false");
}

Result<SettingValue> texts_for(const SettingValue& value, bool read_text) {
    if (std::holds_alternative<std::vector<std::string>>(value)) return value;
    const auto* text = std::get_if<std::string>(&value);
    if (!text || !read_text) return wrong(value, "a list of texts, such as [\"one\", \"two\"]");
    std::vector<std::string> parts;
    std::string_view rest = *text;
    std::string_view part;
    while (http::next_element(rest, part))
        parts.emplace_back(part);
    return SettingValue(std::move(parts));
}

}  // namespace

Result<SettingValue> value_for(const KnownKey& key, const SettingValue& value, Source source) {
    const bool read_text = source != Source::file;
    switch (key.kind) {
        case KeyKind::secret:
            if (std::holds_alternative<std::string>(value)) return value;
            return invalid("the secret is not a text; put it in quotes");
        case KeyKind::text:
            if (std::holds_alternative<std::string>(value)) return value;
            return wrong(value, "a text; put it in quotes");
        case KeyKind::flag:
            return flag_for(value, read_text);
        case KeyKind::count:
            return count_for(value, read_text);
        case KeyKind::seconds:
            return seconds_for(value, read_text);
        case KeyKind::size:
            return size_for(value);
        case KeyKind::tokens:
            return tokens_for(value, read_text);
        case KeyKind::texts:
            return texts_for(value, read_text);
        case KeyKind::unsupported:
            return invalid(fmt::format("is not supported by this version yet; {}", key.instead));
    }
    return value;
}

}  // namespace tallygate::app
