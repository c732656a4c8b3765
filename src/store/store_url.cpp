#include "store/store_url.h"

#include <fmt/format.h>

#include "store/mongo/mongo_url.h"

namespace tallygate::store {

Result<void> check_store_url(std::string_view url) {
    if (url == "memory:" || url.starts_with("sqlite:")) return {};
    if (is_mongo_url(url)) {
        const auto parsed = parse_mongo_url(url);
        return parsed ? check_tls_files(**parsed) : std::unexpected(parsed.error());
    }
    return failure(Errc::invalid_argument, "",
                   fmt::format("\"{}\" is not a store; use sqlite:, sqlite:PATH, "
                               "mongodb://HOST/DATABASE or memory:",
                               url.substr(0, url.find(':'))));  // behind it there may be a password
}

std::string shown_store_url(std::string_view url) {
    if (is_mongo_url(url)) return shown_mongo_url(url);
    if (url == "memory:" || url.starts_with("sqlite:")) return std::string(url);
    return fmt::format("{}:***", url.substr(0, url.find(':')));
}

bool is_shared_store(std::string_view url) {
    return is_mongo_url(url);
}

}  // namespace tallygate::store
