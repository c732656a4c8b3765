#include "store/memory/memory_store.h"

#include <algorithm>
#include <ranges>
#include <set>
#include <tuple>

namespace tallygate::store {

Result<void> MemoryStore::before_write() const {
    if (!fault_ || fault_()) return {};
    return failure(Errc::unavailable, "store_unavailable", "the store was cut off");
}

Result<StorePosition> MemoryStore::position(const Uuid& writer) {
    const std::lock_guard lock(mutex_);
    StorePosition position;
    for (const auto& [run, n] : applied_) {
        if (run.first != writer) continue;
        position.applied = std::max(position.applied, LogPosition{run.second, n});
    }
    const auto written = written_.find(writer);
    position.written =
        std::max(position.applied, written == written_.end() ? LogPosition{} : written->second);
    return position;
}

bool MemoryStore::forget(const EventId& newest) {
    const std::lock_guard lock(mutex_);
    const auto row = rows_.find(newest);
    if (row == rows_.end() || row == rows_.begin()) return false;
    written_[newest.writer] = std::prev(row)->first.position;
    rows_.erase(row);
    return true;
}

Result<std::vector<DailyTotals>> MemoryStore::load(std::span<const TotalsKey> keys) {
    const std::lock_guard lock(mutex_);
    std::vector<DailyTotals> loaded;
    loaded.reserve(keys.size());
    for (const TotalsKey& key : keys) {
        const auto found = totals_.find(key);
        loaded.push_back(found == totals_.end() ? DailyTotals{.key = key} : found->second);
    }
    return loaded;
}

Result<void> MemoryStore::apply(const Uuid& writer, std::span<const EventRow> rows,
                                std::span<const DailyTotals> totals,
                                std::span<const LogPosition> up_to) {
    const std::lock_guard lock(mutex_);
    for (const EventRow& row : rows) {
        const auto found = rows_.find(row.event.id);
        if (found == rows_.end() || found->second.checksum == row.checksum) continue;
        return failure(Errc::data_loss, "",
                       to_string(row.event.id) + " is in the store with other content");
    }
    for (const EventRow& row : rows) {
        if (auto allowed = before_write(); !allowed) return allowed;
        rows_.emplace(row.event.id, row);
    }
    if (!rows.empty()) {
        LogPosition& written = written_[writer];
        written = std::max(written, rows.back().event.id.position);
    }
    for (const DailyTotals& day : totals) {
        if (auto allowed = before_write(); !allowed) return allowed;
        totals_.insert_or_assign(day.key, day);
    }
    if (auto allowed = before_write(); !allowed) return allowed;
    for (const LogPosition& position : up_to) {
        std::uint64_t& applied = applied_[{writer, position.incarnation}];
        applied = std::max(applied, position.n);
    }
    return {};
}

Result<void> MemoryStore::replace_day(Day day, std::span<const DailyTotals> totals) {
    const std::lock_guard lock(mutex_);
    if (auto allowed = before_write(); !allowed) return allowed;
    std::erase_if(totals_, [day](const auto& entry) { return entry.first.day == day; });
    for (const DailyTotals& made : totals)
        totals_.insert_or_assign(made.key, made);
    return {};
}

std::vector<DailyTotals> MemoryStore::days_of(Scope scope, std::string_view user_id,
                                              Period period) const {
    std::vector<DailyTotals> days;
    for (auto entry = totals_.lower_bound({scope, std::string(user_id), period.from, {}});
         entry != totals_.end(); ++entry) {
        const TotalsKey& key = entry->first;
        if (key.scope != scope || key.user_id != user_id || key.day >= period.to) break;
        add_to_days(days, entry->second);
    }
    return days;
}

Result<std::vector<DailyTotals>> MemoryStore::user_days(std::string_view user_id, Period period) {
    const std::lock_guard lock(mutex_);
    return days_of(Scope::user, user_id, period);
}

Result<std::vector<DailyTotals>> MemoryStore::global_days(Period period) {
    const std::lock_guard lock(mutex_);
    return days_of(Scope::global, "", period);
}

Result<std::vector<DailyTotals>> MemoryStore::latest_user_days(std::string_view user_id,
                                                               std::size_t limit) {
    const std::lock_guard lock(mutex_);
    auto days = days_of(Scope::user, user_id, {Day::min(), Day::max()});
    std::ranges::reverse(days);
    days.resize(std::min(days.size(), limit));
    return days;
}

Result<std::optional<DailyTotals>> MemoryStore::latest_global_day() {
    const std::lock_guard lock(mutex_);
    auto days = days_of(Scope::global, "", {Day::min(), Day::max()});
    if (days.empty()) return std::optional<DailyTotals>{};
    return std::optional<DailyTotals>{std::move(days.back())};
}

Result<std::vector<UserTotals>> MemoryStore::top_users(Period period, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<UserTotals> users;
    Timestamp newest;
    for (const auto& [key, day] : totals_) {
        if (key.scope != Scope::user || !period.contains(key.day)) continue;
        if (users.empty() || users.back().user_id != key.user_id) {
            users.push_back({.user_id = key.user_id});
            newest = {};
        }
        users.back().operations += day.totals.operations;
        users.back().tokens += day.totals.tokens;
        if (day.last_activity < newest) continue;
        newest = day.last_activity;
        users.back().tier = day.tier;
    }
    std::ranges::sort(users, [](const UserTotals& a, const UserTotals& b) {
        return std::tie(b.tokens, b.operations, a.user_id) <
               std::tie(a.tokens, a.operations, b.user_id);
    });
    users.resize(std::min(users.size(), limit));
    return users;
}

Result<std::int64_t> MemoryStore::distinct_users(Period period) {
    const std::lock_guard lock(mutex_);
    std::set<std::string_view> users;
    for (const auto& [key, day] : totals_) {
        if (key.scope == Scope::user && period.contains(key.day)) users.insert(key.user_id);
    }
    return static_cast<std::int64_t>(users.size());
}

// Scans work on a copy, so that a visitor may use the store.
Result<void> MemoryStore::scan_events(const RowVisitor& visit) {
    std::map<EventId, EventRow> rows;
    {
        const std::lock_guard lock(mutex_);
        rows = rows_;
    }
    for (const auto& [id, row] : rows) {
        if (!visit(row)) break;
    }
    return {};
}

Result<void> MemoryStore::scan_events(Period period, const RowVisitor& visit) {
    std::vector<EventRow> rows;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, row] : rows_) {
            if (period.contains(day_of(row.event.timestamp))) rows.push_back(row);
        }
    }
    std::ranges::sort(rows, [](const EventRow& a, const EventRow& b) {
        return std::tie(a.event.timestamp, a.event.id) < std::tie(b.event.timestamp, b.event.id);
    });
    for (const EventRow& row : rows) {
        if (!visit(row)) break;
    }
    return {};
}

Result<void> MemoryStore::scan_totals(Period period, const TotalsVisitor& visit) {
    std::vector<DailyTotals> totals;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [key, day] : totals_) {
            if (period.contains(key.day)) totals.push_back(day);
        }
    }
    std::ranges::sort(totals, [](const DailyTotals& a, const DailyTotals& b) {
        return std::tie(a.key.day, b.key.scope, a.key.user_id, a.key.run) <
               std::tie(b.key.day, a.key.scope, b.key.user_id, b.key.run);
    });
    for (const DailyTotals& day : totals) {
        if (!visit(day)) break;
    }
    return {};
}

Result<std::optional<Period>> MemoryStore::extent() {
    const std::lock_guard lock(mutex_);
    std::optional<Period> extent;
    const auto include = [&extent](Day day) {
        if (!extent) extent = Period{day, day + std::chrono::days{1}};
        extent->from = std::min(extent->from, day);
        extent->to = std::max(extent->to, day + std::chrono::days{1});
    };
    for (const auto& [id, row] : rows_)
        include(day_of(row.event.timestamp));
    for (const auto& [key, day] : totals_)
        include(key.day);
    return extent;
}

Result<std::vector<AppliedRun>> MemoryStore::runs() {
    const std::lock_guard lock(mutex_);
    std::map<std::pair<Uuid, Uuid>, AppliedRun> runs;
    for (const auto& [run, n] : applied_)
        runs[run] = {run.first, {run.second, n}, n};
    for (const auto& [writer, written] : written_) {
        AppliedRun& run = runs[{writer, written.incarnation}];
        run.writer = writer;
        run.position.incarnation = written.incarnation;
        run.written = std::max(run.written, written.n);
    }
    const auto values = std::views::values(runs);
    return std::vector<AppliedRun>(values.begin(), values.end());
}

}  // namespace tallygate::store
