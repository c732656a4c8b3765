// Writes BSON documents, and holds them.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bson_view.h"

namespace tallygate::fake_mongod {

// The bytes of a stored document. Shared by the collection, cursors, indexes and snapshots; nobody
// changes it.
using Document = std::shared_ptr<const std::string>;

// Writes one document, field by field. The caller keeps the nesting right:
//
//     BsonWriter reply;
//     reply.begin_object("cursor").add("id", std::int64_t{0}).end().add("ok", 1.0);
//
// A value: one thread, copied freely.
class BsonWriter {
public:
    BsonWriter() { begin(); }

    BsonWriter& add(std::string_view name, const BsonValue& value);
    BsonWriter& add(std::string_view name, BsonView object);
    BsonWriter& add(std::string_view name, std::string_view text);
    BsonWriter& add(std::string_view name, const char* text) {
        return add(name, std::string_view(text));
    }
    BsonWriter& add(std::string_view name, double number);
    template <std::same_as<bool> Flag>
    BsonWriter& add(std::string_view name, Flag flag) {
        return add_raw(BsonType::boolean, name, std::string_view(flag ? "\1" : "\0", 1));
    }
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    BsonWriter& add(std::string_view name, T number) {
        if constexpr (sizeof(T) <= 4 && std::is_signed_v<T>) return add_int32(name, number);
        return add_int64(name, static_cast<std::int64_t>(number));
    }
    BsonWriter& add_date(std::string_view name, std::int64_t milliseconds);
    BsonWriter& add_object_id(std::string_view name, std::string_view twelve_bytes);
    // Every field of `document`.
    BsonWriter& add_all(BsonView document);

    BsonWriter& begin_object(std::string_view name) { return open(BsonType::object, name); }
    BsonWriter& begin_array(std::string_view name) { return open(BsonType::array, name); }
    BsonWriter& end();

    // Bytes written until now.
    std::size_t size() const { return bytes_.size(); }
    // Ends the document and hands it out.
    std::string take();
    Document take_document() { return std::make_shared<const std::string>(take()); }

private:
    BsonWriter& add_raw(BsonType type, std::string_view name, std::string_view value);
    BsonWriter& add_int32(std::string_view name, std::int32_t number);
    BsonWriter& add_int64(std::string_view name, std::int64_t number);
    BsonWriter& open(BsonType type, std::string_view name);
    void begin();

    std::string bytes_;
    std::vector<std::size_t> open_;  // where the documents that have no end yet begin
};

inline BsonView view_of(const Document& document) {
    return BsonView(*document);
}

}  // namespace tallygate::fake_mongod
