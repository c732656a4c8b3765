#include "reports/row_format.h"

#include <algorithm>

#include "base/utf8.h"

namespace tallygate::reports {
namespace {

constexpr int kMicrosDigits = 3;  // of a millisecond

void write_list(JsonWriter& json, std::span<const std::string> values) {
    json.begin_array();
    for (const std::string& value : values) {
        json.value(value);
    }
    json.end_array();
}

void write_list(JsonWriter& json, std::span<const NamedTotals> values) {
    json.begin_array();
    for (const NamedTotals& row : values) {
        json.begin_object().member("name", row.name).member("operations", row.operations);
        json.member("tokens", row.tokens).end_object();
    }
    json.end_array();
}

template <class T>
std::string list_text(std::span<const T> values) {
    JsonWriter json;
    write_list(json, values);
    return json.take();
}

// A cell that begins so is a formula to a spreadsheet.
bool looks_like_a_formula(std::string_view text) {
    return !text.empty() &&
           std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
}

void append_cell(std::string& line, std::string_view text) {
    line += '"';
    if (looks_like_a_formula(text)) line += '\'';
    while (!text.empty()) {
        const std::size_t size = utf8_character(text);
        if (size == 0) {
            line += "\xef\xbf\xbd";  // U+FFFD for a byte that is no text
        } else if (text.front() == '"') {
            line += "\"\"";
        } else {
            line += text.substr(0, size);
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    line += '"';
}

}  // namespace

void JsonRow::text(std::string_view name, std::string_view value) {
    json_.member(name, value);
}

void JsonRow::known_text(std::string_view name, std::string_view value) {
    json_.key(name);
    value.empty() ? json_.null() : json_.value(value);
}

void JsonRow::number(std::string_view name, const std::optional<std::int64_t>& value) {
    json_.key(name);
    value ? json_.value(*value) : json_.null();
}

void JsonRow::milliseconds(std::string_view name,
                           const std::optional<std::chrono::microseconds>& value) {
    json_.key(name);
    value ? json_.decimal(value->count(), kMicrosDigits) : json_.null();
}

void JsonRow::flag(std::string_view name, bool value) {
    json_.member(name, value);
}

void JsonRow::list(std::string_view name, std::span<const std::string> values) {
    write_list(json_.key(name), values);
}
void JsonRow::list(std::string_view name, std::span<const NamedTotals> values) {
    write_list(json_.key(name), values);
}

std::string JsonRow::take() {
    json_.end_object();
    return json_.take() + '\n';
}

std::string& CsvRow::next_cell() {
    if (!is_first_) line_ += ',';
    is_first_ = false;
    return line_;
}

void CsvRow::text(std::string_view, std::string_view value) {
    append_cell(next_cell(), value);
}

void CsvRow::known_text(std::string_view, std::string_view value) {
    std::string& line = next_cell();
    if (!value.empty()) append_cell(line, value);
}

void CsvRow::number(std::string_view, const std::optional<std::int64_t>& value) {
    std::string& line = next_cell();
    if (value) line += std::to_string(*value);
}

void CsvRow::milliseconds(std::string_view, const std::optional<std::chrono::microseconds>& value) {
    std::string& line = next_cell();
    if (value) line += JsonWriter().decimal(value->count(), kMicrosDigits).text();
}

void CsvRow::flag(std::string_view, bool value) {
    next_cell() += value ? "true" : "false";
}

void CsvRow::list(std::string_view, std::span<const std::string> values) {
    append_cell(next_cell(), list_text(values));
}
void CsvRow::list(std::string_view, std::span<const NamedTotals> values) {
    append_cell(next_cell(), list_text(values));
}

std::string CsvRow::take() {
    return std::move(line_) + "\r\n";
}

void CsvNames::add(std::string_view name) {
    if (!line_.empty()) line_ += ',';
    line_ += name;
}

}  // namespace tallygate::reports
