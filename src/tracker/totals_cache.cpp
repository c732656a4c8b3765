#include "tracker/totals_cache.h"

#include <functional>

namespace tallygate::tracker {

std::size_t TotalsCache::Hash::operator()(const TotalsKey& key) const {
    const std::size_t user = std::hash<std::string>{}(key.user_id);
    const auto day = static_cast<std::size_t>(key.day.time_since_epoch().count());
    // The last byte of a run's id is random; few runs are in hand at once.
    return (user ^ (day * 0x9e3779b97f4a7c15U)) + static_cast<std::size_t>(key.scope) +
           2 * key.run.incarnation.bytes.back();
}

Result<std::vector<DailyTotals>> TotalsCache::fold(std::span<const EventRow> rows) {
    std::vector<DailyTotals> totals;
    std::unordered_map<TotalsKey, std::size_t, Hash> index;
    std::vector<TotalsKey> missing;
    const bool by_run = store_.keeps_totals_by_run();
    const auto want = [&](TotalsKey key) {
        const auto [place, is_new] = index.try_emplace(std::move(key), totals.size());
        if (!is_new) return;
        const auto known = places_.find(place->first);
        totals.push_back(known == places_.end() ? DailyTotals{.key = place->first}
                                                : known->second->totals);
        if (known == places_.end()) missing.push_back(place->first);
    };
    for (const EventRow& row : rows) {
        for (TotalsKey& key : totals_keys(row.event, by_run))
            want(std::move(key));
    }
    auto loaded = store_.load(missing);
    if (!loaded) return std::unexpected(loaded.error());
    for (DailyTotals& day : *loaded) {
        totals[index.at(day.key)] = std::move(day);
    }
    for (const EventRow& row : rows) {
        for (const TotalsKey& key : totals_keys(row.event, by_run))
            totals[index.at(key)].add(row.event);
    }
    return totals;
}

void TotalsCache::commit(std::span<const DailyTotals> totals) {
    for (const DailyTotals& day : totals)
        put(day, false);
    evict();
}

void TotalsCache::hold(std::span<const DailyTotals> totals) {
    for (const DailyTotals& day : totals)
        put(day, true);
    evict();
}

std::vector<DailyTotals> TotalsCache::held() const {
    std::vector<DailyTotals> held;
    held.reserve(held_count_);
    for (const Entry& entry : entries_) {
        if (entry.is_held) held.push_back(entry.totals);
    }
    return held;
}

std::vector<DailyTotals> TotalsCache::held_of(std::string_view user_id) const {
    std::vector<DailyTotals> held;
    for (const Entry& entry : entries_) {
        if (entry.is_held && entry.key.scope == Scope::user && entry.key.user_id == user_id)
            held.push_back(entry.totals);
    }
    return held;
}

void TotalsCache::put(const DailyTotals& totals, bool is_held) {
    const auto known = places_.find(totals.key);
    if (known == places_.end()) {
        entries_.push_front({totals.key, totals, is_held});
        places_.emplace(totals.key, entries_.begin());
        held_count_ += is_held ? 1 : 0;
        return;
    }
    Entry& entry = *known->second;
    held_count_ += static_cast<std::size_t>(is_held) - static_cast<std::size_t>(entry.is_held);
    entry.totals = totals;
    entry.is_held = is_held;
    entries_.splice(entries_.begin(), entries_, known->second);
}

// What is held stays: nobody else has it.
void TotalsCache::evict() {
    auto oldest = entries_.end();
    while (entries_.size() > capacity_ && oldest != entries_.begin()) {
        --oldest;
        if (oldest->is_held) continue;
        places_.erase(oldest->key);
        oldest = entries_.erase(oldest);
    }
}

void TotalsCache::forget() {
    entries_.clear();
    places_.clear();
    held_count_ = 0;
}

}  // namespace tallygate::tracker
