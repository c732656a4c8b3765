// The tiers of now, which a reload may change while requests read them.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "usage/tier.h"

namespace tallygate::app {

// Any thread.
class TiersInForce {
public:
    explicit TiersInForce(TierTable tiers) { set(std::move(tiers)); }

    std::shared_ptr<const TierTable> get() const {
        const std::lock_guard lock(mutex_);
        return tiers_;
    }
    void set(TierTable tiers) {
        auto made = std::make_shared<const TierTable>(std::move(tiers));
        const std::lock_guard lock(mutex_);
        tiers_ = std::move(made);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const TierTable> tiers_;  // shared with the requests that are reading it
};

}  // namespace tallygate::app
