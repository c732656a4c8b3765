// From a store URL to a store.
#include <fmt/format.h>

#include "store/memory/memory_store.h"
#include "store/sqlite/sqlite_store.h"
#include "store/usage_store.h"

namespace tallygate::store {

Result<std::unique_ptr<UsageStore>> open_store(const StoreOptions& options) {
    constexpr std::string_view kSqlite = "sqlite:";
    const std::string_view url = options.url;
    if (url == "memory:") return std::make_unique<MemoryStore>();
    if (url.starts_with(kSqlite)) {
        const std::string_view path = url.substr(kSqlite.size());
        return SqliteStore::open(path.empty() ? options.default_path : std::string(path),
                                 options.read_only);
    }
    return failure(
        Errc::invalid_argument, "",
        fmt::format("store: this version knows sqlite:, sqlite:PATH and memory:, not \"{}\"",
                    url.substr(0, url.find(':') + 1)));
}

}  // namespace tallygate::store
