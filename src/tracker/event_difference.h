// In what two events, or two totals, differ; for people.
#pragma once

#include <string>
#include <vector>

#include "usage/event.h"
#include "usage/totals.h"

namespace tallygate::tracker {

// "tokens_used 500" and "tokens_used 900".
struct FieldDifference {
    std::string expected;
    std::string found;
};

std::vector<FieldDifference> differences(const UsageEvent& expected, const UsageEvent& found);
std::vector<FieldDifference> differences(const DailyTotals& expected, const DailyTotals& found);

// "alice 2026-11-24", "global 2026-11-24 (all users)"
std::string name_of(const TotalsKey& key);
// "12 operations, 9100 tokens"
std::string sums_of(const DailyTotals& totals);

}  // namespace tallygate::tracker
