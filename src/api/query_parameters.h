// The parameters of the usage API, read strictly.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace tallygate::api {

// `days` of a query string ("days=7&top=5"), 1 to 366, and 30 where it is not given. Fails with
// invalid_argument: a whole number outside the range as days_out_of_range; anything else, an empty
// value or a second one as days_invalid.
Result<int> days_parameter(std::string_view query);

// `top`, 1 to 100, and 10 where it is not given. Fails like `days`, with top_out_of_range and
// top_invalid.
Result<std::size_t> top_parameter(std::string_view query);

}  // namespace tallygate::api
