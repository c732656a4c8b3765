// The embedded store: one SQLite file.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "store/sqlite/codec.h"
#include "store/sqlite/database.h"
#include "store/usage_store.h"
#include "store/write_fault.h"

namespace tallygate::store {

// WAL mode. One connection writes and checkpoints; reading ones never do (SQLite before 3.51.3 can
// lose a committed write when two connections checkpoint). synchronous is NORMAL: a power cut may
// take the last transactions, and as the position lies in the same transaction as its rows, the
// projector writes them again from the journal.
class SqliteStore final : public UsageStore {
public:
    // Makes or migrates the file unless `read_only`. Failures as of open_store.
    static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& path,
                                                     bool read_only, WriteFault fault = {});
    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;
    ~SqliteStore() override;

    std::string_view kind() const override { return "sqlite"; }
    bool keeps_totals_by_run() const override { return false; }

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

    // Every statement that answers for one user, for the test that looks at their query plans.
    static std::vector<const char*> user_statements();

private:
    // A connection with its dictionaries and, for writing, the codes of runs.
    struct Connection {
        explicit Connection(std::unique_ptr<Database> opened)
            : database(std::move(opened)), codes(*database) {}
        std::unique_ptr<Database> database;
        Codes codes;
    };
    class Lease;

    SqliteStore(std::filesystem::path path, bool read_only, WriteFault fault);
    Result<std::unique_ptr<Connection>> connect(Database::Mode mode) const;
    Result<Connection*> writer();
    void drop_writer();
    Result<Lease> lease();

    Result<std::int64_t> run_code(Connection& connection, const Uuid& writer,
                                  const Uuid& incarnation, std::uint64_t applied);
    Result<void> write_rows(Connection& connection, const Uuid& writer,
                            std::span<const EventRow> rows);
    Result<void> write_totals(Connection& connection, const Uuid& writer,
                              std::span<const DailyTotals> totals);
    Result<void> check_same(Connection& connection, std::int64_t id, const EventRow& row) const;
    Result<void> before_write() const;
    Result<std::vector<DailyTotals>> days_of(const char* sql, std::string_view user_id,
                                             std::int64_t first, std::int64_t second);

    const std::filesystem::path path_;
    const bool read_only_;
    const WriteFault fault_;

    std::unique_ptr<Connection> writer_;  // the projector's thread alone
    std::uint64_t inode_ = 0;
    std::unordered_map<std::string, std::int64_t>
        run_codes_;  // by incarnation's bytes; the projector's thread alone

    std::mutex readers_mutex_;
    std::vector<std::unique_ptr<Connection>> idle_readers_;  // under readers_mutex_
    std::uint64_t readers_generation_ =
        0;  // under readers_mutex_; grows when the file was replaced
};

}  // namespace tallygate::store
