// A store that forgets when the process ends: for trying things out, and for tests.
#pragma once

#include <map>
#include <mutex>

#include "store/usage_store.h"
#include "store/write_fault.h"

namespace tallygate::store {

// How it keeps totals: as a store of one writer does, or as one that several share.
struct MemoryStoreOptions {
    bool totals_by_run = false;
    TotalsDelay totals_delay;
};

// Maps under a mutex. apply is not one step here: a fault leaves the prefix written, as a database
// without transactions would.
class MemoryStore final : public UsageStore {
public:
    explicit MemoryStore(WriteFault fault = {}, const MemoryStoreOptions& options = {})
        : fault_(std::move(fault)), options_(options) {}

    std::string_view kind() const override { return "memory"; }
    bool keeps_totals_by_run() const override { return options_.totals_by_run; }
    TotalsDelay totals_delay() const override { return options_.totals_delay; }

    Result<StorePosition> position(const Uuid& writer) override;
    Result<std::vector<DailyTotals>> load(std::span<const TotalsKey> keys) override;
    Result<void> apply(const Uuid& writer, std::span<const EventRow> rows,
                       std::span<const DailyTotals> totals,
                       std::span<const LogPosition> up_to) override;
    Result<void> replace_day(Day day, std::span<const DailyTotals> totals) override;

    Result<std::vector<DailyTotals>> user_days(std::string_view user_id, Period period) override;
    Result<std::vector<DailyTotals>> global_days(Period period) override;
    Result<std::vector<DailyTotals>> latest_user_days(std::string_view user_id,
                                                      std::size_t limit) override;
    Result<std::optional<DailyTotals>> latest_global_day() override;
    Result<std::vector<UserTotals>> top_users(Period period, std::size_t limit) override;
    Result<std::int64_t> distinct_users(Period period) override;

    Result<void> scan_events(const RowVisitor& visit) override;
    Result<void> scan_events(Period period, const RowVisitor& visit) override;
    Result<void> scan_totals(Period period, const TotalsVisitor& visit) override;
    Result<std::optional<Period>> extent() override;
    Result<std::vector<AppliedRun>> runs() override;

    // For tests that tamper with what is stored; nobody else may be using the store meanwhile.
    std::map<EventId, EventRow>& rows() { return rows_; }
    std::map<TotalsKey, DailyTotals>& totals() { return totals_; }
    // Takes the newest row of a writer back, as a restored backup does. Any thread.
    bool forget(const EventId& newest);

private:
    Result<void> before_write() const;
    std::vector<DailyTotals> days_of(Scope scope, std::string_view user_id, Period period) const;

    const WriteFault fault_;
    const MemoryStoreOptions options_;
    mutable std::mutex mutex_;
    // All under mutex_.
    std::map<EventId, EventRow> rows_;
    std::map<TotalsKey, DailyTotals> totals_;
    std::map<std::pair<Uuid, Uuid>, std::uint64_t> applied_;  // by writer and incarnation
    std::map<Uuid, LogPosition> written_;                     // by writer
};

}  // namespace tallygate::store
