#include "store/sqlite/sqlite_store.h"

#include <atomic>
#include <fstream>
#include <thread>

#include <sqlite3.h>
#include <sys/stat.h>

#include "store/sqlite/schema.h"
#include "store/usage_store_contract.h"

namespace tallygate::store {
namespace {

class TemporaryFile {
public:
    TemporaryFile()
        : folder_(std::filesystem::temp_directory_path() /
                  ("tallygate-store-" + make_request_id())) {
        std::filesystem::create_directories(folder_);
    }
    ~TemporaryFile() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    std::filesystem::path path() const { return folder_ / "usage.db"; }

private:
    std::filesystem::path folder_;
};

class SqliteFixture {
public:
    SqliteFixture() : left_(std::make_unique<int>(-1)), file_(std::make_unique<TemporaryFile>()) {
        reopen();
    }
    UsageStore& store() { return *store_; }
    void cut_after(int writes) { *left_ = writes; }
    void reopen() {
        store_.reset();
        auto opened = SqliteStore::open(file_->path(), false, [left = left_.get()] {
            if (*left < 0) return true;
            return (*left)-- != 0;
        });
        EXPECT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }
    std::filesystem::path path() const { return file_->path(); }

private:
    std::unique_ptr<int> left_;
    std::unique_ptr<TemporaryFile> file_;
    std::unique_ptr<SqliteStore> store_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, UsageStoreContract, SqliteFixture);

Result<void> apply_one(UsageStore& store, std::uint64_t n) {
    const EventRow row = contract_row(n, "alice", Timestamp{kContractDay});
    DailyTotals day{.key = {Scope::user, "alice", kContractDay}};
    day.add(row.event);
    return store.apply(kContractWriter, {&row, 1}, {&day, 1}, {{row.event.id.position}});
}

void execute(const std::filesystem::path& path, const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, &error), SQLITE_OK) << error;
    sqlite3_close(database);
}

TEST(SqliteStore, RefusesFilesThatAreNotOursAndLeavesThemAlone) {
    TemporaryFile file;
    execute(file.path(), "CREATE TABLE theirs (x)");
    const auto foreign = SqliteStore::open(file.path(), false);
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().errc, Errc::invalid_argument);
    EXPECT_NE(foreign.error().message.find("another program"), std::string::npos);

    TemporaryFile text;
    std::ofstream(text.path()) << std::string(4'096, 'x');
    const auto garbage = SqliteStore::open(text.path(), false);
    ASSERT_FALSE(garbage);
    EXPECT_EQ(garbage.error().errc, Errc::invalid_argument) << garbage.error().message;
}

TEST(SqliteStore, RefusesAFileOfANewerVersion) {
    SqliteFixture fixture;
    execute(fixture.path(), "PRAGMA user_version = 99");

    const auto newer = SqliteStore::open(fixture.path(), false);

    ASSERT_FALSE(newer);
    EXPECT_NE(newer.error().message.find("newer"), std::string::npos);
}

TEST(SqliteStore, BringsAnOlderFileForwardInOneStep) {
    TemporaryFile file;
    auto database = Database::open(file.path(), Database::Mode::read_write);
    ASSERT_TRUE(database);
    const std::array<Migration, 2> first = {
        {{0, "CREATE TABLE a (x)"}, {1, "INSERT INTO a VALUES (7)"}}};
    ASSERT_TRUE(migrate(**database, first.data(), 1, 1));
    ASSERT_TRUE(migrate(**database, first.data(), 2, 2));
    ASSERT_TRUE(migrate(**database, first.data(), 2, 2));

    EXPECT_EQ((*database)->query_integer("SELECT count(*) FROM a").value(), 1);
    EXPECT_EQ((*database)->query_integer("PRAGMA user_version").value(), 2);

    const std::array<Migration, 3> broken = {
        {first[0], first[1], {2, "CREATE TABLE b (x); NOT SQL"}}};
    EXPECT_FALSE(migrate(**database, broken.data(), 3, 3));
    EXPECT_EQ(
        (*database)->query_integer("SELECT count(*) FROM sqlite_master WHERE name = 'b'").value(),
        0);
    EXPECT_EQ((*database)->query_integer("PRAGMA user_version").value(), 2);
}

TEST(SqliteStore, KeepsItsFileFromOthers) {
    SqliteFixture fixture;
    struct stat info{};
    ASSERT_EQ(stat(fixture.path().c_str(), &info), 0);

    EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST(SqliteStore, NeverTouchesTheLogForOneUsersNumbers) {
    SqliteFixture fixture;
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(fixture.path().c_str(), &database), SQLITE_OK);
    for (const char* sql : SqliteStore::user_statements()) {
        sqlite3_stmt* statement = nullptr;
        const std::string explain = std::string("EXPLAIN QUERY PLAN ") + sql;
        ASSERT_EQ(sqlite3_prepare_v2(database, explain.c_str(), -1, &statement, nullptr), SQLITE_OK)
            << sql;
        while (sqlite3_step(statement) == SQLITE_ROW) {
            const std::string step =
                reinterpret_cast<const char*>(sqlite3_column_text(statement, 3));
            EXPECT_TRUE(step.starts_with("SEARCH")) << step;
            EXPECT_EQ(step.find("events"), std::string::npos) << step;
            EXPECT_EQ(step.find("TEMP B-TREE"), std::string::npos) << step;
        }
        sqlite3_finalize(statement);
    }
    sqlite3_close(database);
}

TEST(SqliteStore, SaysUnavailableWhileAnotherHoldsTheLockAndGoesOnAfter) {
    SqliteFixture fixture;
    ASSERT_TRUE(apply_one(fixture.store(), 1));
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(fixture.path().c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);

    const auto locked = apply_one(fixture.store(), 2);
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().code, "store_unavailable");

    sqlite3_close(other);
    EXPECT_TRUE(apply_one(fixture.store(), 2));
}

TEST(SqliteStore, NoticesThatItsFileWasRemoved) {
    SqliteFixture fixture;
    ASSERT_TRUE(apply_one(fixture.store(), 1));

    for (const char* suffix : {"", "-wal", "-shm"})
        std::filesystem::remove(fixture.path().string() + suffix);

    EXPECT_EQ(fixture.store().position(kContractWriter).value(), StorePosition{});
    EXPECT_TRUE(apply_one(fixture.store(), 1));
    EXPECT_TRUE(std::filesystem::exists(fixture.path()));
}

TEST(SqliteStore, SurvivesRowsThatSomebodyHasTamperedWith) {
    SqliteFixture fixture;
    ASSERT_TRUE(apply_one(fixture.store(), 1));
    execute(
        fixture.path(),
        "UPDATE events SET kind = 99, token_source = -5, user = 12345, tags = '{', status = 'text';"
        "INSERT INTO events SELECT 7 << 40 | 3, kind, operations, user, endpoint, operation, "
        "timestamp_us, success,"
        " response_time_us, tokens_used, token_source, input_tokens, cache_read_tokens, "
        "cache_write_tokens, output_tokens,"
        " reasoning_tokens, delivered_tokens, cost_nano_usd, price_version, model, provider, tier, "
        "key_id, team, error_class,"
        " request_id, corrects, tags, status, time_to_first_token_us, streamed, client_gone, "
        "checksum FROM events;"
        "UPDATE daily_totals SET by_operation = 'x', recent = x'ff', tier = 999, run = 77");
    int rows = 0;
    int strangers = 0;

    EXPECT_TRUE(fixture.store().scan_events([&](const EventRow& row) {
        ++rows;
        if (row.event.id.writer.is_nil()) ++strangers;
        return true;
    }));
    EXPECT_TRUE(fixture.store().scan_totals({kContractDay, kContractDay + std::chrono::days{1}},
                                            [](const DailyTotals&) { return true; }));

    EXPECT_EQ(rows, 2);
    EXPECT_EQ(strangers, 1);
}

TEST(SqliteStore, ShowsReadableViews) {
    SqliteFixture fixture;
    ASSERT_TRUE(apply_one(fixture.store(), 1));
    auto database = Database::open(fixture.path(), Database::Mode::read_only);
    ASSERT_TRUE(database);
    auto row = (*database)->prepare(
        "SELECT _id, user_id, operation_type, timestamp, round(response_time_ms * 1000) FROM "
        "usage_logs");
    ASSERT_TRUE(row->step().value());
    EXPECT_EQ(row->text(0), to_string(contract_row(1, "", {}).event.id));
    EXPECT_EQ(row->text(1), "alice");
    EXPECT_EQ(row->text(2), "chat");
    EXPECT_EQ(row->text(3), "2026-11-24T00:00:00.000Z");
    EXPECT_EQ(row->integer(4), 1'001);
    auto day =
        (*database)->prepare("SELECT user_id, scope, date, total_operations FROM daily_stats");
    ASSERT_TRUE(day->step().value());
    EXPECT_EQ(day->text(0), "alice");
    EXPECT_EQ(day->text(1), "user");
    EXPECT_EQ(day->text(2), "2026-11-24T00:00:00.000Z");
    auto metadata = (*database)->prepare(
        "SELECT metadata ->> 'event_id' = event_id, metadata ->> 'kind', json_type(metadata, "
        "'$.success'), json_type(metadata, '$.streamed'), json_type(metadata, '$.tags'), "
        "json_type(metadata, '$.model') FROM usage_logs");
    ASSERT_TRUE(metadata->step().value());
    EXPECT_EQ(metadata->integer(0), 1);
    EXPECT_EQ(metadata->text(1), "operation");
    EXPECT_TRUE(metadata->is_null(2)) << "it stands beside";
    EXPECT_EQ(metadata->text(3), "false");
    EXPECT_EQ(metadata->text(4), "array");
    EXPECT_EQ(metadata->text(5), "null");
}

TEST(SqliteStore, IsReadByManyWhileItIsWritten) {
    SqliteFixture fixture;
    std::atomic<bool> done = false;
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            while (!done) {
                const auto days = fixture.store().user_days(
                    "alice", {kContractDay, kContractDay + std::chrono::days{1}});
                EXPECT_TRUE(days) << days.error().message;
                EXPECT_TRUE(fixture.store().top_users(
                    {kContractDay, kContractDay + std::chrono::days{1}}, 5));
            }
        });
    }
    for (std::uint64_t n = 1; n <= 200; ++n)
        EXPECT_TRUE(apply_one(fixture.store(), n));
    done = true;
    for (std::thread& reader : readers)
        reader.join();
}

}  // namespace
}  // namespace tallygate::store
