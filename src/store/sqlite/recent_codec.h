// The last operations of a day as a few bytes each.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/dictionary.h"
#include "usage/totals.h"

namespace tallygate::store {

// Each operation: codes of operation and endpoint, tokens, success, response time and timestamp as
// varints (LEB128, signed ones zigzag).
Result<std::string> encode_recent(std::span<const RecentOperation> operations, Dictionary& names);
// Ends at the first byte that is not as written.
Result<std::vector<RecentOperation>> decode_recent(std::string_view bytes, Dictionary& names);

}  // namespace tallygate::store
