// Where events and their totals live for good, whatever the database.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "usage/event.h"
#include "usage/period.h"
#include "usage/totals.h"

namespace tallygate::store {

// One user's sums over a period, for leaderboards.
struct UserTotals {
    std::string user_id;
    std::int64_t operations = 0;
    std::int64_t tokens = 0;
    std::string tier;  // of the user's newest operation in the period

    bool operator==(const UserTotals&) const = default;
};

// A run of a writer and the last of its events that is in the store, its totals too.
struct AppliedRun {
    Uuid writer;
    LogPosition position;
    std::uint64_t written = 0;  // the number of the last whose row is; totals may be to come

    bool operator==(const AppliedRun&) const = default;
};

// How far a writer's events have come.
struct StorePosition {
    LogPosition applied;  // up to here everything is there, rows and totals
    LogPosition written;  // up to here the rows are; never before `applied`

    bool operator==(const StorePosition&) const = default;
};

// How long totals may wait behind their rows, where it is dear to write them with each batch. All
// zero: they do not wait.
struct TotalsDelay {
    std::chrono::milliseconds idle{0};        // while no event waits to be applied
    std::chrono::milliseconds under_load{0};  // while some do
    std::size_t events = 0;                   // and no longer than for so many

    bool is_none() const { return events == 0; }
};

// Holds the log and its totals. One implementation per database, each in store/<database>/, each
// passing usage_store_contract.h. Blocking. The first group of functions belongs to one thread, the
// projector's; the others may be called from any thread beside it. Every failure but the ones named
// is unavailable (`store_unavailable`).
class UsageStore {
public:
    virtual ~UsageStore() = default;

    // "sqlite", "mongodb", "memory": for /health.
    virtual std::string_view kind() const = 0;

    // Whether each run of each writer has totals of its own, so that no writer can undo what
    // another one wrote: then keys name a run in all writing functions and in scan_totals. Else
    // there is one set of totals, and keys name none.
    virtual bool keeps_totals_by_run() const = 0;
    virtual TotalsDelay totals_delay() const { return {}; }

    // --- writing: one thread ---

    // How far apply has come for `writer`, over all its runs; {} before its first event. Asked of
    // the database each time.
    virtual Result<StorePosition> position(const Uuid& writer) = 0;

    // The stored totals of `keys`, in their order; for a key without any, empty totals with that
    // key.
    virtual Result<std::vector<DailyTotals>> load(std::span<const TotalsKey> keys) = 0;

    // Writes `rows`, then the absolute `totals` that follow from them, then `up_to`: for each run
    // of `writer` that it names, the last event up to which everything is there now. Nothing in it:
    // totals of these rows are still to come. May stop after any prefix; repeating it completes it
    // and changes nothing twice. A row that is there with the same checksum is passed over; one
    // with another checksum is data_loss, naming the event.
    virtual Result<void> apply(const Uuid& writer, std::span<const EventRow> rows,
                               std::span<const DailyTotals> totals,
                               std::span<const LogPosition> up_to) = 0;

    // Makes `totals` the only ones of their day, of all runs. For rebuild.
    virtual Result<void> replace_day(Day day, std::span<const DailyTotals> totals) = 0;

    // --- reading: any thread; over all runs together ---

    // The days of one user, or of all users together, that have totals; ascending.
    virtual Result<std::vector<DailyTotals>> user_days(std::string_view user_id, Period period) = 0;
    virtual Result<std::vector<DailyTotals>> global_days(Period period) = 0;
    // A user's newest days with totals, newest first, whatever their date.
    virtual Result<std::vector<DailyTotals>> latest_user_days(std::string_view user_id,
                                                              std::size_t limit) = 0;
    // The newest day of all users together; nothing in an empty store.
    virtual Result<std::optional<DailyTotals>> latest_global_day() = 0;
    // By tokens, then operations, descending, then user_id.
    virtual Result<std::vector<UserTotals>> top_users(Period period, std::size_t limit) = 0;
    virtual Result<std::int64_t> distinct_users(Period period) = 0;

    // --- proving and exporting: any thread; streams, memory does not grow with the log ---

    // Returning false ends a scan early, without a failure.
    using RowVisitor = std::function<bool(const EventRow&)>;
    using TotalsVisitor = std::function<bool(const DailyTotals&)>;
    // All events in the order of their ids (writer, incarnation, n).
    virtual Result<void> scan_events(const RowVisitor& visit) = 0;
    // Events whose timestamp lies in `period`, by timestamp, then id.
    virtual Result<void> scan_events(Period period, const RowVisitor& visit) = 0;
    // Totals of both scopes, as they are kept: by day, global first, then by user_id and run.
    virtual Result<void> scan_totals(Period period, const TotalsVisitor& visit) = 0;
    // From the first day that has an event or totals to behind the last; nothing in an empty store.
    virtual Result<std::optional<Period>> extent() = 0;

    // Every run of every writer, by writer and incarnation, with its last numbers.
    virtual Result<std::vector<AppliedRun>> runs() = 0;
};

// What a store URL names: sqlite: | sqlite:PATH | mongodb://HOST/DATABASE | memory:
struct StoreOptions {
    std::string url = "sqlite:";
    std::string default_path;  // for "sqlite:" without a path
    bool read_only = false;    // for verify and export: makes nothing, migrates nothing
};

// Opens, creates or migrates. Fails with invalid_argument where the URL is not one, or the file is
// not ours or of a newer version (nothing is changed then); with unavailable where it cannot be
// reached.
Result<std::unique_ptr<UsageStore>> open_store(const StoreOptions& options);

}  // namespace tallygate::store
