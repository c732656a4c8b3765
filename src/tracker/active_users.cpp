#include "tracker/active_users.h"

#include <algorithm>
#include <functional>

#include "base/ids.h"

namespace tallygate::tracker {

ActiveUsers::ActiveUsers(std::size_t max_users) : max_users_(max_users / kShards) {
    fill_random(reinterpret_cast<std::uint8_t*>(salt_.data()), salt_.size());
}

std::uint64_t ActiveUsers::hash_of(std::string_view user_id) const {
    constexpr std::size_t kLongestId = 256;
    std::array<char, sizeof salt_ + kLongestId> salted;
    const auto end = std::ranges::copy(salt_, salted.begin()).out;
    const std::string_view id = user_id.substr(0, kLongestId);
    const auto size = static_cast<std::size_t>(std::ranges::copy(id, end).out - salted.begin());
    return std::hash<std::string_view>{}({salted.data(), size});
}

void ActiveUsers::note(std::string_view user_id, Minute minute) {
    const std::uint64_t user = hash_of(user_id);
    Shard& shard = shards_[user % kShards];
    const std::lock_guard lock(shard.mutex);
    shard.note(user, minute, max_users_);
}

void ActiveUsers::Shard::note(std::uint64_t user, Minute minute, std::size_t max_users) {
    const auto known = latest.find(user);
    if (known != latest.end()) {
        if (known->second >= minute) return;
        if (Slot& slot = slot_of(known->second); slot.minute == known->second) --slot.users;
        known->second = minute;
    } else {
        // Once a minute those of more than an hour ago go.
        if (minute > pruned) {
            pruned = minute;
            std::erase_if(latest,
                          [&](const auto& entry) { return entry.second <= minute - kWindow; });
        }
        if (latest.size() >= max_users) return;
        latest.emplace(user, minute);
    }
    Slot& slot = slot_of(minute);
    if (slot.minute < minute) slot = {.minute = minute};
    if (slot.minute == minute) ++slot.users;
}

std::int64_t ActiveUsers::count(Minute first, Minute last) const {
    std::int64_t users = 0;
    for (const Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        for (const Slot& slot : shard.slots) {
            if (slot.minute >= first && slot.minute <= last) users += slot.users;
        }
    }
    return users;
}

}  // namespace tallygate::tracker
