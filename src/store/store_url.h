// What names a store in the configuration, before one is opened.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tallygate::store {

// Fails with invalid_argument, naming the mend and no secret, where open_store could do nothing
// with the URL. Opens nothing.
Result<void> check_store_url(std::string_view url);

// The URL as people and logs may see it: mongodb://***@host/usage.
std::string shown_store_url(std::string_view url);

// Whether it names a server that keeps the data of several nodes.
bool is_shared_store(std::string_view url);

}  // namespace tallygate::store
