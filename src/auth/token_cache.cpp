#include "auth/token_cache.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace tallygate::auth {

TokenCache::TokenCache(std::size_t entries)
    : sets_(std::max<std::size_t>(1, (entries + kShards * kWays - 1) / (kShards * kWays))) {
    for (Shard& shard : shards_) {
        shard.places.resize(sets_ * kWays);
    }
}

TokenCache::Place* TokenCache::first_place(Shard& shard, const Sha256& token) const {
    std::uint64_t bits = 0;
    std::memcpy(&bits, token.data() + 8, sizeof bits);
    return &shard.places[bits % sets_ * kWays];
}

TokenCache::Entry TokenCache::find(const Sha256& token) {
    Shard& shard = shard_of(token);
    const std::lock_guard lock(shard.mutex);
    for (Place& place : std::span(first_place(shard, token), kWays)) {
        if (!place.entry.principal || place.token != token) continue;
        place.last_used = ++shard.uses;
        return place.entry;
    }
    return {};
}

void TokenCache::put(const Sha256& token, Entry entry) {
    Shard& shard = shard_of(token);
    const std::lock_guard lock(shard.mutex);
    const std::span places(first_place(shard, token), kWays);
    auto place =
        std::ranges::find(places, token, &Place::token);  // two threads may verify the same token
    if (place == places.end()) place = std::ranges::min_element(places, {}, &Place::last_used);
    *place = {token, std::move(entry), ++shard.uses};
}

}  // namespace tallygate::auth
