// Verified tokens, so that each is verified once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "auth/digest.h"
#include "auth/principal.h"

namespace tallygate::auth {

// What a whole token was verified to be, by its SHA-256. Bounded: its places are made at once, and
// when the few that a token may have are taken, the one that was asked for least lately goes. Any
// thread; each of 16 locks guards its share.
class TokenCache {
public:
    // At least `entries` places.
    explicit TokenCache(std::size_t entries);

    struct Entry {
        std::shared_ptr<const Principal>
            principal;          // shared with the requests that are under way; null: not known
        Timestamp valid_until;  // the caller compares, so that it can say "expired"
    };
    // Allocates nothing.
    Entry find(const Sha256& token);
    void put(const Sha256& token, Entry entry);

private:
    static constexpr std::size_t kShards = 16;
    static constexpr std::size_t kWays = 8;  // places that one token may have

    struct Place {
        Sha256 token{};
        Entry entry;
        std::uint64_t last_used = 0;
    };
    struct Shard {
        std::mutex mutex;
        std::uint64_t uses = 0;
        std::vector<Place> places;
    };
    Shard& shard_of(const Sha256& token) { return shards_[token[0] % kShards]; }
    Place* first_place(Shard& shard, const Sha256& token) const;

    std::size_t sets_;  // per shard, of kWays places each
    std::vector<Shard> shards_{kShards};
};

}  // namespace tallygate::auth
