// From a store URL to a store.
#include "store/memory/memory_store.h"
#include "store/mongo/mongo_store.h"
#include "store/sqlite/sqlite_store.h"
#include "store/store_url.h"
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
    if (is_mongo_url(url)) return MongoStore::open(url, options.read_only);
    return std::unexpected(check_store_url(url).error());
}

}  // namespace tallygate::store
