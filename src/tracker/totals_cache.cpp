#include "tracker/totals_cache.h"

#include <functional>

namespace tallygate::tracker {

std::size_t TotalsCache::Hash::operator()(const TotalsKey& key) const {
    const std::size_t user = std::hash<std::string>{}(key.user_id);
    const auto day = static_cast<std::size_t>(key.day.time_since_epoch().count());
    return (user ^ (day * 0x9e3779b97f4a7c15U)) + static_cast<std::size_t>(key.scope);
}

Result<std::vector<DailyTotals>> TotalsCache::fold(std::span<const EventRow> rows) {
    std::vector<DailyTotals> totals;
    std::unordered_map<TotalsKey, std::size_t, Hash> index;
    std::vector<TotalsKey> missing;
    const auto want = [&](TotalsKey key) {
        const auto [place, is_new] = index.try_emplace(std::move(key), totals.size());
        if (!is_new) return;
        const auto known = places_.find(place->first);
        totals.push_back(known == places_.end() ? DailyTotals{.key = place->first}
                                                : known->second->totals);
        if (known == places_.end()) missing.push_back(place->first);
    };
    for (const EventRow& row : rows) {
        const Day day = day_of(row.event.timestamp);
        want({Scope::user, row.event.user_id, day});
        want({Scope::global, "", day});
    }
    auto loaded = store_.load(missing);
    if (!loaded) return std::unexpected(loaded.error());
    for (DailyTotals& day : *loaded) {
        totals[index.at(day.key)] = std::move(day);
    }
    for (const EventRow& row : rows) {
        const Day day = day_of(row.event.timestamp);
        totals[index.at({Scope::user, row.event.user_id, day})].add(row.event);
        totals[index.at({Scope::global, "", day})].add(row.event);
    }
    return totals;
}

void TotalsCache::commit(std::span<const DailyTotals> totals) {
    for (const DailyTotals& day : totals) {
        const auto known = places_.find(day.key);
        if (known != places_.end()) {
            known->second->totals = day;
            entries_.splice(entries_.begin(), entries_, known->second);
            continue;
        }
        entries_.push_front({day.key, day});
        places_.emplace(day.key, entries_.begin());
    }
    while (entries_.size() > capacity_) {
        places_.erase(entries_.back().key);
        entries_.pop_back();
    }
}

void TotalsCache::forget() {
    entries_.clear();
    places_.clear();
}

}  // namespace tallygate::tracker
