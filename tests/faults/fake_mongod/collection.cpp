#include "collection.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include <fmt/format.h>

namespace tallygate::fake_mongod {

Collection::Collection(std::string name) : name_(std::move(name)) {
    indexes_.emplace_back(IndexSpec::of_id());
}

// The keys of a document in all indexes, none of them taken by another document than `own`.
Outcome<std::vector<std::string>> Collection::keys(const Document& document,
                                                   std::optional<Position> own) const {
    std::vector<std::string> keys;
    for (const Index& index : indexes_) {
        auto key = index.key(view_of(document));
        if (!key) return std::unexpected(key.error());
        if (index.is_taken(*key, own))
            return std::unexpected(index.duplicate(name_, view_of(document)));
        keys.push_back(std::move(*key));
    }
    return keys;
}

Outcome<void> Collection::insert(const Document& document) {
    const auto new_keys = keys(document, std::nullopt);
    if (!new_keys) return std::unexpected(new_keys.error());
    const Position position = next_++;
    for (std::size_t i = 0; i < indexes_.size(); ++i)
        indexes_[i].add((*new_keys)[i], position);
    documents_.emplace_hint(documents_.end(), position, document);
    return {};
}

Outcome<void> Collection::replace(Position position, const Document& document) {
    const auto new_keys = keys(document, position);
    if (!new_keys) return std::unexpected(new_keys.error());
    Document& place = documents_.at(position);
    for (std::size_t i = 0; i < indexes_.size(); ++i) {
        indexes_[i].remove(*indexes_[i].key(view_of(place)), position);
        indexes_[i].add((*new_keys)[i], position);
    }
    place = document;
    return {};
}

void Collection::erase(Position position) {
    const auto found = documents_.find(position);
    for (Index& index : indexes_)
        index.remove(*index.key(view_of(found->second)), position);
    documents_.erase(found);
}

Outcome<bool> Collection::create_index(const IndexSpec& spec) {
    for (const Index& there : indexes_) {
        const bool same_key = view_of(there.spec().listed).find("key")->bytes ==
                              view_of(spec.listed).find("key")->bytes;
        const bool same_name = there.spec().name == spec.name;
        if (same_key && (there.spec().unique == spec.unique || &there == &indexes_.front()) &&
            same_name)
            return false;
        if (same_name) {
            return fail_with(code::kIndexKeySpecsConflict,
                             fmt::format("there is another index {} already", spec.name));
        }
        if (same_key) {
            return fail_with(code::kIndexOptionsConflict,
                             fmt::format("the index {} has this key already", there.spec().name));
        }
    }
    Index index(spec);
    for (const auto& [position, document] : documents_) {
        const auto key = index.key(view_of(document));
        if (!key) return std::unexpected(key.error());
        if (index.is_taken(*key, position))
            return std::unexpected(index.duplicate(name_, view_of(document)));
        index.add(*key, position);
    }
    indexes_.push_back(std::move(index));
    return true;
}

// The part of an index that can hold matches: those whose first fields equal what the filter
// demands, and whose next one is between its bounds. Type ranks are below 0xff and no key is the
// beginning of another, so a key and "\xff" is behind all entries that begin with it.
Collection::Scan Collection::scan_of(const Index& index, const Filter& filter,
                                     const SortOrder& order) {
    Scan scan{.index = &index};
    const std::vector<std::string>& paths = index.spec().paths;
    std::size_t fixed = 0;
    Filter::Demand next;
    for (; fixed < paths.size(); ++fixed) {
        next = filter.demand(paths[fixed]);
        if (!next.equal) break;
        scan.from += *next.equal;
        next = {};
    }
    scan.to = scan.from + next.at_most.value_or("") + '\xff';
    scan.from += next.at_least.value_or("");

    const auto is_fixed = [&](const SortField& field) {
        return std::ranges::count(paths | std::views::take(fixed), field.path) > 0;
    };
    std::size_t at = fixed;
    scan.in_order = true;
    for (const SortField& field : order.fields()) {
        if (is_fixed(field)) continue;
        if (at == fixed) scan.backwards = field.descending;
        scan.in_order = scan.in_order && at < paths.size() && paths[at] == field.path &&
                        field.descending == scan.backwards;
        ++at;
    }
    const int bounded = next.at_least || next.at_most ? 1 : 0;
    const int sorted = scan.in_order && !order.fields().empty() ? 1 : 0;
    scan.worth = 4 * static_cast<int>(fixed) + 2 * bounded + sorted;
    return scan;
}

Collection::Scan Collection::choose(const Filter& filter, const SortOrder& order) const {
    Scan best{.in_order = order.fields().empty()};
    for (const Index& index : indexes_) {
        Scan scan = scan_of(index, filter, order);
        if (scan.worth > best.worth) best = std::move(scan);
    }
    return best;
}

// Calls `visit` with each document of the scan until it says false.
template <class Visit>
void Collection::visit(const Scan& scan, Visit visit) const {
    if (!scan.index) {
        for (const auto& [position, document] : documents_) {
            if (!visit(position, document)) return;
        }
        return;
    }
    if (scan.from >= scan.to) return;
    const auto& entries = scan.index->entries();
    auto begin = entries.lower_bound(scan.from);
    auto end = entries.lower_bound(scan.to);
    while (begin != end) {
        const Position position = scan.backwards ? (--end)->second : (begin++)->second;
        if (!visit(position, documents_.at(position))) return;
    }
}

Outcome<std::vector<Position>> Collection::find(const Filter& filter, const SortOrder& order,
                                                std::size_t most) const {
    const Scan scan = choose(filter, order);
    std::vector<Position> found;
    std::optional<Failure> failure;
    visit(scan, [&](Position position, const Document& document) {
        if (scan.in_order && found.size() >= most) return false;
        const auto matched = filter.matches(view_of(document));
        if (!matched) failure = matched.error();
        if (matched && *matched) found.push_back(position);
        return matched.has_value();
    });
    if (failure) return std::unexpected(*failure);
    if (!scan.in_order) {
        const auto sorted = order.sort(found, [&](Position position) { return at(position); });
        if (!sorted) return std::unexpected(sorted.error());
    }
    if (found.size() > most) found.resize(most);
    return found;
}

}  // namespace tallygate::fake_mongod
