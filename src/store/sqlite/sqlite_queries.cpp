// The reading half of the SQLite store.
#include <algorithm>

#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_lease.h"
#include "store/sqlite/sqlite_store.h"

namespace tallygate::store {
namespace {

constexpr const char* kUserDays =
    "SELECT " TALLYGATE_TOTALS_COLUMNS
    " FROM daily_totals WHERE user = ? AND day >= ? AND day < ? ORDER BY day";
constexpr const char* kLatestUserDays =
    "SELECT " TALLYGATE_TOTALS_COLUMNS
    " FROM daily_totals WHERE user = ? AND day >= ? ORDER BY day DESC LIMIT ?";
constexpr const char* kFindUser = "SELECT code FROM users WHERE user_id = ?";
constexpr std::int64_t kEarliest = INT32_MIN;

// Prepares, binds the numbers, and hands each row to `visit` until that says no.
template <class Visit>
Result<void> for_each(Database& database, const char* sql,
                      std::initializer_list<std::int64_t> parameters, Visit visit) {
    auto statement = database.prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    for (const std::int64_t value : parameters)
        statement->bind(value);
    for (;;) {
        const auto row = statement->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return {};
        Result<bool> more = visit(*statement);
        if (!more) return std::unexpected(more.error());
        if (!*more) return {};
    }
}

std::int64_t first_micros(Day day) {
    return micros(Timestamp{day});
}

}  // namespace

std::vector<const char*> SqliteStore::user_statements() {
    return {kUserDays, kLatestUserDays, kFindUser};
}

Result<std::vector<DailyTotals>> SqliteStore::days_of(const char* sql, std::string_view user_id,
                                                      std::int64_t first, std::int64_t second) {
    auto reader = lease();
    if (!reader) return std::unexpected(reader.error());
    Connection& connection = **reader;
    std::vector<DailyTotals> days;
    const auto user = connection.codes.users.find(user_id);
    if (!user) return std::unexpected(user.error());
    if (!*user) return days;
    const auto runs = read_runs(*connection.database);
    if (!runs) return std::unexpected(runs.error());
    auto read = for_each(*connection.database, sql, {**user, first, second},
                         [&](const Statement& row) -> Result<bool> {
                             auto totals = read_totals(row, *runs, connection.codes);
                             if (!totals) return std::unexpected(totals.error());
                             days.push_back(std::move(*totals));
                             return true;
                         });
    if (!read) return std::unexpected(read.error());
    return days;
}

Result<std::vector<DailyTotals>> SqliteStore::user_days(std::string_view user_id, Period period) {
    return days_of(kUserDays, user_id, day_number(period.from), day_number(period.to));
}

Result<std::vector<DailyTotals>> SqliteStore::global_days(Period period) {
    return days_of(kUserDays, "", day_number(period.from), day_number(period.to));
}

Result<std::vector<DailyTotals>> SqliteStore::latest_user_days(std::string_view user_id,
                                                               std::size_t limit) {
    return days_of(kLatestUserDays, user_id, kEarliest, static_cast<std::int64_t>(limit));
}

Result<std::optional<DailyTotals>> SqliteStore::latest_global_day() {
    auto days = days_of(kLatestUserDays, "", kEarliest, 1);
    if (!days) return std::unexpected(days.error());
    if (days->empty()) return std::optional<DailyTotals>{};
    return std::optional<DailyTotals>{std::move(days->front())};
}

Result<std::vector<UserTotals>> SqliteStore::top_users(Period period, std::size_t limit) {
    auto reader = lease();
    if (!reader) return std::unexpected(reader.error());
    Connection& connection = **reader;
    std::vector<UserTotals> users;
    // With max() in it SQLite takes the other columns from the row that holds the maximum: the
    // newest day's tier.
    constexpr const char* kSql =
        "SELECT u.user_id, sum(d.operations), sum(d.tokens), d.tier, max(d.day)"
        " FROM daily_totals d JOIN users u ON u.code = d.user WHERE d.day >= ? AND d.day < ? AND "
        "d.user != 0"
        " GROUP BY d.user ORDER BY 3 DESC, 2 DESC, u.user_id LIMIT ?";
    auto read =
        for_each(*connection.database, kSql,
                 {day_number(period.from), day_number(period.to), static_cast<std::int64_t>(limit)},
                 [&](const Statement& row) -> Result<bool> {
                     auto tier = connection.codes.names.text(row.integer(3));
                     if (!tier) return std::unexpected(tier.error());
                     users.push_back({std::string(row.text(0)), row.integer(1), row.integer(2),
                                      std::move(*tier)});
                     return true;
                 });
    if (!read) return std::unexpected(read.error());
    return users;
}

Result<std::int64_t> SqliteStore::distinct_users(Period period) {
    auto reader = lease();
    if (!reader) return std::unexpected(reader.error());
    std::int64_t count = 0;
    auto read = for_each(
        *(*reader)->database,
        "SELECT count(DISTINCT user) FROM daily_totals WHERE day >= ? AND day < ? AND user != 0",
        {day_number(period.from), day_number(period.to)},
        [&](const Statement& row) -> Result<bool> {
            count = row.integer(0);
            return true;
        });
    if (!read) return std::unexpected(read.error());
    return count;
}

Result<void> SqliteStore::scan_events(const RowVisitor& visit) {
    auto reader = lease();
    if (!reader) return std::unexpected(reader.error());
    Connection& connection = **reader;
    const auto runs = read_runs(*connection.database);
    if (!runs) return std::unexpected(runs.error());
    bool go_on = true;
    const auto deliver = [&](const Statement& row) -> Result<bool> {
        auto event = read_event(row, *runs, connection.codes);
        if (!event) return std::unexpected(event.error());
        go_on = visit(*event);
        return go_on;
    };
    for (const Run& run : *runs) {
        auto read = for_each(*connection.database,
                             "SELECT " TALLYGATE_EVENT_COLUMNS
                             " FROM events WHERE id >= ? AND id < ? ORDER BY id",
                             {row_id(run.run, 0), row_id(run.run + 1, 0)}, deliver);
        if (!read || !go_on) return read;
    }
    // Rows that belong to no run were not written by us; verify names them.
    return for_each(*connection.database,
                    "SELECT " TALLYGATE_EVENT_COLUMNS
                    " FROM events WHERE (id < ? OR id >= ?) AND id >> 40 NOT IN (SELECT run FROM "
                    "runs) ORDER BY id",
                    {row_id(1, 0), row_id(1, 0)}, deliver);
}

Result<void> SqliteStore::scan_events(Period period, const RowVisitor& visit) {
    auto reader = lease();
    if (!reader) return std::unexpected(reader.error());
    Connection& connection = **reader;
    const auto runs = read_runs(*connection.database);
    if (!runs) return std::unexpected(runs.error());
    return for_each(
        *connection.database,
        "SELECT " TALLYGATE_EVENT_COLUMNS
        " FROM events WHERE timestamp_us >= ? AND timestamp_us < ? ORDER BY timestamp_us, id",
        {first_micros(period.from), first_micros(period.to)},
        [&](const Statement& row) -> Result<bool> {
            auto event = read_event(row, *runs, connection.codes);
            if (!event) return std::unexpected(event.error());
            return visit(*event);
        });
}

Result<void> SqliteStore::scan_totals(Period period, const TotalsVisitor& visit) {
    auto reader = lease();
    if (!reader) return std::unexpected(reader.error());
    Connection& connection = **reader;
    const auto runs = read_runs(*connection.database);
    if (!runs) return std::unexpected(runs.error());
    return for_each(*connection.database,
                    "SELECT " TALLYGATE_TOTALS_COLUMNS
                    " FROM (SELECT d.*, u.user_id FROM daily_totals d"
                    " LEFT JOIN users u ON u.code = d.user WHERE d.day >= ? AND d.day < ?)"
                    " ORDER BY day, user != 0, user_id",
                    {day_number(period.from), day_number(period.to)},
                    [&](const Statement& row) -> Result<bool> {
                        auto totals = read_totals(row, *runs, connection.codes);
                        if (!totals) return std::unexpected(totals.error());
                        return visit(*totals);
                    });
}

Result<std::optional<Period>> SqliteStore::extent() {
    auto reader = lease();
    if (!reader) return std::unexpected(reader.error());
    std::optional<Period> extent;
    auto read = for_each(
        *(*reader)->database,
        "SELECT (SELECT min(timestamp_us) FROM events), (SELECT max(timestamp_us) FROM events),"
        " (SELECT min(day) FROM daily_totals), (SELECT max(day) FROM daily_totals)",
        {}, [&](const Statement& row) -> Result<bool> {
            std::vector<Day> days;
            for (const int column : {0, 1}) {
                if (!row.is_null(column)) days.push_back(day_of(timestamp_of(row.integer(column))));
            }
            for (const int column : {2, 3}) {
                if (!row.is_null(column)) days.push_back(day_of_number(row.integer(column)));
            }
            if (!days.empty()) {
                extent =
                    Period{std::ranges::min(days), std::ranges::max(days) + std::chrono::days{1}};
            }
            return true;
        });
    if (!read) return std::unexpected(read.error());
    return extent;
}

Result<std::vector<AppliedRun>> SqliteStore::runs() {
    auto reader = lease();
    if (!reader) return std::unexpected(reader.error());
    const auto found = read_runs(*(*reader)->database);
    if (!found) return std::unexpected(found.error());
    std::vector<AppliedRun> applied;
    for (const Run& run : *found) {
        if (run.applied == 0) continue;
        applied.push_back({run.writer, {run.incarnation, run.applied}, run.applied});
    }
    return applied;
}

}  // namespace tallygate::store
