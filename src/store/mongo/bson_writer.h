// Documents for the database, written field by field.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <bson/bson.h>

#include "base/utc_time.h"

namespace tallygate::store {

// Appends to a document that outlives it. Names are ours and fields keep their order.
class BsonWriter {
public:
    explicit BsonWriter(bson_t& document) : document_(&document) {}

    // Text that is no UTF-8, which BSON does not take as text, becomes its bytes.
    BsonWriter& text(const char* name, std::string_view value);
    BsonWriter& whole(const char* name, std::int64_t value);  // BSON int64, always
    BsonWriter& real(const char* name, double value);
    BsonWriter& truth(const char* name, bool value);
    // A BSON date has milliseconds: the rest is cut, towards the past.
    BsonWriter& date(const char* name, Timestamp value);
    BsonWriter& null(const char* name);
    BsonWriter& value(const char* name, const bson_value_t& value);
    BsonWriter& whole_document(const char* name, const class Bson& document);

    // Null where nothing is known.
    BsonWriter& text_or_null(const char* name, std::string_view value) {
        return value.empty() ? null(name) : text(name, value);
    }
    BsonWriter& whole_or_null(const char* name, std::optional<std::int64_t> value) {
        return value ? whole(name, *value) : null(name);
    }

    // `fill` gets the writer of the document within.
    template <class Fill>
    BsonWriter& document(const char* name, Fill fill) {
        bson_t child;
        bson_append_document_begin(document_, name, -1, &child);
        BsonWriter writer(child);
        fill(writer);
        bson_append_document_end(document_, &child);
        return *this;
    }
    // `append` gets a writer, the name that the element has in it, and the element.
    template <class Elements, class Append>
    BsonWriter& list(const char* name, const Elements& elements, Append append) {
        bson_t child;
        bson_append_array_begin(document_, name, -1, &child);
        BsonWriter writer(child);
        std::size_t index = 0;
        for (const auto& element : elements)
            append(writer, std::to_string(index++).c_str(), element);
        bson_append_array_end(document_, &child);
        return *this;
    }

private:
    bson_t* document_;
};

// A document of its own.
class Bson {
public:
    Bson() : document_(bson_new()) {}
    // Filled by `fill(writer)`.
    template <class Fill>
    explicit Bson(Fill fill) : Bson() {
        BsonWriter writer(*get());
        fill(writer);
    }

    BsonWriter writer() { return BsonWriter(*get()); }
    const bson_t* get() const { return document_.get(); }
    bson_t* get() { return document_.get(); }
    std::size_t size() const { return document_->len; }

private:
    struct Destroy {
        void operator()(bson_t* document) const { bson_destroy(document); }
    };
    std::unique_ptr<bson_t, Destroy> document_;
};

// What a function of the driver fills in.
class BsonReply {
public:
    BsonReply() { bson_init(&document_); }
    BsonReply(const BsonReply&) = delete;
    BsonReply& operator=(const BsonReply&) = delete;
    ~BsonReply() { bson_destroy(&document_); }

    // For a function that makes the document anew.
    bson_t* out() {
        bson_destroy(&document_);
        return &document_;
    }
    const bson_t& get() const { return document_; }

private:
    bson_t document_{};
};

}  // namespace tallygate::store
