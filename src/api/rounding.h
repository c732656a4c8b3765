// Decimal fractions out of integers, without a double in between.
#pragma once

#include <cstdint>

namespace tallygate::api {

// numerator * factor / denominator, rounded half up (towards positive infinity), and clamped to
// what an int64 holds. The product may be larger than that. 0 where `denominator` is not positive.
std::int64_t rounded_ratio(std::int64_t numerator, std::int64_t factor, std::int64_t denominator);

// part / whole in hundredths of a percent: 11 of 12 is 9167 (91.67 %).
inline std::int64_t percent_hundredths(std::int64_t part, std::int64_t whole) {
    return rounded_ratio(part, 10'000, whole);
}

}  // namespace tallygate::api
