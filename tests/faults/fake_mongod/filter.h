// Which documents a command means: {user: "a", n: {$lt: 5}}.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bson_view.h"
#include "failure.h"

namespace tallygate::fake_mongod {

// Equality, $eq $ne $gt $gte $lt $lte $in $exists on fields and paths like "a.b"; $and and $or of
// filters. Compares as MongoDB does: null is a missing field too, $lt and its like compare values
// of one kind only, a field that is an array matches where one of its elements does. Any other
// operator, and a path through an array, is BadValue.
//
// Points into the document that it was parsed from. A value.
class Filter {
public:
    Filter() = default;  // matches everything
    static Outcome<Filter> parse(BsonView filter);

    Outcome<bool> matches(BsonView document) const;

    // What a match must have at `path`, as keys (comparison.h) and loosely: a match has all of it,
    // but not all that has it matches.
    struct Demand {
        std::optional<std::string> equal, at_least, at_most;
    };
    Demand demand(std::string_view path) const;

    // The fields that must equal a value, in their order: those that an upsert begins with.
    std::vector<BsonField> equalities() const;

private:
    enum class Operator : std::uint8_t { eq, ne, gt, gte, lt, lte, in, exists, any_of };
    struct Condition {
        Operator op = Operator::eq;
        std::string_view path;
        BsonValue operand;
        std::vector<std::string> keys;  // of the operand, or of each element of that of $in
        std::vector<Filter> branches;   // of $or
    };

    Outcome<void> add(const BsonField& field);
    Outcome<void> add_all_of(const BsonValue& filters);
    Outcome<void> add_any_of(const BsonValue& filters);
    Outcome<void> add_operator(std::string_view path, const BsonField& named);
    static Outcome<bool> holds(const Condition& condition, BsonView document);
    static bool accepts(const Condition& condition, const BsonValue& value);
    static bool accepts_key(const Condition& condition, std::string_view key);

    std::vector<Condition> conditions_;  // all must hold
};

}  // namespace tallygate::fake_mongod
