// Subscription tiers: what a user may use in a UTC month.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tallygate {

struct Tier {
    std::string name;
    std::optional<std::int64_t> tokens_per_month;  // nothing: unlimited

    bool operator==(const Tier&) const = default;
};

// The tiers that configuration knows. A value.
struct TierTable {
    // free 10,000 · basic 50,000 · pro 200,000 · enterprise 1,000,000
    static TierTable standard();

    // The tier called `claim`, or the default tier where there is no such (an empty claim, a name
    // nobody configured).
    const Tier& resolve(std::string_view claim) const;

    std::map<std::string, Tier, std::less<>> tiers;
    std::string default_tier = "free";  // must be in `tiers`
};

}  // namespace tallygate
