#include "usage/totals.h"

#include <algorithm>
#include <ranges>

namespace tallygate {
namespace {

void keep_recent(std::vector<RecentOperation>& recent, RecentOperation operation) {
    // Of two of the same instant, the one that comes later counts as newer.
    const auto first = std::ranges::lower_bound(recent, operation.timestamp, std::greater<>{},
                                                &RecentOperation::timestamp);
    if (first == recent.end() && recent.size() == DailyTotals::kRecentKept) return;
    const auto place = first - recent.begin();
    if (recent.size() == DailyTotals::kRecentKept) recent.pop_back();
    recent.insert(recent.begin() + place, std::move(operation));
}

}  // namespace

void Totals::add(const UsageEvent& event) {
    operations += event.operations;
    (event.success ? successful : failed) += event.operations;
    tokens += event.tokens_used;
    response_time_us += event.operations * event.response_time.count();
}

void Totals::add(const Totals& other) {
    operations += other.operations;
    successful += other.successful;
    failed += other.failed;
    tokens += other.tokens;
    response_time_us += other.response_time_us;
}

void add_named(std::vector<NamedTotals>& rows, std::string_view name, std::int64_t operations,
               std::int64_t tokens) {
    auto row = std::ranges::lower_bound(
        rows, name, {}, [](const NamedTotals& r) -> std::string_view { return r.name; });
    if (row == rows.end() || row->name != name)
        row = rows.insert(row, NamedTotals{std::string(name), 0, 0});
    row->operations += operations;
    row->tokens += tokens;
}

std::array<TotalsKey, 2> totals_keys(const UsageEvent& event, bool by_run) {
    const Day day = day_of(event.timestamp);
    const RunId run = by_run ? event.id.run() : RunId{};
    return {TotalsKey{Scope::user, event.user_id, day, run},
            TotalsKey{Scope::global, "", day, run}};
}

bool DailyTotals::add(const UsageEvent& event) {
    if (event.id.position <= position) return false;
    fold(event);
    return true;
}

void DailyTotals::fold(const UsageEvent& event) {
    totals.add(event);
    add_named(by_operation, event.operation_type, event.operations, event.tokens_used);
    if (key.scope == Scope::global) {
        add_named(by_endpoint, event.endpoint, event.operations, event.tokens_used);
    }
    if (event.kind != EventKind::correction) {
        if (key.scope == Scope::user) {
            keep_recent(recent, {event.operation_type, event.endpoint, event.tokens_used,
                                 event.success, event.response_time, event.timestamp});
            if (event.timestamp >= last_activity) tier = event.tier;
        }
        last_activity = std::max(last_activity, event.timestamp);
    }
    position = std::max(position, event.id.position);
}

void add_to_days(std::vector<DailyTotals>& days, const DailyTotals& day) {
    TotalsKey key = day.key;
    key.run = {};
    if (!days.empty() && days.back().key == key) {
        days.back().merge(day);
        return;
    }
    days.push_back(day);
    days.back().key = std::move(key);
}

void DailyTotals::merge(const DailyTotals& other) {
    totals.add(other.totals);
    for (const NamedTotals& row : other.by_operation)
        add_named(by_operation, row.name, row.operations, row.tokens);
    for (const NamedTotals& row : other.by_endpoint)
        add_named(by_endpoint, row.name, row.operations, row.tokens);
    // Oldest first, so that those of one instant keep their order.
    for (const RecentOperation& operation : std::views::reverse(other.recent))
        keep_recent(recent, operation);
    if (other.last_activity >= last_activity) tier = other.tier;
    last_activity = std::max(last_activity, other.last_activity);
    position = std::max(position, other.position);
}

}  // namespace tallygate
