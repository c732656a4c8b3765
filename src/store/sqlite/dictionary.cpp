#include "store/sqlite/dictionary.h"

namespace tallygate::store {
namespace {

struct TableSql {
    const char* find;
    const char* add;
    const char* text;
};
constexpr TableSql kUsers{"SELECT code FROM users WHERE user_id = ?",
                          "INSERT INTO users (user_id) VALUES (?) RETURNING code",
                          "SELECT user_id FROM users WHERE code = ?"};
constexpr TableSql kNames{"SELECT code FROM names WHERE name = ?",
                          "INSERT INTO names (name) VALUES (?) RETURNING code",
                          "SELECT name FROM names WHERE code = ?"};

const TableSql& sql_of(Dictionary::Table table) {
    return table == Dictionary::Table::users ? kUsers : kNames;
}

}  // namespace

void Dictionary::remember(std::string_view text, std::int64_t code) {
    if (codes_.size() >= kMaxRemembered) forget();
    codes_.emplace(text, code);
}

void Dictionary::forget() {
    codes_.clear();
    texts_.clear();
}

Result<std::optional<std::int64_t>> Dictionary::find(std::string_view text) {
    if (text.empty()) return std::optional<std::int64_t>{0};
    if (const auto known = codes_.find(text); known != codes_.end())
        return std::optional{known->second};
    auto statement = database_.prepare(sql_of(table_).find);
    if (!statement) return std::unexpected(statement.error());
    const auto row = statement->bind(text).step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return std::optional<std::int64_t>{};
    const std::int64_t code = statement->integer(0);
    remember(text, code);
    return std::optional{code};
}

Result<std::int64_t> Dictionary::code(std::string_view text) {
    const auto known = find(text);
    if (!known) return std::unexpected(known.error());
    if (*known) return **known;
    auto statement = database_.prepare(sql_of(table_).add);
    if (!statement) return std::unexpected(statement.error());
    const auto row = statement->bind(text).step();
    if (!row) return std::unexpected(row.error());
    const std::int64_t code = statement->integer(0);
    remember(text, code);
    return code;
}

Result<std::string> Dictionary::text(std::int64_t code) {
    if (code == 0) return std::string();
    if (const auto known = texts_.find(code); known != texts_.end()) return known->second;
    auto statement = database_.prepare(sql_of(table_).text);
    if (!statement) return std::unexpected(statement.error());
    const auto row = statement->bind(code).step();
    if (!row) return std::unexpected(row.error());
    std::string text(*row ? statement->text(0) : std::string_view());
    if (texts_.size() >= kMaxRemembered) texts_.clear();
    texts_.emplace(code, text);
    return text;
}

}  // namespace tallygate::store
