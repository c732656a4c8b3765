// For tests: a store that can be down, say yes and forget, or be replaced by an older copy.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "store/memory/memory_store.h"

namespace tallygate::tracker {

// A memory store behind switches. Any thread may turn them.
class FlakyStore final : public store::UsageStore {
public:
    std::atomic<bool> is_down = false;
    std::atomic<bool> forgets = false;  // apply says yes and keeps nothing
    std::atomic<std::size_t> largest_batch = 0;

    // The tests and the tracker hold it together while it is replaced.
    std::shared_ptr<store::MemoryStore> inner() const {
        const std::lock_guard lock(mutex_);
        return inner_;
    }
    void replace(std::shared_ptr<store::MemoryStore> other) {
        const std::lock_guard lock(mutex_);
        inner_ = std::move(other);
    }
    // As it is now. Nobody may be writing.
    std::shared_ptr<store::MemoryStore> copy(const Uuid& writer) const {
        auto made = std::make_shared<store::MemoryStore>();
        std::vector<EventRow> rows;
        for (const auto& [id, row] : inner()->rows()) {
            rows.push_back(row);
        }
        std::vector<DailyTotals> totals;
        for (const auto& [key, day] : inner()->totals()) {
            totals.push_back(day);
        }
        if (!rows.empty()) (void)made->apply(writer, rows, totals, run_ends(rows));
        return made;
    }

    std::string_view kind() const override { return "flaky"; }
    bool keeps_totals_by_run() const override { return inner()->keeps_totals_by_run(); }
    store::TotalsDelay totals_delay() const override { return inner()->totals_delay(); }
    Result<store::StorePosition> position(const Uuid& writer) override {
        return is_down ? down<store::StorePosition>() : inner()->position(writer);
    }
    Result<std::vector<DailyTotals>> load(std::span<const TotalsKey> keys) override {
        return is_down ? down<std::vector<DailyTotals>>() : inner()->load(keys);
    }
    Result<void> apply(const Uuid& writer, std::span<const EventRow> rows,
                       std::span<const DailyTotals> totals,
                       std::span<const LogPosition> up_to) override {
        largest_batch = std::max(largest_batch.load(), rows.size());
        if (is_down) return down<void>();
        return forgets ? Result<void>{} : inner()->apply(writer, rows, totals, up_to);
    }
    Result<void> replace_day(Day day, std::span<const DailyTotals> totals) override {
        return inner()->replace_day(day, totals);
    }
    Result<std::vector<DailyTotals>> user_days(std::string_view user_id, Period period) override {
        return inner()->user_days(user_id, period);
    }
    Result<std::vector<DailyTotals>> global_days(Period period) override {
        return inner()->global_days(period);
    }
    Result<std::vector<DailyTotals>> latest_user_days(std::string_view user_id,
                                                      std::size_t limit) override {
        return inner()->latest_user_days(user_id, limit);
    }
    Result<std::optional<DailyTotals>> latest_global_day() override {
        return inner()->latest_global_day();
    }
    Result<std::vector<store::UserTotals>> top_users(Period period, std::size_t limit) override {
        return inner()->top_users(period, limit);
    }
    Result<std::int64_t> distinct_users(Period period) override {
        return inner()->distinct_users(period);
    }
    Result<void> scan_events(const RowVisitor& visit) override {
        return inner()->scan_events(visit);
    }
    Result<void> scan_events(Period period, const RowVisitor& visit) override {
        return inner()->scan_events(period, visit);
    }
    Result<void> scan_totals(Period period, const TotalsVisitor& visit) override {
        return inner()->scan_totals(period, visit);
    }
    Result<std::optional<Period>> extent() override { return inner()->extent(); }
    Result<std::vector<store::AppliedRun>> runs() override { return inner()->runs(); }

private:
    template <class T>
    static Result<T> down() {
        return failure(Errc::unavailable, "store_unavailable", "the database does not answer");
    }

    mutable std::mutex mutex_;
    std::shared_ptr<store::MemoryStore> inner_ =
        std::make_shared<store::MemoryStore>();  // under mutex_
};

}  // namespace tallygate::tracker
