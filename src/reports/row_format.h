// One exported row as a line of JSON or CSV. All of these take the same calls, one for each column,
// in order.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "usage/totals.h"

namespace tallygate::reports {

// {"name":value,…}
class JsonRow {
public:
    JsonRow() { json_.begin_object(); }

    void text(std::string_view name, std::string_view value);
    void known_text(std::string_view name, std::string_view value);  // empty: not known
    void number(std::string_view name, const std::optional<std::int64_t>& value);
    // Microseconds as milliseconds with three decimals.
    void milliseconds(std::string_view name, const std::optional<std::chrono::microseconds>& value);
    void flag(std::string_view name, bool value);
    void list(std::string_view name, std::span<const std::string> values);
    void list(std::string_view name, std::span<const NamedTotals> values);

    // The line, its end included.
    std::string take();

private:
    JsonWriter json_;
};

// "text",12,3.500,true, and lists as JSON in a text.
class CsvRow {
public:
    void text(std::string_view name, std::string_view value);
    void known_text(std::string_view name, std::string_view value);
    void number(std::string_view name, const std::optional<std::int64_t>& value);
    void milliseconds(std::string_view name, const std::optional<std::chrono::microseconds>& value);
    void flag(std::string_view name, bool value);
    void list(std::string_view name, std::span<const std::string> values);
    void list(std::string_view name, std::span<const NamedTotals> values);

    std::string take();

private:
    std::string& next_cell();

    std::string line_;
    bool is_first_ = true;
};

// The line of names above the rows of a CSV file.
class CsvNames {
public:
    template <class T>
    void text(std::string_view name, const T&) {
        add(name);
    }
    template <class T>
    void known_text(std::string_view name, const T&) {
        add(name);
    }
    template <class T>
    void number(std::string_view name, const T&) {
        add(name);
    }
    template <class T>
    void milliseconds(std::string_view name, const T&) {
        add(name);
    }
    void flag(std::string_view name, bool) { add(name); }
    template <class T>
    void list(std::string_view name, const T&) {
        add(name);
    }

    std::string take() { return std::move(line_) + "\r\n"; }

private:
    void add(std::string_view name);

    std::string line_;
};

}  // namespace tallygate::reports
