#include "usage/totals.h"

#include <algorithm>

namespace tallygate {
namespace {

void keep_recent(std::vector<RecentOperation>& recent, const UsageEvent& event) {
    // Of two of the same instant, the one that was written later counts as newer.
    const auto first = std::ranges::lower_bound(recent, event.timestamp, std::greater<>{},
                                                &RecentOperation::timestamp);
    if (first == recent.end() && recent.size() == DailyTotals::kRecentKept) return;
    if (recent.size() == DailyTotals::kRecentKept) recent.pop_back();
    recent.insert(first, {event.operation_type, event.endpoint, event.tokens_used, event.success,
                          event.response_time, event.timestamp});
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
            keep_recent(recent, event);
            if (event.timestamp >= last_activity) tier = event.tier;
        }
        last_activity = std::max(last_activity, event.timestamp);
    }
    position = std::max(position, event.id.position);
}

}  // namespace tallygate
