// Single values of the configuration and where each came from, before anything is made of them.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tallygate::app {

// The names from the outside in: {"upstream", "app", "url"}. Of a list of tables, the second is its
// number: {"route", "1", "match"}.
using KeyPath = std::vector<std::string>;

// As people write it: upstream.app.url, tiers."pro plan".tokens_per_month, route[1].match.
std::string key_text(const KeyPath& path);
// `name` behind `parent`, as key_text has it.
std::string child_key(std::string_view parent, std::string_view name);

enum class Source : std::uint8_t { fallback, file, environment, flag };  // later ones win

// Where a value was written.
struct Place {
    Source source = Source::fallback;
    std::string text = "default";  // "tallygate.toml:12", "TALLYGATE_LISTEN", "--listen"

    bool operator==(const Place&) const = default;
};

// What TOML can hold and no key of ours takes, in words: "a date".
struct OtherValue {
    std::string what;

    bool operator==(const OtherValue&) const = default;
};
using SettingValue =
    std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>, OtherValue>;

struct Setting {
    KeyPath path;
    SettingValue value;
    Place place;
};

// A table of the file, `[journal]`; it may hold nothing.
struct Table {
    KeyPath path;
    Place place;
};

struct FileContent {
    std::vector<Setting> settings;
    std::vector<Table> tables;
};

// The value of each key, by key_text. One thread.
class Settings {
public:
    // Replaces a value from a weaker source.
    void set(Setting setting);
    void add(const Table& table);

    const Setting* find(std::string_view key) const;
    // The names behind `parent` (upstream: app, openai), in order; numbers in theirs.
    std::vector<std::string> names_under(std::string_view parent) const;
    // Where `key` was written, else the table that would hold it.
    Place place_of(std::string_view key) const;
    // From now on place_of knows `key` too.
    void set_place(std::string key, Place place);

private:
    // Remembers the names of a table and of those around it; its key.
    std::string note_names(std::span<const std::string> path);

    std::map<std::string, Setting, std::less<>> settings_;
    std::map<std::string, std::vector<std::string>, std::less<>> names_;
    std::map<std::string, Place, std::less<>> places_;
};

// What is wrong, one line a key.
class ProblemList {
public:
    explicit ProblemList(const Settings& settings) : settings_(settings) {}

    // `text` says what and the mend. Of one key only the first problem is kept, and what is missing
    // from a table is no problem beside an unknown key there: that may be the one.
    void add(std::string_view key, std::string_view text);
    // The same for "KEY: text".
    void add_line(std::string_view line);
    void add_at(const Place& place, std::string_view key, std::string_view text);
    void add_unknown(const Place& place, std::string_view key, std::string_view text);

    // Whether a key in `table` has a problem.
    bool has_in(std::string_view table) const;

    bool has(std::string_view key) const;
    bool empty() const { return lines_.empty(); }
    // Joined by line breaks.
    std::string text() const;

private:
    static bool is_any_in(std::string_view table, const std::vector<std::string>& keys);

    const Settings& settings_;
    std::vector<std::string> keys_;
    std::vector<std::string> unknown_;
    std::vector<std::string> lines_;
};

}  // namespace tallygate::app
