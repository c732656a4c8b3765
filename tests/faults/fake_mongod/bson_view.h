// Reads BSON where it lies, without copying it.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace tallygate::fake_mongod {

// fake_mongod stores and compares those without a remark; unsupported() finds the others.
enum class BsonType : std::uint8_t {
    float64 = 1,
    string = 2,
    object = 3,
    array = 4,
    binary = 5,
    undefined = 6,  // unsupported
    object_id = 7,
    boolean = 8,
    date = 9,
    null = 10,
    regex = 11,        // unsupported
    db_pointer = 12,   // unsupported
    code = 13,         // unsupported
    symbol = 14,       // unsupported
    scoped_code = 15,  // unsupported
    int32 = 16,
    timestamp = 17,  // unsupported
    int64 = 18,
    decimal128 = 19,  // unsupported
    max_key = 127,    // unsupported
    min_key = 255,    // unsupported
};

class BsonView;

// A value inside of a document that outlives it.
struct BsonValue {
    BsonType type = BsonType::null;
    std::string_view bytes;  // as the document holds them, behind the type and the name

    bool is_number() const;
    double number() const;                        // of a number
    std::optional<std::int64_t> integer() const;  // of a number of any type that is a whole one
    bool truth() const;             // as commands take flags: true, or a number other than 0
    std::string_view text() const;  // of a string; empty for other types
    BsonView fields() const;        // of an object or an array; none for other types
};

struct BsonField {
    std::string_view name;
    BsonValue value;
};

// Whether `bytes` are one whole document, and each document in it too, nested at most 100 deep.
// Knows the sizes of all BSON types.
bool well_formed(std::string_view bytes);

// A document as a range of its fields. The bytes must be well formed and outlive it. A value.
class BsonView {
public:
    class Iterator {
    public:
        using value_type = BsonField;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        explicit Iterator(std::string_view rest) : rest_(rest) { take(); }
        const BsonField& operator*() const { return field_; }
        const BsonField* operator->() const { return &field_; }
        Iterator& operator++() {
            take();
            return *this;
        }
        void operator++(int) { take(); }
        bool operator==(std::default_sentinel_t) const { return at_end_; }

    private:
        void take();

        std::string_view rest_;
        BsonField field_;
        bool at_end_ = true;
    };

    BsonView();  // of an empty document
    explicit BsonView(std::string_view bytes) : bytes_(bytes) {}

    Iterator begin() const;
    static std::default_sentinel_t end() { return {}; }
    bool empty() const { return bytes_.size() <= 5; }
    std::string_view bytes() const { return bytes_; }
    std::optional<BsonValue> find(std::string_view name) const;

private:
    std::string_view bytes_;
};

// What in `document` has a type, or is a number, that fake_mongod does not store and compare, as
// "a.b is a decimal128"; nothing where all is well.
std::optional<std::string> unsupported(BsonView document);

}  // namespace tallygate::fake_mongod
