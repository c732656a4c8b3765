// In which order documents come: {user: 1, n: -1}.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "bson_view.h"
#include "failure.h"

namespace tallygate::fake_mongod {

struct SortField {
    std::string path;
    bool descending = false;
};

// Any number of fields and paths; none leaves the order open. A field that is an array is BadValue.
// A value.
class SortOrder {
public:
    SortOrder() = default;
    static Outcome<SortOrder> parse(BsonView sort);

    const std::vector<SortField>& fields() const { return fields_; }
    // Texts that compare as the documents do.
    Outcome<std::string> key(BsonView document) const;
    // Sorts `items` by `document_of(item)`; what compares equal keeps its order.
    template <class Item, class DocumentOf>
    Outcome<void> sort(std::vector<Item>& items, DocumentOf document_of) const;

private:
    std::vector<SortField> fields_;
};

template <class Item, class DocumentOf>
Outcome<void> SortOrder::sort(std::vector<Item>& items, DocumentOf document_of) const {
    if (fields_.empty()) return {};
    std::vector<std::pair<std::string, std::size_t>> keyed;
    keyed.reserve(items.size());
    for (const Item& item : items) {
        auto item_key = key(view_of(document_of(item)));
        if (!item_key) return std::unexpected(item_key.error());
        keyed.emplace_back(std::move(*item_key), keyed.size());
    }
    std::ranges::sort(keyed);
    std::vector<Item> sorted;
    sorted.reserve(items.size());
    for (const auto& [item_key, index] : keyed)
        sorted.push_back(std::move(items[index]));
    items = std::move(sorted);
    return {};
}

}  // namespace tallygate::fake_mongod
