// The last hour, in memory.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "usage/event.h"
#include "usage/totals.h"

namespace tallygate::tracker {

// A recent operation with its user, which only administrators are shown.
struct LiveOperation {
    std::string user_id;
    RecentOperation operation;
};

// What happened in the 60 minutes that end now, by the minute that each operation began in.
struct LastHour {
    Timestamp as_of;
    Totals totals;
    std::int64_t active_users = 0;
    std::vector<NamedTotals> by_operation;                 // most operations first
    std::array<std::int64_t, 60> operations_per_minute{};  // oldest first
    std::vector<LiveOperation> recent;                     // at most kRecentKept, newest first
};

// Folds events as they are journalled. Memory is bounded: one bucket a minute, and about 40 bytes
// for each user of the hour, up to a million users, beyond which active_users stays at that number.
// Any thread; short locks.
class LiveViews {
public:
    static constexpr std::size_t kRecentKept = 20;

    explicit LiveViews(const Clock& clock);
    ~LiveViews();

    void add(const UsageEvent& event);
    LastHour last_hour() const;

    // Calls between OPEN and CLOSE.
    void call_began();
    void call_ended();
    std::int64_t in_flight() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tallygate::tracker
