// How many users called in the last hour.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace tallygate::tracker {

// Minutes since the epoch.
using Minute = std::int64_t;

// Knows each user by a hash and the minute of the latest call. Memory is bounded: about 40 bytes
// for each user of the hour, up to a million users, beyond which the count stays where it is. Any
// thread; the locks are short, as each covers only a part of the users.
class ActiveUsers {
public:
    static constexpr std::size_t kMaxUsers = 1'000'000;
    static constexpr Minute kWindow = 60;

    explicit ActiveUsers(std::size_t max_users = kMaxUsers);

    void note(std::string_view user_id, Minute minute);
    // Those whose latest call was in first…last; that range must be within the kWindow minutes that
    // end now.
    std::int64_t count(Minute first, Minute last) const;

private:
    static constexpr std::size_t kShards = 64;
    static constexpr std::size_t kSlots = 64;  // a few more than the window

    struct Slot {
        Minute minute = -1;
        std::int64_t users = 0;
    };
    struct Shard {
        mutable std::mutex mutex;
        // All under mutex.
        std::unordered_map<std::uint64_t, Minute> latest;
        std::array<Slot, kSlots> slots;  // how many have each minute as their latest
        Minute pruned = 0;

        void note(std::uint64_t user, Minute minute, std::size_t max_users);
        Slot& slot_of(Minute minute) { return slots[static_cast<std::size_t>(minute) % kSlots]; }
    };

    std::uint64_t hash_of(std::string_view user_id) const;

    const std::size_t max_users_;  // of a shard
    std::array<char, 8> salt_;
    std::array<Shard, kShards> shards_;
};

}  // namespace tallygate::tracker
