#include "app/settings.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json_writer.h"

namespace tallygate::app {
namespace {

bool is_bare(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

bool is_list_of_tables(std::string_view name) {
    return name == "route" || name == "passthrough";
}

}  // namespace

std::string child_key(std::string_view parent, std::string_view name) {
    std::string key(parent);
    if (is_list_of_tables(parent)) return fmt::format("{}[{}]", parent, name);
    if (!key.empty()) key += '.';
    if (is_bare(name)) {
        key += name;
    } else {
        append_json_string(key, name);
    }
    return key;
}

std::string key_text(const KeyPath& path) {
    std::string key;
    for (const std::string& name : path)
        key = child_key(key, name);
    return key;
}

std::string Settings::note_names(std::span<const std::string> path) {
    std::string key;
    for (const std::string& name : path) {
        std::vector<std::string>& names = names_[key];
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
        key = child_key(key, name);
    }
    return key;
}

void Settings::add(const Table& table) {
    places_.insert_or_assign(note_names(table.path), table.place);
}

void Settings::set(Setting setting) {
    const std::string key = key_text(setting.path);
    const auto found = settings_.find(key);
    if (found != settings_.end() && found->second.place.source > setting.place.source) return;
    note_names(std::span(setting.path).first(setting.path.size() - 1));
    places_.insert_or_assign(key, setting.place);
    settings_.insert_or_assign(key, std::move(setting));
}

const Setting* Settings::find(std::string_view key) const {
    const auto found = settings_.find(key);
    return found == settings_.end() ? nullptr : &found->second;
}

std::vector<std::string> Settings::names_under(std::string_view parent) const {
    const auto found = names_.find(parent);
    return found == names_.end() ? std::vector<std::string>() : found->second;
}

Place Settings::place_of(std::string_view key) const {
    for (;;) {
        const auto found = places_.find(key);
        if (found != places_.end()) return found->second;
        const std::size_t dot = key.rfind('.');
        if (dot == std::string_view::npos) return {};
        key = key.substr(0, dot);
    }
}

void Settings::set_place(std::string key, Place place) {
    places_.insert_or_assign(std::move(key), std::move(place));
}

void ProblemList::add(std::string_view key, std::string_view text) {
    const bool is_written = settings_.find(key) != nullptr;
    if (!is_written && is_any_in(key.substr(0, key.rfind('.')), unknown_)) return;
    add_at(settings_.place_of(key), key, text);
}

void ProblemList::add_line(std::string_view line) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) {
        lines_.emplace_back(line);
    } else {
        add(line.substr(0, colon), line.substr(colon + 2));
    }
}

void ProblemList::add_at(const Place& place, std::string_view key, std::string_view text) {
    if (has(key)) return;
    keys_.emplace_back(key);
    switch (place.source) {
        case Source::fallback:
            lines_.push_back(fmt::format("{}: {}", key, text));
            break;
        case Source::file:
            lines_.push_back(fmt::format("{}: {}: {}", place.text, key, text));
            break;
        case Source::environment:
        case Source::flag:
            lines_.push_back(fmt::format("{}: {}", place.text, text));
            break;
    }
}

void ProblemList::add_unknown(const Place& place, std::string_view key, std::string_view text) {
    add_at(place, key, text);
    unknown_.emplace_back(key);
}

bool ProblemList::is_any_in(std::string_view table, const std::vector<std::string>& keys) {
    return std::ranges::any_of(keys, [table](std::string_view key) {
        return key.size() > table.size() && key.starts_with(table) && key[table.size()] == '.';
    });
}

bool ProblemList::has_in(std::string_view table) const {
    return is_any_in(table, keys_);
}

bool ProblemList::has(std::string_view key) const {
    return std::ranges::find(keys_, key) != keys_.end();
}

std::string ProblemList::text() const {
    return fmt::format("{}", fmt::join(lines_, "\n"));
}

}  // namespace tallygate::app
