#include "bson_writer.h"

#include <cstring>
#include <utility>

namespace tallygate::fake_mongod {
namespace {

template <class T>
std::string_view bytes_of(const T& number) {
    return {reinterpret_cast<const char*>(&number), sizeof number};
}

}  // namespace

BsonWriter& BsonWriter::add_raw(BsonType type, std::string_view name, std::string_view value) {
    bytes_ += static_cast<char>(type);
    bytes_ += name;
    bytes_ += '\0';
    bytes_ += value;
    return *this;
}

BsonWriter& BsonWriter::add(std::string_view name, const BsonValue& value) {
    return add_raw(value.type, name, value.bytes);
}

BsonWriter& BsonWriter::add(std::string_view name, BsonView object) {
    return add_raw(BsonType::object, name, object.bytes());
}

BsonWriter& BsonWriter::add(std::string_view name, std::string_view text) {
    const auto length = static_cast<std::int32_t>(text.size() + 1);
    add_raw(BsonType::string, name, bytes_of(length));
    bytes_ += text;
    bytes_ += '\0';
    return *this;
}

BsonWriter& BsonWriter::add(std::string_view name, double number) {
    return add_raw(BsonType::float64, name, bytes_of(number));
}

BsonWriter& BsonWriter::add_int32(std::string_view name, std::int32_t number) {
    return add_raw(BsonType::int32, name, bytes_of(number));
}

BsonWriter& BsonWriter::add_int64(std::string_view name, std::int64_t number) {
    return add_raw(BsonType::int64, name, bytes_of(number));
}

BsonWriter& BsonWriter::add_date(std::string_view name, std::int64_t milliseconds) {
    return add_raw(BsonType::date, name, bytes_of(milliseconds));
}

BsonWriter& BsonWriter::add_object_id(std::string_view name, std::string_view twelve_bytes) {
    return add_raw(BsonType::object_id, name, twelve_bytes);
}

BsonWriter& BsonWriter::add_all(BsonView document) {
    bytes_ += document.bytes().substr(4, document.bytes().size() - 5);
    return *this;
}

BsonWriter& BsonWriter::open(BsonType type, std::string_view name) {
    add_raw(type, name, {});
    begin();
    return *this;
}

void BsonWriter::begin() {
    open_.push_back(bytes_.size());
    bytes_.append(4, '\0');
}

BsonWriter& BsonWriter::end() {
    bytes_ += '\0';
    const auto length = static_cast<std::int32_t>(bytes_.size() - open_.back());
    std::memcpy(bytes_.data() + open_.back(), &length, sizeof length);
    open_.pop_back();
    return *this;
}

std::string BsonWriter::take() {
    end();
    return std::move(bytes_);
}

}  // namespace tallygate::fake_mongod
