#include "store/mongo/bson_reader.h"

#include <cmath>

namespace tallygate::store {

BsonReader::BsonReader(const bson_t& document)
    : BsonReader(bson_get_data(&document), document.len) {}

BsonReader::BsonReader(const std::uint8_t* data, std::uint32_t size) : data_(data), size_(size) {
    rewind();
}

void BsonReader::rewind() {
    if (!bson_iter_init_from_data(&place_, data_, size_)) size_ = 0;
}

// Behind the field that was found last at first, then from the beginning.
bool BsonReader::find(const char* name) {
    if (size_ == 0) return false;
    if (bson_iter_find(&place_, name)) return true;
    rewind();
    if (size_ > 0 && bson_iter_find(&place_, name)) return true;
    rewind();
    return false;
}

std::optional<std::string> BsonReader::text_at(const bson_iter_t& place) {
    std::uint32_t size = 0;
    if (BSON_ITER_HOLDS_UTF8(&place)) {
        const char* text = bson_iter_utf8(&place, &size);
        return std::string(text, size);
    }
    if (BSON_ITER_HOLDS_BINARY(&place)) {
        bson_subtype_t subtype{};
        const std::uint8_t* bytes = nullptr;
        bson_iter_binary(&place, &subtype, &size, &bytes);
        return std::string(reinterpret_cast<const char*>(bytes), size);
    }
    return std::nullopt;
}

std::optional<std::string> BsonReader::find_text(const char* name) {
    return find(name) ? text_at(place_) : std::nullopt;
}

std::optional<std::int64_t> BsonReader::find_whole(const char* name) {
    if (!find(name)) return std::nullopt;
    if (BSON_ITER_HOLDS_INT64(&place_)) return bson_iter_int64(&place_);
    if (BSON_ITER_HOLDS_INT32(&place_)) return bson_iter_int32(&place_);
    if (!BSON_ITER_HOLDS_DOUBLE(&place_)) return std::nullopt;
    const double value = bson_iter_double(&place_);
    constexpr double kExact = 9007199254740992.0;
    if (std::trunc(value) != value || std::abs(value) > kExact) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

std::optional<double> BsonReader::find_real(const char* name) {
    if (!find(name)) return std::nullopt;
    if (BSON_ITER_HOLDS_DOUBLE(&place_)) return bson_iter_double(&place_);
    if (BSON_ITER_HOLDS_INT64(&place_)) return static_cast<double>(bson_iter_int64(&place_));
    if (BSON_ITER_HOLDS_INT32(&place_)) return bson_iter_int32(&place_);
    return std::nullopt;
}

std::optional<Timestamp> BsonReader::find_date(const char* name) {
    if (!find(name) || !BSON_ITER_HOLDS_DATE_TIME(&place_)) return std::nullopt;
    constexpr std::int64_t kFar = INT64_MAX / 1'000;  // far beyond any date that is one
    const std::int64_t millis = bson_iter_date_time(&place_);
    if (millis > kFar || millis < -kFar) return std::nullopt;
    return Timestamp{std::chrono::milliseconds{millis}};
}

bool BsonReader::truth(const char* name) {
    return find(name) && BSON_ITER_HOLDS_BOOL(&place_) && bson_iter_bool(&place_);
}

std::optional<BsonReader> BsonReader::document(const char* name) {
    if (!find(name) || !BSON_ITER_HOLDS_DOCUMENT(&place_)) return std::nullopt;
    const std::uint8_t* data = nullptr;
    std::uint32_t size = 0;
    bson_iter_document(&place_, &size, &data);
    return BsonReader(data, size);
}

bool BsonReader::enter_list(const char* name, bson_iter_t& element) {
    return find(name) && BSON_ITER_HOLDS_ARRAY(&place_) && bson_iter_recurse(&place_, &element);
}

void BsonReader::documents(const char* name, const std::function<void(BsonReader&)>& visit) {
    bson_iter_t element;
    if (!enter_list(name, element)) return;
    while (bson_iter_next(&element)) {
        if (!BSON_ITER_HOLDS_DOCUMENT(&element)) continue;
        const std::uint8_t* data = nullptr;
        std::uint32_t size = 0;
        bson_iter_document(&element, &size, &data);
        BsonReader reader(data, size);
        visit(reader);
    }
}

void BsonReader::texts(const char* name, const std::function<void(std::string)>& visit) {
    bson_iter_t element;
    if (!enter_list(name, element)) return;
    while (bson_iter_next(&element)) {
        if (auto text = text_at(element)) visit(std::move(*text));
    }
}

}  // namespace tallygate::store
