#include "api/rounding.h"

#include <algorithm>
#include <limits>

namespace tallygate::api {

std::int64_t rounded_ratio(std::int64_t numerator, std::int64_t factor, std::int64_t denominator) {
    if (denominator <= 0) return 0;
    const __int128 divisor = static_cast<__int128>(denominator) * 2;
    const __int128 dividend = static_cast<__int128>(numerator) * factor * 2 + denominator;
    __int128 quotient = dividend / divisor;
    if (dividend % divisor < 0) --quotient;  // division cuts towards zero, half up needs the floor
    constexpr __int128 kLowest = std::numeric_limits<std::int64_t>::min();
    constexpr __int128 kHighest = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(std::clamp(quotient, kLowest, kHighest));
}

}  // namespace tallygate::api
