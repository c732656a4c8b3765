#include "tracker/day_fold.h"

namespace tallygate::tracker {

Result<std::map<TotalsKey, DailyTotals>> fold_day(
    store::UsageStore& store, Day day,
    const std::function<bool(const EventId&, const TotalsKey&)>& include) {
    std::map<TotalsKey, DailyTotals> folded;
    const bool by_run = store.keeps_totals_by_run();
    auto scanned = store.scan_events({day, day + std::chrono::days{1}}, [&](const EventRow& row) {
        for (TotalsKey& key : totals_keys(row.event, by_run)) {
            if (!include(row.event.id, key)) continue;
            auto totals = folded.find(key);
            if (totals == folded.end()) totals = folded.emplace(key, DailyTotals{.key = key}).first;
            totals->second.fold(row.event);
        }
        return true;
    });
    if (!scanned) return std::unexpected(scanned.error());
    return folded;
}

}  // namespace tallygate::tracker
