#include "store/mongo/bson_writer.h"

namespace tallygate::store {

BsonWriter& BsonWriter::text(const char* name, std::string_view value) {
    const char* const bytes = value.data();
    const auto size = value.size();
    if (bson_utf8_validate(bytes, size, true)) {
        bson_append_utf8(document_, name, -1, bytes, static_cast<int>(size));
    } else {
        bson_append_binary(document_, name, -1, BSON_SUBTYPE_BINARY,
                           reinterpret_cast<const std::uint8_t*>(bytes),
                           static_cast<std::uint32_t>(size));
    }
    return *this;
}

BsonWriter& BsonWriter::whole(const char* name, std::int64_t value) {
    bson_append_int64(document_, name, -1, value);
    return *this;
}

BsonWriter& BsonWriter::real(const char* name, double value) {
    bson_append_double(document_, name, -1, value);
    return *this;
}

BsonWriter& BsonWriter::truth(const char* name, bool value) {
    bson_append_bool(document_, name, -1, value);
    return *this;
}

BsonWriter& BsonWriter::date(const char* name, Timestamp value) {
    const auto cut = std::chrono::floor<std::chrono::milliseconds>(value);
    bson_append_date_time(document_, name, -1, cut.time_since_epoch().count());
    return *this;
}

BsonWriter& BsonWriter::null(const char* name) {
    bson_append_null(document_, name, -1);
    return *this;
}

BsonWriter& BsonWriter::value(const char* name, const bson_value_t& value) {
    bson_append_value(document_, name, -1, &value);
    return *this;
}

BsonWriter& BsonWriter::whole_document(const char* name, const Bson& document) {
    bson_append_document(document_, name, -1, document.get());
    return *this;
}

}  // namespace tallygate::store
