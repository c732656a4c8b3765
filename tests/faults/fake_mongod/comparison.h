// MongoDB's order of values, as an order of texts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bson_view.h"
#include "failure.h"

namespace tallygate::fake_mongod {

// Texts that compare, byte by byte, as MongoDB compares the values: null < numbers < strings <
// objects < arrays < binary < ObjectId < bool < date; numbers by value whatever their type. Equal
// texts mean equal values. No text is the beginning of another one, so texts of several values
// in a row compare as the rows do, and with all their bits turned they compare the other way round.
void append_key(std::string& key, const BsonValue& value);
std::string key_of(const BsonValue& value);
// Of a field that is not there: as null, which is how filters, sorts and indexes take it.
std::string key_of(const std::optional<BsonValue>& value);

// Whether the values behind two keys are of types that $lt and its like compare.
inline bool comparable(std::string_view one, std::string_view other) {
    return one.front() == other.front();
}

// Fails with BadValue where a path is none: "", "a..b", "$natural", "a.$".
Outcome<void> check_path(std::string_view path);

// The value at a path like "a.b". Fails with BadValue where an array lies in between: what MongoDB
// would do there is not done here.
Outcome<std::optional<BsonValue>> value_at(BsonView document, std::string_view path);

}  // namespace tallygate::fake_mongod
