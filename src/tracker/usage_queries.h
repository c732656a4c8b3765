// The answers of the usage API as values: one path from the store to every screen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/usage_store.h"
#include "usage/period.h"
#include "usage/tier.h"
#include "usage/totals.h"

namespace tallygate::tracker {

struct DayUsage {
    Day day;
    std::int64_t operations = 0;
    std::int64_t tokens = 0;
};

struct UserUsage {
    std::string user_id;
    Totals totals;
    std::vector<NamedTotals> by_operation;  // sorted by name
    std::vector<DayUsage> days;             // every day of the period
    std::optional<Timestamp> most_recent_activity;
    Tier tier;
    std::int64_t month_tokens = 0;  // of the UTC month that holds `today`
    Timestamp limit_resets_at;
    std::vector<RecentOperation> recent;  // the last ten ever, newest first
};

struct GlobalUsage {
    Totals totals;
    std::int64_t unique_users = 0;
    std::vector<NamedTotals> by_operation;
    std::vector<NamedTotals> by_endpoint;
    std::vector<DayUsage> days;
    std::optional<Timestamp> most_recent_activity;
    struct TopUser {
        store::UserTotals usage;
        Tier tier;
        std::int64_t month_tokens = 0;
    };
    std::vector<TopUser> top_users;
};

// `tier_claim`: what the user's own token says; nothing when somebody else asks, then the stored
// one of the latest call counts. The caller has made the store catch up before
// (UsageTracker::catch_up).
Result<UserUsage> user_usage(store::UsageStore& store, std::string_view user_id, int days,
                             Day today, std::optional<std::string_view> tier_claim,
                             const TierTable& tiers);
Result<GlobalUsage> global_usage(store::UsageStore& store, int days, std::size_t top, Day today,
                                 const TierTable& tiers);

}  // namespace tallygate::tracker
