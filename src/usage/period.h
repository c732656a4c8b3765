// A range of whole UTC days.
#pragma once

#include "base/utc_time.h"

namespace tallygate {

// `from` is in, `to` is out.
struct Period {
    Day from;
    Day to;

    bool operator==(const Period&) const = default;
    bool contains(Day day) const { return from <= day && day < to; }
    int days() const { return static_cast<int>((to - from).count()); }

    // The `days` days that end with `today`, today included.
    static Period last_days(int days, Day today) {
        return {today - std::chrono::days{days - 1}, today + std::chrono::days{1}};
    }
};

}  // namespace tallygate
