// Builds JSON text piece by piece.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace tallygate {

// Writes compact JSON. Numbers come out as people write them (91.00, never 9.1E1), strings escaped
// and, where they are not UTF-8, with each bad byte as U+FFFD. The caller keeps the nesting right:
//
//     JsonWriter json;
//     json.begin_object().key("user_id").value(id).key("success_rate").decimal(9167,
//     2).end_object();
//
// A value: one thread, copied freely.
class JsonWriter {
public:
    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();
    JsonWriter& key(std::string_view name);

    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(bool flag);
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    JsonWriter& value(T number) {
        return integer(static_cast<std::int64_t>(number));
    }
    JsonWriter& null();
    // unscaled / 10^digits with all its digits: decimal(9100, 2) is 91.00.
    JsonWriter& decimal(std::int64_t unscaled, int digits);

    // `key(name)` and then the value, for the common case.
    template <class T>
    JsonWriter& member(std::string_view name, const T& content) {
        return key(name).value(content);
    }

    const std::string& text() const { return text_; }
    std::string take() { return std::move(text_); }

private:
    JsonWriter& integer(std::int64_t number);
    void separate();

    std::string text_;
    bool needs_comma_ = false;
};

// Appends `text` to `out` in quotes, escaped as JSON.
void append_json_string(std::string& out, std::string_view text);

}  // namespace tallygate
