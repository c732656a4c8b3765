// Proves every total against the log, and the log against the journal.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/usage_store.h"
#include "usage/period.h"

namespace tallygate::tracker {

// One thing that is not as it must be, for a person: what, expected, found.
struct Difference {
    std::string what;      // "usage_logs <event id>", "daily_stats alice 2026-11-24", "journal
                           // 0000000003 offset 8192"
    std::string expected;  // "tokens_used 500"
    std::string found;     // "tokens_used 900"
};

struct VerifyReport {
    std::uint64_t events = 0;
    std::uint64_t totals = 0;
    std::uint64_t journal_events = 0;  // compared with their rows
    std::uint64_t differences = 0;
};

struct VerifyOptions {
    std::optional<std::filesystem::path> journal_path;  // nothing: the store alone
    std::optional<Day> from;  // bounds the days whose totals are folded; numbers and the
    std::optional<Day> to;    // journal are always checked whole
};

// Checks, beside a running server and bounded by the positions it reads first: each row against its
// checksum; the numbers 1…position of each run all present and none beyond; each totals row equal
// to the fold of the rows up to its own position, none missing, none too many; each event of the
// journal in the store as it was written; the journal undamaged. Calls `report` for each difference
// as it is found, `progress` now and then with the events seen so far.
Result<VerifyReport> verify(store::UsageStore& store, const VerifyOptions& options,
                            const std::function<void(const Difference&)>& report,
                            const std::function<void(std::uint64_t)>& progress);

}  // namespace tallygate::tracker
