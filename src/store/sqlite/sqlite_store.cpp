#include "store/sqlite/sqlite_store.h"

#include <algorithm>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/log.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_lease.h"

namespace tallygate::store {
namespace {

std::uint64_t inode_of(const std::filesystem::path& path) {
    struct stat info{};
    return stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

std::string bytes_of(const Uuid& id) {
    return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

}  // namespace

SqliteStore::SqliteStore(std::filesystem::path path, bool read_only, WriteFault fault)
    : path_(std::move(path)), read_only_(read_only), fault_(std::move(fault)) {}

SqliteStore::~SqliteStore() {
    idle_readers_.clear();
    drop_writer();
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& path,
                                                       bool read_only, WriteFault fault) {
    std::unique_ptr<SqliteStore> store(new SqliteStore(path, read_only, std::move(fault)));
    if (read_only) {
        if (!std::filesystem::exists(path)) {
            return failure(Errc::not_found, "",
                           fmt::format("there is no database {}", path.string()));
        }
        auto connection = store->connect(Database::Mode::read_only);
        if (!connection) return failure_in(path.string(), connection.error());
        if (auto checked = check_schema(*(*connection)->database); !checked)
            return failure_in(path.string(), checked.error());
        return store;
    }
    if (auto opened = store->writer(); !opened) return failure_in(path.string(), opened.error());
    return store;
}

Result<std::unique_ptr<SqliteStore::Connection>> SqliteStore::connect(Database::Mode mode) const {
    auto database = Database::open(path_, mode);
    if (!database) return std::unexpected(database.error());
    const char* settings =
        mode == Database::Mode::read_write
            ? "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;"
              "PRAGMA wal_autocheckpoint = 4000; PRAGMA foreign_keys = OFF"
            : "PRAGMA query_only = ON; PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY;"
              "PRAGMA wal_autocheckpoint = 0";
    if (auto set = (*database)->execute(settings); !set) return std::unexpected(set.error());
    return std::make_unique<Connection>(std::move(*database));
}

// Opens the writing connection where there is none, or where the file under it was replaced.
Result<SqliteStore::Connection*> SqliteStore::writer() {
    if (writer_ && inode_of(path_) == inode_) return writer_.get();
    const bool replaced = writer_ != nullptr;
    drop_writer();
    if (replaced) {
        log::warn("the database file was replaced or removed; it is opened again",
                  {{"file", path_.string()}});
    }
    auto connection = connect(Database::Mode::read_write);
    if (!connection) return std::unexpected(connection.error());
    if (auto prepared = prepare_schema(*(*connection)->database); !prepared)
        return std::unexpected(prepared.error());
    if (auto wal = (*connection)->database->execute("PRAGMA journal_mode = WAL"); !wal)
        return std::unexpected(wal.error());
    inode_ = inode_of(path_);
    writer_ = std::move(*connection);
    return writer_.get();
}

void SqliteStore::drop_writer() {
    writer_.reset();
    run_codes_.clear();
    const std::lock_guard lock(readers_mutex_);
    idle_readers_.clear();
    ++readers_generation_;
}

Result<SqliteStore::Lease> SqliteStore::lease() {
    std::uint64_t generation = 0;
    {
        const std::lock_guard lock(readers_mutex_);
        generation = readers_generation_;
        if (!idle_readers_.empty()) {
            auto connection = std::move(idle_readers_.back());
            idle_readers_.pop_back();
            return Lease(*this, std::move(connection), generation);
        }
    }
    auto connection = connect(Database::Mode::read_only);
    if (!connection) return std::unexpected(connection.error());
    return Lease(*this, std::move(*connection), generation);
}

Result<void> SqliteStore::before_write() const {
    if (!fault_ || fault_()) return {};
    return failure(Errc::unavailable, "store_unavailable", "the store was cut off");
}

Result<StorePosition> SqliteStore::position(const Uuid& writer_id) {
    auto connection = writer();
    if (!connection) return std::unexpected(connection.error());
    const auto runs = read_runs(*(*connection)->database);
    if (!runs) return std::unexpected(runs.error());
    LogPosition last;
    for (const Run& run : *runs) {
        if (run.writer == writer_id && run.applied > 0)
            last = std::max(last, LogPosition{run.incarnation, run.applied});
    }
    return StorePosition{.applied = last, .written = last};
}

Result<std::vector<DailyTotals>> SqliteStore::load(std::span<const TotalsKey> keys) {
    auto opened = writer();
    if (!opened) return std::unexpected(opened.error());
    Connection& connection = **opened;
    const auto runs = read_runs(*connection.database);
    if (!runs) return std::unexpected(runs.error());
    auto statement = connection.database->prepare("SELECT " TALLYGATE_TOTALS_COLUMNS
                                                  " FROM daily_totals WHERE user = ? AND day = ?");
    if (!statement) return std::unexpected(statement.error());
    std::vector<DailyTotals> loaded;
    loaded.reserve(keys.size());
    for (const TotalsKey& key : keys) {
        loaded.push_back({.key = key});
        const auto user = connection.codes.users.find(key.user_id);
        if (!user) return std::unexpected(user.error());
        if (!*user) continue;
        const auto row = statement->bind(**user).bind(day_number(key.day)).step();
        if (!row) return std::unexpected(row.error());
        if (*row) {
            auto totals = read_totals(*statement, *runs, connection.codes);
            if (!totals) return std::unexpected(totals.error());
            loaded.back() = std::move(*totals);
        }
        statement->reset();
    }
    return loaded;
}

Result<std::int64_t> SqliteStore::run_code(Connection& connection, const Uuid& writer_id,
                                           const Uuid& incarnation, std::uint64_t applied) {
    if (applied == 0) {
        const auto known = run_codes_.find(bytes_of(incarnation));
        if (known != run_codes_.end()) return known->second;
    }
    auto statement = connection.database->prepare(
        "INSERT INTO runs (writer, incarnation, applied) VALUES (?, ?, ?)"
        " ON CONFLICT (writer, incarnation) DO UPDATE SET applied = max(applied, excluded.applied) "
        "RETURNING run");
    if (!statement) return std::unexpected(statement.error());
    const auto row = statement->bind_blob(bytes_of(writer_id))
                         .bind_blob(bytes_of(incarnation))
                         .bind(static_cast<std::int64_t>(applied))
                         .step();
    if (!row) return std::unexpected(row.error());
    const std::int64_t run = statement->integer(0);
    run_codes_[bytes_of(incarnation)] = run;
    return run;
}

Result<void> SqliteStore::check_same(Connection& connection, std::int64_t id,
                                     const EventRow& row) const {
    auto statement = connection.database->prepare("SELECT checksum FROM events WHERE id = ?");
    if (!statement) return std::unexpected(statement.error());
    const auto found = statement->bind(id).step();
    if (!found) return std::unexpected(found.error());
    if (*found && static_cast<std::uint32_t>(statement->integer(0)) == row.checksum) return {};
    return failure(
        Errc::data_loss, "",
        fmt::format(
            "{} is in the store with other content; `tallygate verify` names the difference",
            to_string(row.event.id)));
}

Result<void> SqliteStore::write_rows(Connection& connection, const Uuid& writer_id,
                                     std::span<const EventRow> rows) {
    auto insert = connection.database->prepare(
        "INSERT INTO events (" TALLYGATE_EVENT_COLUMNS
        ") VALUES (?, ?, ?, ?, ?, ?, ?, "
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO NOTHING");
    if (!insert) return std::unexpected(insert.error());
    for (const EventRow& row : rows) {
        if (auto allowed = before_write(); !allowed) return allowed;
        const auto run = run_code(connection, writer_id, row.event.id.position.incarnation, 0);
        if (!run) return std::unexpected(run.error());
        const std::int64_t id = row_id(*run, row.event.id.position.n);
        if (auto bound = bind_event(*insert, id, row, connection.codes); !bound) return bound;
        if (auto inserted = insert->run(); !inserted) return inserted;
        if (connection.database->changes() == 0) {
            if (auto same = check_same(connection, id, row); !same) return same;
        }
    }
    return {};
}

Result<void> SqliteStore::write_totals(Connection& connection, const Uuid& writer_id,
                                       std::span<const DailyTotals> totals) {
    struct Keyed {
        std::int64_t user;
        const DailyTotals* totals;
    };
    std::vector<Keyed> ordered;
    ordered.reserve(totals.size());
    for (const DailyTotals& day : totals) {
        const auto user = connection.codes.users.code(day.key.user_id);
        if (!user) return std::unexpected(user.error());
        ordered.push_back({*user, &day});
    }
    // In the order of the table's key, so that neighbours are written together.
    std::ranges::sort(ordered, [](const Keyed& a, const Keyed& b) {
        return std::tie(a.user, a.totals->key.day) < std::tie(b.user, b.totals->key.day);
    });
    auto upsert =
        connection.database->prepare("INSERT INTO daily_totals (" TALLYGATE_TOTALS_COLUMNS
                                     ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                                     " ON CONFLICT (user, day) DO UPDATE SET operations = "
                                     "excluded.operations, successful = excluded.successful,"
                                     " failed = excluded.failed, tokens = excluded.tokens, "
                                     "response_time_us = excluded.response_time_us,"
                                     " last_activity_us = excluded.last_activity_us, tier = "
                                     "excluded.tier, run = excluded.run, n = excluded.n,"
                                     " by_operation = excluded.by_operation, by_endpoint = "
                                     "excluded.by_endpoint, recent = excluded.recent");
    if (!upsert) return std::unexpected(upsert.error());
    for (const Keyed& entry : ordered) {
        if (auto allowed = before_write(); !allowed) return allowed;
        const auto run = run_code(connection, writer_id, entry.totals->position.incarnation, 0);
        if (!run) return std::unexpected(run.error());
        if (auto bound = bind_totals(*upsert, entry.user, *run, *entry.totals, connection.codes);
            !bound)
            return bound;
        if (auto written = upsert->run(); !written) return written;
    }
    return {};
}

Result<void> SqliteStore::apply(const Uuid& writer_id, std::span<const EventRow> rows,
                                std::span<const DailyTotals> totals,
                                std::span<const LogPosition> up_to) {
    auto opened = writer();
    if (!opened) return std::unexpected(opened.error());
    Connection& connection = **opened;
    const auto write = [&]() -> Result<void> {
        auto transaction = Transaction::begin(*connection.database);
        if (!transaction) return std::unexpected(transaction.error());
        if (auto written = write_rows(connection, writer_id, rows); !written) return written;
        if (auto written = write_totals(connection, writer_id, totals); !written) return written;
        if (auto allowed = before_write(); !allowed) return allowed;
        for (const LogPosition& position : up_to) {
            const auto run = run_code(connection, writer_id, position.incarnation, position.n);
            if (!run) return std::unexpected(run.error());
        }
        return transaction->commit();
    };
    auto written = write();
    // What was rolled back took its new codes with it.
    if (!written) drop_writer();
    return written;
}

Result<void> SqliteStore::replace_day(Day day, std::span<const DailyTotals> totals) {
    auto opened = writer();
    if (!opened) return std::unexpected(opened.error());
    Connection& connection = **opened;
    const auto runs = read_runs(*connection.database);
    if (!runs) return std::unexpected(runs.error());
    const auto write = [&]() -> Result<void> {
        auto transaction = Transaction::begin(*connection.database);
        if (!transaction) return std::unexpected(transaction.error());
        auto remove = connection.database->prepare("DELETE FROM daily_totals WHERE day = ?");
        if (!remove) return std::unexpected(remove.error());
        if (auto removed = remove->bind(day_number(day)).run(); !removed) return removed;
        for (const DailyTotals& made : totals) {
            const auto run = std::ranges::find(*runs, made.position.incarnation, &Run::incarnation);
            const Uuid owner = run == runs->end() ? Uuid{} : run->writer;
            if (auto written = write_totals(connection, owner, {&made, 1}); !written)
                return written;
        }
        return transaction->commit();
    };
    auto written = write();
    if (!written) drop_writer();
    return written;
}

}  // namespace tallygate::store
