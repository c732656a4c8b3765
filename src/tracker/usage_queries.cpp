#include "tracker/usage_queries.h"

#include <algorithm>
#include <map>

namespace tallygate::tracker {
namespace {

using Days = std::vector<DailyTotals>;

std::vector<DayUsage> every_day(const Days& days, Period period) {
    std::vector<DayUsage> usage;
    for (Day day = period.from; day < period.to; day += std::chrono::days{1}) {
        usage.push_back({.day = day});
    }
    for (const DailyTotals& day : days) {
        if (!period.contains(day.key.day)) continue;
        DayUsage& place = usage[static_cast<std::size_t>((day.key.day - period.from).count())];
        place.operations += day.totals.operations;
        place.tokens += day.totals.tokens;
    }
    return usage;
}

void add_rows(std::vector<NamedTotals>& sums, const std::vector<NamedTotals>& rows) {
    for (const NamedTotals& row : rows) {
        add_named(sums, row.name, row.operations, row.tokens);
    }
}

std::int64_t tokens_since(const Days& days, Day from) {
    std::int64_t tokens = 0;
    for (const DailyTotals& day : days) {
        if (day.key.day >= from) tokens += day.totals.tokens;
    }
    return tokens;
}

std::optional<Timestamp> activity(Timestamp last) {
    if (last == Timestamp{}) return std::nullopt;
    return last;
}

// The last ten over whole days, newest day first.
std::vector<RecentOperation> last_operations(const Days& newest_first) {
    std::vector<RecentOperation> recent;
    for (const DailyTotals& day : newest_first) {
        for (const RecentOperation& operation : day.recent) {
            if (recent.size() == DailyTotals::kRecentKept) return recent;
            recent.push_back(operation);
        }
    }
    return recent;
}

}  // namespace

Result<UserUsage> user_usage(store::UsageStore& store, std::string_view user_id, int days,
                             Day today, std::optional<std::string_view> tier_claim,
                             const TierTable& tiers) {
    const Period period = Period::last_days(days, today);
    const Day month = month_start(today);
    const auto found = store.user_days(user_id, {std::min(period.from, month), period.to});
    if (!found) return std::unexpected(found.error());
    const auto latest = store.latest_user_days(user_id, DailyTotals::kRecentKept);
    if (!latest) return std::unexpected(latest.error());

    UserUsage usage;
    usage.user_id = user_id;
    for (const DailyTotals& day : *found) {
        if (!period.contains(day.key.day)) continue;
        usage.totals.add(day.totals);
        add_rows(usage.by_operation, day.by_operation);
    }
    usage.days = every_day(*found, period);
    usage.recent = last_operations(*latest);
    std::string_view claim = tier_claim.value_or("");
    for (const DailyTotals& day : *latest) {
        if (const auto at = activity(day.last_activity); at && !usage.most_recent_activity) {
            usage.most_recent_activity = at;
            if (!tier_claim) claim = day.tier;
        }
    }
    usage.tier = tiers.resolve(claim);
    usage.month_tokens = tokens_since(*found, month);
    usage.limit_resets_at = Timestamp{next_month_start(today)};
    return usage;
}

Result<GlobalUsage> global_usage(store::UsageStore& store, int days, std::size_t top, Day today,
                                 const TierTable& tiers) {
    const Period period = Period::last_days(days, today);
    const auto found = store.global_days(period);
    if (!found) return std::unexpected(found.error());
    const auto latest = store.latest_global_day();
    if (!latest) return std::unexpected(latest.error());
    const auto users = store.distinct_users(period);
    if (!users) return std::unexpected(users.error());
    auto leaders = store.top_users(period, top);
    if (!leaders) return std::unexpected(leaders.error());

    GlobalUsage usage;
    for (const DailyTotals& day : *found) {
        usage.totals.add(day.totals);
        add_rows(usage.by_operation, day.by_operation);
        add_rows(usage.by_endpoint, day.by_endpoint);
    }
    usage.unique_users = *users;
    usage.days = every_day(*found, period);
    usage.most_recent_activity = activity(latest->value_or(DailyTotals{}).last_activity);
    for (store::UserTotals& leader : *leaders) {
        const auto month = store.user_days(leader.user_id, {month_start(today), period.to});
        if (!month) return std::unexpected(month.error());
        const Tier& tier = tiers.resolve(leader.tier);
        usage.top_users.push_back(
            {std::move(leader), tier, tokens_since(*month, month_start(today))});
    }
    return usage;
}

}  // namespace tallygate::tracker
