// Reads settings one by one, and notes each value in force for `config show`.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/config.h"
#include "app/settings.h"

namespace tallygate::app {

// A value as TOML, a text in quotes.
std::string toml_text(const SettingValue& value);

// Settings must hold each value as its key wants it (value_for). One thread; both references must
// outlive it.
class SettingReader {
public:
    SettingReader(Settings& settings, ProblemList& problems)
        : settings_(settings), problems_(problems) {}

    const Settings& settings() const { return settings_; }
    ProblemList& problems() { return problems_; }

    std::string text(std::string_view key, std::string_view fallback);
    // Empty, and not noted, where there is none; a problem where it is written and empty.
    std::string optional_text(std::string_view key);
    bool flag(std::string_view key, bool fallback);
    // A problem and the fallback where it does not lie from `least` to `greatest`.
    std::int64_t count(std::string_view key, std::int64_t fallback, std::int64_t least,
                       std::int64_t greatest);
    std::int64_t size(std::string_view key, std::string_view fallback_text, std::int64_t fallback);
    // From `least` to a day.
    std::chrono::milliseconds seconds(std::string_view key, std::chrono::milliseconds fallback,
                                      std::chrono::milliseconds least);
    std::vector<std::string> texts(std::string_view key, const std::vector<std::string>& fallback);
    // One of `choices`, each a name and its value.
    template <class T>
    T choice(std::string_view key, std::string_view fallback,
             std::span<const std::pair<std::string_view, T>> choices) {
        const std::string name = text(key, fallback);
        std::vector<std::string> names;
        for (const auto& [known, value] : choices) {
            if (known == name) return value;
            names.emplace_back(known);
        }
        refuse_choice(key, name, names);
        return choices.front().second;
    }

    // The secret in the file that `key` names; empty where there is none, or after a problem was
    // noted. A file that everybody may read is warned of.
    Secret secret_file(std::string_view key);

    // Notes something that is made of several settings or none.
    void note(std::string_view key, std::string value, const Place& place);
    // From now on a problem of `key` is shown at `place`.
    void set_place(std::string key, Place place) {
        settings_.set_place(std::move(key), std::move(place));
    }
    std::vector<ConfigEntry> take_entries() { return std::move(entries_); }
    std::vector<std::string> take_warnings() { return std::move(warnings_); }

private:
    template <class T>
    T read(std::string_view key, const T& fallback);
    void refuse_choice(std::string_view key, std::string_view name,
                       const std::vector<std::string>& names);

    Settings& settings_;
    ProblemList& problems_;
    std::vector<ConfigEntry> entries_;
    std::vector<std::string> warnings_;
};

}  // namespace tallygate::app
