// SQLite's C interface as resources and Results.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tallygate::store {

// A prepared statement, ready to be bound; rests when it goes out of scope and stays with its
// Database.
class Statement {
public:
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    // Parameters in order, from the first.
    Statement& bind(std::int64_t value);
    Statement& bind(std::string_view text);
    Statement& bind_blob(std::string_view bytes);
    Statement& bind_null();
    Statement& bind(const std::optional<std::int64_t>& value) {
        return value ? bind(*value) : bind_null();
    }

    // True: a row is there. A failure says what SQLite said, as unavailable.
    Result<bool> step();
    // For statements without rows; ready to be bound again.
    Result<void> run();
    void reset();

    std::int64_t integer(int column) const;
    std::string_view text(int column) const;  // of texts and blobs; lives until the next step
    bool is_null(int column) const;
    std::optional<std::int64_t> optional(int column) const;

private:
    sqlite3_stmt* statement_;
    int next_ = 1;
};

// One connection, used by one thread at a time.
class Database {
public:
    enum class Mode { read_write, read_only };
    // Opens or (read_write) makes the file, 0600. Fails with invalid_argument where it is no SQLite
    // database, with unavailable where the disk or another process refuses.
    static Result<std::unique_ptr<Database>> open(const std::filesystem::path& path, Mode mode);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // Prepares `sql` once and keeps it; `sql` must be a literal.
    Result<Statement> prepare(const char* sql);
    Result<void> execute(const char* sql);
    Result<std::int64_t> query_integer(const char* sql);
    // Rows that the last statement changed.
    std::int64_t changes() const;

    sqlite3* handle() const { return database_; }

private:
    explicit Database(sqlite3* database) : database_(database) {}
    sqlite3* database_;
    std::map<const char*, sqlite3_stmt*> statements_;
};

// A transaction: rolled back unless committed.
class Transaction {
public:
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    Result<void> commit();

private:
    explicit Transaction(Database& database) : database_(&database) {}
    Database* database_;
};

}  // namespace tallygate::store
