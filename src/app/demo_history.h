// The demo's make-believe past: what its users did in the 90 days before it was first started.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "base/result.h"
#include "base/utc_time.h"
#include "store/usage_store.h"
#include "tracker/usage_tracker.h"
#include "usage/event.h"

namespace tallygate::app {

// Today and the 89 days before it, in UTC.
inline constexpr int kDemoHistoryDays = 90;

// The calls of that time by when they began; all have ended before `now`. As the gateway makes
// events of an application's own routes: tokens by the route's estimate, no model, no provider.
// About 25,000, and the same for the same `now`.
std::vector<UsageEvent> plan_demo_history(Timestamp now);

// Writes that past the way calls take, OPEN and CLOSE through `tracker`, and returns how many there
// were. Where the journal or the store has had any event there is a past already: writes nothing
// and returns 0. For a start, before the first call. Fails as the journal and the store do; what
// was written until then stays, and so does a past that a kill has cut short.
Result<std::size_t> write_demo_history(tracker::UsageTracker& tracker,
                                       const std::filesystem::path& journal_path,
                                       store::UsageStore& store, Timestamp now);

}  // namespace tallygate::app
