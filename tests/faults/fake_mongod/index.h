// An index of a collection: finds documents by their fields, and keeps them unique.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bson_view.h"
#include "failure.h"

namespace tallygate::fake_mongod {

// Where a document is in its collection; grows with every insert.
using Position = std::uint64_t;

struct IndexSpec {
    std::string name;
    std::vector<std::string> paths;
    bool unique = false;
    Document listed;  // as listIndexes answers

    // From an element of createIndexes' `indexes`. Options that would change what a command does
    // are BadValue.
    static Outcome<IndexSpec> parse(BsonView spec);
    // {_id: 1}
    static IndexSpec of_id();
};

// Sorted by the keys of its paths (comparison.h), always ascending: a direction matters to nobody
// here. Copied with its collection. One thread at a time.
class Index {
public:
    explicit Index(IndexSpec spec) : spec_(std::move(spec)) {}

    const IndexSpec& spec() const { return spec_; }
    // What the index holds for a document. Fails with BadValue where a field is an array.
    Outcome<std::string> key(BsonView document) const;
    // Whether another document than that at `own` has this key, and may not.
    bool is_taken(const std::string& key, std::optional<Position> own) const;
    void add(const std::string& key, Position position);
    void remove(const std::string& key, Position position);
    // DuplicateKey as MongoDB words it.
    Failure duplicate(std::string_view collection, BsonView document) const;

    const std::map<std::string, Position, std::less<>>& entries() const { return entries_; }

private:
    std::string entry(const std::string& key, Position position) const;

    IndexSpec spec_;
    // By key; where keys may repeat the position is behind them, so that entries differ.
    std::map<std::string, Position, std::less<>> entries_;
};

}  // namespace tallygate::fake_mongod
