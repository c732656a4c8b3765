// Texts by number: users and names, each written once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/sqlite/database.h"

namespace tallygate::store {

// One table of codes on one connection, with what was looked up lately in memory (bounded). One
// thread at a time.
class Dictionary {
public:
    enum class Table { users, names };
    Dictionary(Database& database, Table table) : database_(database), table_(table) {}

    // The code of `text`, written where it is new; 0 for the empty text. Inside a transaction:
    // forget() after a rollback.
    Result<std::int64_t> code(std::string_view text);
    // The code, or nothing where the table does not have it.
    Result<std::optional<std::int64_t>> find(std::string_view text);
    // The text of a code, empty where there is none (somebody has tampered with the tables).
    Result<std::string> text(std::int64_t code);
    void forget();

private:
    static constexpr std::size_t kMaxRemembered = 100'000;
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };
    void remember(std::string_view text, std::int64_t code);

    Database& database_;
    Table table_;
    std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> codes_;
    std::unordered_map<std::int64_t, std::string> texts_;
};

}  // namespace tallygate::store
