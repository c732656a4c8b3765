// Sums over events: what daily_stats holds.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "usage/event.h"

namespace tallygate {

// A fold over events; adding is all that ever happens to it, so it can be made again from the log.
struct Totals {
    std::int64_t operations = 0;
    std::int64_t successful = 0;
    std::int64_t failed = 0;
    std::int64_t tokens = 0;
    std::int64_t response_time_us = 0;  // summed over the operations

    bool operator==(const Totals&) const = default;
    void add(const UsageEvent& event);
    void add(const Totals& other);
};

// A row of a breakdown. The name is data (an operation, an endpoint), never a field's name.
struct NamedTotals {
    std::string name;
    std::int64_t operations = 0;
    std::int64_t tokens = 0;

    bool operator==(const NamedTotals&) const = default;
};

// Adds to the row called `name`; rows stay sorted by name, and one that comes back to zero stays.
void add_named(std::vector<NamedTotals>& rows, std::string_view name, std::int64_t operations,
               std::int64_t tokens);

// One line of "recent operations".
struct RecentOperation {
    std::string operation_type;
    std::string endpoint;
    std::int64_t tokens_used = 0;
    bool success = false;
    std::chrono::microseconds response_time{0};
    Timestamp timestamp;

    bool operator==(const RecentOperation&) const = default;
};

enum class Scope : std::uint8_t { user, global };

// Which totals: one UTC day of one user, or of all of them (then user_id is empty; a user may well
// be called "global").
struct TotalsKey {
    Scope scope = Scope::user;
    std::string user_id;
    Day day;
    RunId run{};  // whose events; nil: of all runs

    auto operator<=>(const TotalsKey&) const = default;
};

// Where an event counts: in its user's totals of its day and in those of all users, each of its run
// alone where `by_run`.
std::array<TotalsKey, 2> totals_keys(const UsageEvent& event, bool by_run);

// Everything the views need to know of one day of one user, or of all. Absolute numbers: it
// replaces what was stored.
struct DailyTotals {
    static constexpr std::size_t kRecentKept = 10;

    TotalsKey key;
    Totals totals;
    std::vector<NamedTotals> by_operation;
    std::vector<NamedTotals> by_endpoint;  // global scope only
    std::vector<RecentOperation>
        recent;               // user scope only: the day's last ten by timestamp, newest first
    Timestamp last_activity;  // of the newest operation; epoch where there is none
    std::string tier;         // of the newest operation's caller, user scope only
    LogPosition position;     // the last event that was added

    bool operator==(const DailyTotals&) const = default;

    // Adds `event`, unless it stands at or before `position` and so is in here already. The event
    // is one of this key. Events come in the order of their positions. Returns whether it was
    // added.
    bool add(const UsageEvent& event);
    // Adds `event` whatever its position; the position becomes the greater one. Any order of the
    // same events gives the same totals, as long as those of one instant come in the order of their
    // positions.
    void fold(const UsageEvent& event);
    // Adds the totals of another run of the same day; of two operations of one instant, that of
    // `other` counts as newer. The key stays; the position means nothing then.
    void merge(const DailyTotals& other);
};

// Appends `day`, which holds the events of one run, to `days`, or adds it to the last of them where
// that is of the same day, scope and user. What it makes is of all runs.
void add_to_days(std::vector<DailyTotals>& days, const DailyTotals& day);

}  // namespace tallygate
