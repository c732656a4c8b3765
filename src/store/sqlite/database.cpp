#include "store/sqlite/database.h"

#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

namespace tallygate::store {
namespace {

std::unexpected<Error> sqlite_failure(sqlite3* database) {
    const int code = sqlite3_errcode(database);
    if (code == SQLITE_NOTADB) {
        return failure(Errc::invalid_argument, "", "the file is not an SQLite database");
    }
    if (code == SQLITE_CORRUPT) {
        return failure(Errc::data_loss, "store_unavailable",
                       fmt::format("the database is damaged ({}); restore it from a backup, or "
                                   "stop the server, remove it and run "
                                   "`tallygate rebuild`",
                                   sqlite3_errmsg(database)));
    }
    return failure(Errc::unavailable, "store_unavailable",
                   fmt::format("SQLite: {}", sqlite3_errmsg(database)));
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), next_(other.next_) {}

Statement::~Statement() {
    if (statement_) reset();
}

void Statement::reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    next_ = 1;
}

Statement& Statement::bind(std::int64_t value) {
    sqlite3_bind_int64(statement_, next_++, value);
    return *this;
}

Statement& Statement::bind(std::string_view text) {
    sqlite3_bind_text64(statement_, next_++, text.data() ? text.data() : "", text.size(),
                        SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
    sqlite3_bind_blob64(statement_, next_++, bytes.data() ? bytes.data() : "", bytes.size(),
                        SQLITE_TRANSIENT);
    return *this;
}

Statement& Statement::bind_null() {
    sqlite3_bind_null(statement_, next_++);
    return *this;
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return sqlite_failure(sqlite3_db_handle(statement_));
}

Result<void> Statement::run() {
    const auto stepped = step();
    reset();
    if (!stepped) return std::unexpected(stepped.error());
    return {};
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {bytes ? bytes : "",
            bytes ? static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)) : 0};
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::optional<std::int64_t> Statement::optional(int column) const {
    if (is_null(column)) return std::nullopt;
    return integer(column);
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& path, Mode mode) {
    const int flags =
        mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3* handle = nullptr;
    const mode_t before = umask(0077);
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    umask(before);
    std::unique_ptr<Database> database(new Database(handle));
    if (code != SQLITE_OK) {
        return failure(Errc::unavailable, "store_unavailable",
                       fmt::format("cannot open {}: {}", path.string(),
                                   handle ? sqlite3_errmsg(handle) : "out of memory"));
    }
    constexpr int kBusyMilliseconds = 250;
    sqlite3_busy_timeout(handle, kBusyMilliseconds);
    return database;
}

Database::~Database() {
    for (const auto& [sql, statement] : statements_)
        sqlite3_finalize(statement);
    sqlite3_close(database_);
}

Result<Statement> Database::prepare(const char* sql) {
    sqlite3_stmt*& statement = statements_[sql];
    if (!statement && sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                                         nullptr) != SQLITE_OK) {
        return sqlite_failure(database_);
    }
    return Statement(statement);
}

Result<void> Database::execute(const char* sql) {
    if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return sqlite_failure(database_);
    return {};
}

Result<std::int64_t> Database::query_integer(const char* sql) {
    auto statement = prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    return *row ? statement->integer(0) : 0;
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(database_);
}

Result<Transaction> Transaction::begin(Database& database) {
    if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun)
        return std::unexpected(begun.error());
    return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
    if (database_) (void)database_->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
    if (auto committed = database_->execute("COMMIT"); !committed) return committed;
    database_ = nullptr;
    return {};
}

}  // namespace tallygate::store
