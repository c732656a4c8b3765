// Documents of the database, read field by field.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <bson/bson.h>

#include "base/utc_time.h"

namespace tallygate::store {

// Reads a document that outlives it. Anybody may have written that: a field that is missing or of
// another type reads as nothing. Cheapest where fields are asked for in the order they stand in.
class BsonReader {
public:
    explicit BsonReader(const bson_t& document);

    bool has(const char* name) { return find(name); }
    std::optional<std::string> find_text(const char* name);
    std::optional<std::int64_t> find_whole(const char* name);  // also a double that is whole
    std::optional<double> find_real(const char* name);         // also a whole number
    std::optional<Timestamp> find_date(const char* name);

    std::string text(const char* name) { return find_text(name).value_or(""); }
    std::int64_t whole(const char* name) { return find_whole(name).value_or(0); }
    bool truth(const char* name);

    // The document within; nothing where there is none. Lives as long as this one's document.
    std::optional<BsonReader> document(const char* name);
    // Calls `visit` for each document of a list, and for each text of one.
    void documents(const char* name, const std::function<void(BsonReader&)>& visit);
    void texts(const char* name, const std::function<void(std::string)>& visit);

private:
    BsonReader(const std::uint8_t* data, std::uint32_t size);
    void rewind();
    bool find(const char* name);
    bool enter_list(const char* name, bson_iter_t& element);
    static std::optional<std::string> text_at(const bson_iter_t& place);

    bson_iter_t place_{};  // of the field that was found last
    const std::uint8_t* data_;
    std::uint32_t size_;
};

}  // namespace tallygate::store
