// The half of verify that holds the totals against the log.
#pragma once

#include <functional>

#include "tracker/log_walk.h"
#include "tracker/verify.h"

namespace tallygate::tracker {

// Each day's totals are read before its events, and each is compared with the fold of the events up
// to its own position, so that a server may go on writing meanwhile. Memory is bounded by one day's
// totals.
Result<void> verify_totals(store::UsageStore& store, const VerifyOptions& options,
                           const AppliedNumbers& applied, VerifyReport& counts,
                           const std::function<void(const Difference&)>& report);

}  // namespace tallygate::tracker
