// The store that several nodes share: a MongoDB database, or a server that speaks its protocol.
#pragma once

#include <map>
#include <mutex>

#include "store/mongo/mongo_database.h"
#include "store/mongo/run_document.h"
#include "store/usage_store.h"
#include "store/write_fault.h"

namespace tallygate::store {

// Nothing here needs a transaction: rows are inserted under their ids, totals and positions are
// whole documents of one run, replaced where what is there is older. No two writers write the same
// document. What every server with this protocol does safely is all that is used:
// docs/mongodb_documents.md. Of documents that other programs have in the same collections nothing
// is read, counted or changed.
class MongoStore final : public UsageStore {
public:
    // A server that is out of reach is no failure unless `read_only`: then the store becomes ready
    // with the first call that reaches it. Fails with invalid_argument also where the server
    // refuses the URL's name and password, or what the store rests on; with not_found where a
    // `read_only` one holds nothing of ours.
    static Result<std::unique_ptr<MongoStore>> open(std::string_view url, bool read_only,
                                                    WriteFault fault = {});
    MongoStore(const MongoStore&) = delete;
    MongoStore& operator=(const MongoStore&) = delete;
    ~MongoStore() override = default;

    std::string_view kind() const override { return "mongodb"; }
    bool keeps_totals_by_run() const override { return true; }
    TotalsDelay totals_delay() const override;

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

    // For tests: as on a server whose $group is not right.
    void add_up_here() { sums_by_group_ = false; }

private:
    MongoStore(MongoUri uri, bool read_only, WriteFault fault)
        : database_(std::move(uri)), read_only_(read_only), fault_(std::move(fault)) {}

    // Makes the store ready, where that has not been done.
    Result<void> ready();
    Result<void> prepare();
    Result<void> before_write() const;
    std::size_t count_allowed(std::size_t wanted) const;

    Result<void> put_rows(std::span<const EventRow> rows);
    Result<void> insert_rows(std::span<const EventRow> rows);
    Result<void> check_same(std::span<const EventRow> rows);
    enum class Replace : std::uint8_t { what_is_older, always };
    Result<void> put_totals(std::span<const DailyTotals> totals, Replace replace);
    Result<void> replace_totals(std::span<const DailyTotals> totals, Replace replace);
    Result<void> write_progress(const Uuid& writer, std::span<const EventRow> rows,
                                std::span<const DailyTotals> totals,
                                std::span<const LogPosition> up_to);
    Result<void> write_run_progress(const RunProgress& progress);
    Result<RunProgress> progress_of(const RunId& run);
    Result<std::optional<RunProgress>> newest_run(const Uuid& writer, const char* field);

    // Totals as they are kept, of each run alone, in the order of days and runs.
    Result<std::vector<DailyTotals>> kept_totals(const Bson& filter);
    Result<std::vector<DailyTotals>> days_of(Scope scope, std::string_view user_id, Period period);
    Result<std::vector<DailyTotals>> latest_days(Scope scope, std::string_view user_id,
                                                 std::size_t limit);
    Result<std::vector<UserTotals>> users_by_group(Period period, std::size_t limit);
    Result<std::vector<UserTotals>> users_by_us(Period period);
    Result<void> find_tiers(Period period, std::span<UserTotals> users);
    Result<bool> scan_day(Day day, Scope scope, const TotalsVisitor& visit);
    // One end of what is in a collection, by date: 1 the first, -1 the last.
    struct End {
        const char* collection = nullptr;
        const char* date = nullptr;
        int order = 1;
        bool (*is_ours)(const bson_t& document) = nullptr;
    };
    Result<std::optional<Day>> end_of(const End& end, const Bson& filter);
    Result<std::optional<Day>> end_of_log(int order);
    Result<std::optional<Day>> end_of_totals(int order, Period period);

    MongoDatabase database_;
    const bool read_only_;
    const WriteFault fault_;

    std::mutex prepare_mutex_;
    std::atomic<bool> is_ready_{false};
    std::atomic<bool> sums_by_group_{false};

    // The projector's thread alone.
    std::map<RunId, RunProgress> progress_;  // as the server has it
    std::map<Uuid, LogPosition> written_;    // of each writer, as far as we know
};

}  // namespace tallygate::store
