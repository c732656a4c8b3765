#include "bson_view.h"

#include <bit>
#include <cmath>

#include <fmt/format.h>

namespace tallygate::fake_mongod {
namespace {

static_assert(std::endian::native == std::endian::little, "BSON numbers are read as they lie");

constexpr int kDeepest = 100;
constexpr std::string_view kEmptyDocument("\x05\0\0\0\0", 5);

template <class T>
T load(std::string_view bytes) {
    T value{};
    bytes.copy(reinterpret_cast<char*>(&value), sizeof value);
    return value;
}

// The size of something that begins with its length and has `beside` bytes that are not counted.
std::optional<std::size_t> counted_size(std::string_view rest, std::int64_t beside,
                                        std::int64_t least) {
    if (rest.size() < 4) return std::nullopt;
    const std::int64_t length = load<std::int32_t>(rest);
    if (length < least || length + beside > static_cast<std::int64_t>(rest.size()))
        return std::nullopt;
    return static_cast<std::size_t>(length + beside);
}

std::optional<std::size_t> string_size(std::string_view rest) {
    const auto size = counted_size(rest, 4, 1);
    if (!size || rest[*size - 1] != '\0') return std::nullopt;
    return size;
}

// Of a regular expression: two texts that end with a NUL.
std::optional<std::size_t> regex_size(std::string_view rest) {
    const std::size_t first = rest.find('\0');
    if (first == std::string_view::npos) return std::nullopt;
    const std::size_t second = rest.find('\0', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    return second + 1;
}

std::optional<std::size_t> boolean_size(std::string_view rest) {
    if (rest.empty() || static_cast<unsigned char>(rest[0]) > 1) return std::nullopt;
    return 1;
}

// Of a type whose values are all of one size.
std::optional<std::size_t> fixed_size(BsonType type) {
    switch (type) {
        case BsonType::undefined:
        case BsonType::null:
        case BsonType::max_key:
        case BsonType::min_key:
            return 0;
        case BsonType::int32:
            return 4;
        case BsonType::float64:
        case BsonType::date:
        case BsonType::timestamp:
        case BsonType::int64:
            return 8;
        case BsonType::object_id:
            return 12;
        case BsonType::decimal128:
            return 16;
        default:
            return std::nullopt;
    }
}

// The size of the value of this type at the front of `rest`; nothing where it is cut or broken, or
// there is no such type.
std::optional<std::size_t> value_size(BsonType type, std::string_view rest) {
    switch (type) {
        case BsonType::string:
        case BsonType::code:
        case BsonType::symbol:
            return string_size(rest);
        case BsonType::object:
        case BsonType::array:
        case BsonType::scoped_code:
            return counted_size(rest, 0, 5);
        case BsonType::binary:
            return counted_size(rest, 5, 0);
        case BsonType::boolean:
            return boolean_size(rest);
        case BsonType::regex:
            return regex_size(rest);
        case BsonType::db_pointer: {
            const auto text = string_size(rest);
            return text ? std::optional(*text + 12) : std::nullopt;
        }
        default:
            return fixed_size(type);
    }
}

// Takes a field from the front of `rest`; nothing where it is cut or broken.
std::optional<BsonField> take_field(std::string_view& rest) {
    const std::size_t name_end = rest.find('\0', 1);
    if (name_end == std::string_view::npos) return std::nullopt;
    const auto type = static_cast<BsonType>(static_cast<std::uint8_t>(rest[0]));
    const std::string_view after = rest.substr(name_end + 1);
    const auto size = value_size(type, after);
    if (!size || *size > after.size()) return std::nullopt;
    const BsonField field{rest.substr(1, name_end - 1), {type, after.substr(0, *size)}};
    rest = after.substr(*size);
    return field;
}

bool nests(BsonType type) {
    return type == BsonType::object || type == BsonType::array;
}

bool well_formed_at(std::string_view bytes, int depth) {
    if (depth > kDeepest || bytes.size() < 5 || bytes.back() != '\0' ||
        static_cast<std::size_t>(load<std::int32_t>(bytes)) != bytes.size())
        return false;
    std::string_view rest = bytes.substr(4, bytes.size() - 5);
    while (!rest.empty()) {
        const auto field = take_field(rest);
        if (!field) return false;
        if (nests(field->value.type) && !well_formed_at(field->value.bytes, depth + 1))
            return false;
    }
    return true;
}

// Names a type that is not stored and compared; empty for one that is.
std::string unsupported_type(BsonType type) {
    switch (type) {
        case BsonType::undefined:
            return "an undefined";
        case BsonType::regex:
            return "a regular expression";
        case BsonType::db_pointer:
            return "a pointer into a database";
        case BsonType::code:
        case BsonType::scoped_code:
            return "a piece of code";
        case BsonType::symbol:
            return "a symbol";
        case BsonType::timestamp:
            return "a timestamp";
        case BsonType::decimal128:
            return "a decimal128";
        case BsonType::max_key:
            return "the largest key";
        case BsonType::min_key:
            return "the smallest key";
        default:
            return {};
    }
}

}  // namespace

bool BsonValue::is_number() const {
    return type == BsonType::int32 || type == BsonType::int64 || type == BsonType::float64;
}

double BsonValue::number() const {
    if (type == BsonType::float64) return load<double>(bytes);
    return static_cast<double>(integer().value_or(0));
}

std::optional<std::int64_t> BsonValue::integer() const {
    if (type == BsonType::int32) return load<std::int32_t>(bytes);
    if (type == BsonType::int64) return load<std::int64_t>(bytes);
    if (type != BsonType::float64) return std::nullopt;
    const double value = load<double>(bytes);
    if (!(std::abs(value) < 0x1p63) || std::trunc(value) != value) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

bool BsonValue::truth() const {
    if (type == BsonType::boolean) return bytes[0] != '\0';
    return is_number() && number() != 0;
}

std::string_view BsonValue::text() const {
    return type == BsonType::string ? bytes.substr(4, bytes.size() - 5) : std::string_view();
}

BsonView BsonValue::fields() const {
    return nests(type) ? BsonView(bytes) : BsonView();
}

bool well_formed(std::string_view bytes) {
    return well_formed_at(bytes, 1);
}

BsonView::BsonView() : bytes_(kEmptyDocument) {}

BsonView::Iterator BsonView::begin() const {
    return Iterator(bytes_.substr(4, bytes_.size() - 5));
}

void BsonView::Iterator::take() {
    const auto field = rest_.empty() ? std::nullopt : take_field(rest_);
    at_end_ = !field.has_value();
    if (field) field_ = *field;
}

std::optional<BsonValue> BsonView::find(std::string_view name) const {
    for (const BsonField& field : *this) {
        if (field.name == name) return field.value;
    }
    return std::nullopt;
}

std::optional<std::string> unsupported(BsonView document) {
    for (const auto& [name, value] : document) {
        if (const std::string type = unsupported_type(value.type); !type.empty())
            return fmt::format("{} is {}", name, type);
        if (value.type == BsonType::float64 && std::isnan(value.number()))
            return fmt::format("{} is NaN", name);
        if (!nests(value.type)) continue;
        if (const auto inside = unsupported(value.fields()))
            return fmt::format("{}.{}", name, *inside);
    }
    return std::nullopt;
}

}  // namespace tallygate::fake_mongod
