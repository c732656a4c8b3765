#include "comparison.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

namespace tallygate::fake_mongod {
namespace {

// The order of types. Each is above 0, which ends an object, and below 0xff.
char rank(BsonType type) {
    switch (type) {
        case BsonType::null:
            return 5;
        case BsonType::int32:
        case BsonType::int64:
        case BsonType::float64:
            return 10;
        case BsonType::string:
            return 15;
        case BsonType::object:
            return 20;
        case BsonType::array:
            return 25;
        case BsonType::binary:
            return 30;
        case BsonType::object_id:
            return 35;
        case BsonType::boolean:
            return 40;
        case BsonType::date:
            return 45;
        default:
            return 50;  // not reached: unsupported() keeps other types out
    }
}

template <class T>
void append_big_endian(std::string& key, T number) {
    for (int shift = 8 * (sizeof number - 1); shift >= 0; shift -= 8)
        key += static_cast<char>(number >> shift);
}

void append_double(std::string& key, double number) {
    constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
    const auto bits = std::bit_cast<std::uint64_t>(number + 0.0);  // makes -0 a 0
    append_big_endian(key, (bits & kSign) != 0 ? ~bits : bits | kSign);
}

// The largest double that is not above `number`.
double double_below(std::int64_t number) {
    const auto nearest = static_cast<double>(number);
    const bool above = nearest >= 0x1p63 || static_cast<std::int64_t>(nearest) > number;
    return above ? std::nextafter(nearest, -std::numeric_limits<double>::infinity()) : nearest;
}

// As a double and what an int64 has above it, which is less than 1024.
void append_number(std::string& key, const BsonValue& value) {
    if (value.type == BsonType::float64) {
        append_double(key, value.number());
        append_big_endian(key, std::uint16_t{0});
        return;
    }
    const std::int64_t whole = value.integer().value_or(0);
    const double below = double_below(whole);
    append_double(key, below);
    append_big_endian(key, static_cast<std::uint16_t>(whole - static_cast<std::int64_t>(below)));
}

// The end is less than anything that could go on.
void append_text(std::string& key, std::string_view text) {
    for (const char c : text) {
        key += c;
        if (c == '\0') key += '\xff';
    }
    key.append(2, '\0');
}

void append_fields(std::string& key, const BsonValue& value) {
    for (const BsonField& field : value.fields()) {
        key += rank(field.value.type);
        if (value.type == BsonType::object) {
            key += field.name;
            key += '\0';
        }
        append_key(key, field.value);
    }
    key += '\0';
}

// MongoDB compares binary by length, then subtype, then content.
void append_binary(std::string& key, std::string_view bytes) {
    append_big_endian(key, static_cast<std::uint32_t>(bytes.size() - 5));
    key += bytes.substr(4);
}

void append_date(std::string& key, std::string_view bytes) {
    std::uint64_t milliseconds = 0;
    bytes.copy(reinterpret_cast<char*>(&milliseconds), sizeof milliseconds);
    append_big_endian(key, milliseconds ^ (std::uint64_t{1} << 63));
}

}  // namespace

void append_key(std::string& key, const BsonValue& value) {
    key += rank(value.type);
    switch (value.type) {
        case BsonType::null:
            return;
        case BsonType::int32:
        case BsonType::int64:
        case BsonType::float64:
            return append_number(key, value);
        case BsonType::string:
            return append_text(key, value.text());
        case BsonType::object:
        case BsonType::array:
            return append_fields(key, value);
        case BsonType::binary:
            return append_binary(key, value.bytes);
        case BsonType::object_id:
        case BsonType::boolean:
            key += value.bytes;
            return;
        case BsonType::date:
            return append_date(key, value.bytes);
        default:
            return;
    }
}

std::string key_of(const BsonValue& value) {
    std::string key;
    append_key(key, value);
    return key;
}

std::string key_of(const std::optional<BsonValue>& value) {
    return key_of(value.value_or(BsonValue{}));
}

Outcome<void> check_path(std::string_view path) {
    for (std::string_view rest = path;;) {
        const std::size_t dot = rest.find('.');
        const std::string_view name = rest.substr(0, dot);
        if (name.empty() || name.starts_with('$'))
            return bad_value(fmt::format("fake_mongod has no path \"{}\"", path));
        if (dot == std::string_view::npos) return {};
        rest = rest.substr(dot + 1);
    }
}

Outcome<std::optional<BsonValue>> value_at(BsonView document, std::string_view path) {
    std::string_view rest = path;
    while (true) {
        const std::size_t dot = rest.find('.');
        const auto value = document.find(rest.substr(0, dot));
        if (dot == std::string_view::npos || !value) return value;
        if (value->type == BsonType::array)
            return bad_value(fmt::format("fake_mongod does not look through arrays: {}", path));
        document = value->fields();
        rest = rest.substr(dot + 1);
    }
}

}  // namespace tallygate::fake_mongod
