#include "app/setting_reader.h"

#include <cmath>

#include <fmt/format.h>

#include "app/secret_file.h"
#include "base/json_writer.h"
#include "http/grammar.h"

namespace tallygate::app {
namespace {

struct TomlText {
    std::string operator()(const std::string& text) const {
        std::string out;
        append_json_string(out, text);
        return out;
    }
    std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
    std::string operator()(double number) const { return fmt::format("{}", number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(const std::vector<std::string>& texts) const {
        std::vector<std::string> quoted;
        for (const std::string& text : texts)
            quoted.push_back((*this)(text));
        return fmt::format("[{}]", fmt::join(quoted, ", "));
    }
    std::string operator()(const OtherValue& other) const { return other.what; }
};

}  // namespace

std::string toml_text(const SettingValue& value) {
    return std::visit(TomlText(), value);
}

template <class T>
T SettingReader::read(std::string_view key, const T& fallback) {
    const Setting* setting = settings_.find(key);
    T value = setting ? std::get<T>(setting->value) : fallback;
    note(key, toml_text(value), setting ? setting->place : Place{});
    return value;
}

std::string SettingReader::text(std::string_view key, std::string_view fallback) {
    return read<std::string>(key, std::string(fallback));
}

std::string SettingReader::optional_text(std::string_view key) {
    if (!settings_.find(key)) return {};
    std::string found = text(key, "");
    if (found.empty()) problems_.add(key, "is empty; write a value, or leave the key out");
    return found;
}

Secret SettingReader::secret_file(std::string_view key) {
    const Setting* setting = settings_.find(key);
    if (!setting) return {};
    const std::string path = text(key, "");
    auto secret = read_secret_file(path);
    if (!secret) {
        problems_.add(key, secret.error().message);
        return {};
    }
    if (is_open_to_everybody(path)) {
        warnings_.push_back(
            fmt::format("{}: {}: everybody on this machine may read {}; allow its owner alone: "
                        "chmod 600",
                        setting->place.text, key, path));
    }
    return std::move(*secret);
}

bool SettingReader::flag(std::string_view key, bool fallback) {
    return read<bool>(key, fallback);
}

std::int64_t SettingReader::count(std::string_view key, std::int64_t fallback, std::int64_t least,
                                  std::int64_t greatest) {
    const auto number = read<std::int64_t>(key, fallback);
    if (number >= least && number <= greatest) return number;
    problems_.add(key, fmt::format("{} is not from {} to {}", number, least, greatest));
    return fallback;
}

std::int64_t SettingReader::size(std::string_view key, std::string_view fallback_text,
                                 std::int64_t fallback) {
    if (!settings_.find(key)) {
        note(key, toml_text(std::string(fallback_text)), Place{});
        return fallback;
    }
    return count(key, fallback, 1, std::int64_t{1} << 53);
}

std::chrono::milliseconds SettingReader::seconds(std::string_view key,
                                                 std::chrono::milliseconds fallback,
                                                 std::chrono::milliseconds least) {
    constexpr double kGreatest = 86'400;
    const auto in_seconds = [](std::chrono::milliseconds time) {
        return static_cast<double>(time.count()) / 1000;
    };
    const auto number = read<double>(key, in_seconds(fallback));
    if (number >= in_seconds(least) && number <= kGreatest) {
        return std::chrono::milliseconds(std::llround(number * 1000));
    }
    problems_.add(
        key, fmt::format("{} is not from {} to {} seconds", number, in_seconds(least), kGreatest));
    return fallback;
}

std::vector<std::string> SettingReader::texts(std::string_view key,
                                              const std::vector<std::string>& fallback) {
    return read<std::vector<std::string>>(key, fallback);
}

void SettingReader::note(std::string_view key, std::string value, const Place& place) {
    entries_.push_back({std::string(key), std::move(value), place.text});
}

void SettingReader::refuse_choice(std::string_view key, std::string_view name,
                                  const std::vector<std::string>& names) {
    std::vector<std::string> quoted;
    for (const std::string& known : names)
        quoted.push_back(fmt::format("\"{}\"", known));
    problems_.add(key,
                  fmt::format("{} is not one of {}", http::shown(name), fmt::join(quoted, ", ")));
}

}  // namespace tallygate::app
