// The documents of one collection, in memory.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "failure.h"
#include "filter.h"
#include "index.h"
#include "sort_order.h"

namespace tallygate::fake_mongod {

// Copying shares the documents, so a snapshot costs what the indexes take. One thread at a time.
class Collection {
public:
    // `name` is "database.collection", for the texts of errors.
    explicit Collection(std::string name);

    // Each changes all or nothing; DuplicateKey where a unique index, as that of `_id`, holds the
    // key already. `document` has an `_id`.
    Outcome<void> insert(const Document& document);
    Outcome<void> replace(Position position, const Document& document);
    void erase(Position position);

    // Up to `most` documents that match, in order, by way of an index where one fits. Fails where
    // the filter or the order meets an array that it cannot look into.
    Outcome<std::vector<Position>> find(const Filter& filter, const SortOrder& order,
                                        std::size_t most) const;
    const Document& at(Position position) const { return documents_.at(position); }
    std::size_t size() const { return documents_.size(); }

    const std::vector<Index>& indexes() const { return indexes_; }
    // False where an index with this name and these paths is there already. Fails where it is there
    // otherwise, or where documents already there are in its way.
    Outcome<bool> create_index(const IndexSpec& spec);

private:
    struct Scan {
        const Index* index = nullptr;  // none: over all documents
        std::string from, to;
        bool in_order = false;  // the documents come as the sort wants them
        bool backwards = false;
        int worth = 0;
    };
    Outcome<std::vector<std::string>> keys(const Document& document,
                                           std::optional<Position> own) const;
    Scan choose(const Filter& filter, const SortOrder& order) const;
    static Scan scan_of(const Index& index, const Filter& filter, const SortOrder& order);
    template <class Visit>
    void visit(const Scan& scan, Visit visit) const;

    std::string name_;
    Position next_ = 0;
    std::map<Position, Document> documents_;
    std::vector<Index> indexes_;  // that of _id first
};

}  // namespace tallygate::fake_mongod
