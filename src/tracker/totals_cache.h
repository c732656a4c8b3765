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

// As they stand in the store, for the keys used last; bounded: some 1.7 KB each. Belongs to the
// projector's thread.
class TotalsCache {
public:
    explicit TotalsCache(store::UsageStore& store, std::size_t capacity = 12'000)
        : store_(store), capacity_(capacity) {}

    // The totals that `rows` change, folded; written back into the cache by commit(), once the
    // store has them.
    Result<std::vector<DailyTotals>> fold(std::span<const EventRow> rows);
    void commit(std::span<const DailyTotals> totals);
    // After a failure nothing is known of what the store has.
    void forget();

private:
    struct Hash {
        std::size_t operator()(const TotalsKey& key) const;
    };
    struct Entry {
        TotalsKey key;
        DailyTotals totals;
    };

    store::UsageStore& store_;
    const std::size_t capacity_;
    std::list<Entry> entries_;  // most recently used first
    std::unordered_map<TotalsKey, std::list<Entry>::iterator, Hash> places_;
};

}  // namespace tallygate::tracker
