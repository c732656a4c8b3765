#include "usage/tier.h"

namespace tallygate {

TierTable TierTable::standard() {
    TierTable table;
    for (const Tier& tier : {Tier{"free", 10'000}, Tier{"basic", 50'000}, Tier{"pro", 200'000},
                             Tier{"enterprise", 1'000'000}}) {
        table.tiers.emplace(tier.name, tier);
    }
    return table;
}

const Tier& TierTable::resolve(std::string_view claim) const {
    const auto found = tiers.find(claim);
    return found != tiers.end() ? found->second : tiers.find(default_tier)->second;
}

}  // namespace tallygate
