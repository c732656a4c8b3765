// A day's totals out of its events.
#pragma once

#include <functional>
#include <map>

#include "base/result.h"
#include "store/usage_store.h"

namespace tallygate::tracker {

// Folds the events of `day` that `include` takes, each into its user's totals and those of all
// users.
Result<std::map<TotalsKey, DailyTotals>> fold_day(
    store::UsageStore& store, Day day,
    const std::function<bool(const EventId&, const TotalsKey&)>& include);

}  // namespace tallygate::tracker
