#include "tracker/verify_totals.h"

#include <algorithm>
#include <map>

#include "tracker/day_fold.h"
#include "tracker/event_difference.h"

namespace tallygate::tracker {
namespace {

class DayCheck {
public:
    DayCheck(store::UsageStore& store, const AppliedNumbers& applied, VerifyReport& counts,
             const std::function<void(const Difference&)>& report)
        : store_(store), applied_(applied), counts_(counts), report_(report) {}

    Result<void> run(Day day);

private:
    store::UsageStore& store_;
    const AppliedNumbers& applied_;
    VerifyReport& counts_;
    const std::function<void(const Difference&)>& report_;
};

Result<void> DayCheck::run(Day day) {
    const Period period{day, day + std::chrono::days{1}};
    std::map<TotalsKey, DailyTotals> stored;
    auto read = store_.scan_totals(period, [&](const DailyTotals& totals) {
        stored.emplace(totals.key, totals);
        return true;
    });
    if (!read) return read;
    // An event that had been applied before belongs into its totals. Of those that came since, the
    // ones that the totals say they have.
    auto folded = fold_day(store_, day, [&](const EventId& id, const TotalsKey& key) {
        if (applied_.contains(id)) return true;
        if (!applied_.may_come_yet(id)) return false;
        const auto found = stored.find(key);
        return found != stored.end() && id.position <= found->second.position;
    });
    if (!folded) return std::unexpected(folded.error());
    for (const auto& [key, expected] : *folded) {
        const auto found = stored.find(key);
        if (found == stored.end()) {
            report_({"daily_stats " + name_of(key), sums_of(expected), "missing"});
            continue;
        }
        for (FieldDifference& field : differences(expected, found->second)) {
            report_(
                {"daily_stats " + name_of(key), std::move(field.expected), std::move(field.found)});
        }
    }
    for (const auto& [key, found] : stored) {
        ++counts_.totals;
        if (!folded->contains(key)) {
            report_({"daily_stats " + name_of(key), "none: the log has no such events",
                     sums_of(found)});
        }
    }
    return {};
}

}  // namespace

Result<void> verify_totals(store::UsageStore& store, const VerifyOptions& options,
                           const AppliedNumbers& applied, VerifyReport& counts,
                           const std::function<void(const Difference&)>& report) {
    const auto extent = store.extent();
    if (!extent) return std::unexpected(extent.error());
    const Period all = extent->value_or(Period{});  // no days in an empty store
    const Day from = std::max(all.from, options.from.value_or(all.from));
    const Day to = std::min(all.to, options.to.value_or(all.to));
    DayCheck check(store, applied, counts, report);
    for (Day day = from; day < to; day += std::chrono::days{1}) {
        if (auto checked = check.run(day); !checked) return checked;
    }
    return {};
}

}  // namespace tallygate::tracker
