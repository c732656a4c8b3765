// Totals that the projector has in hand, so that a busy user's are not loaded with each batch.
#pragma once

#include <list>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/usage_store.h"

namespace tallygate::tracker {

// As they stand in the store, for the keys used last, and those that the store does not have yet;
// the first kind is bounded: some 1.7 KB each. Belongs to the projector's thread.
class TotalsCache {
public:
    explicit TotalsCache(store::UsageStore& store, std::size_t capacity = 12'000)
        : store_(store), capacity_(capacity) {}

    // The totals that `rows` change, folded; for commit() or hold(), once the store has the rows.
    Result<std::vector<DailyTotals>> fold(std::span<const EventRow> rows);
    // The store has these now.
    void commit(std::span<const DailyTotals> totals);
    // The store is to get these later.
    void hold(std::span<const DailyTotals> totals);
    // What is held, in no order; of one user alone.
    std::vector<DailyTotals> held() const;
    std::vector<DailyTotals> held_of(std::string_view user_id) const;
    std::size_t held_count() const { return held_count_; }
    std::size_t capacity() const { return capacity_; }
    // After a failure nothing is known of what the store has.
    void forget();

private:
    struct Hash {
        std::size_t operator()(const TotalsKey& key) const;
    };
    struct Entry {
        TotalsKey key;
        DailyTotals totals;
        bool is_held = false;
    };
    void put(const DailyTotals& totals, bool is_held);
    void evict();

    store::UsageStore& store_;
    const std::size_t capacity_;
    std::size_t held_count_ = 0;
    std::list<Entry> entries_;  // most recently used first
    std::unordered_map<TotalsKey, std::list<Entry>::iterator, Hash> places_;
};

}  // namespace tallygate::tracker
