// Computes all views again from the log.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "base/result.h"
#include "store/usage_store.h"

namespace tallygate::tracker {

struct RebuildReport {
    std::uint64_t events_restored = 0;  // rows that the store lacked and the journal had
    std::uint64_t events_altered = 0;   // rows that are not what the journal has; left as they are
    std::uint64_t events = 0;           // folded
    std::uint64_t totals = 0;           // written
    int days = 0;
};

// First applies what the journal has and the store lacks, then folds each day from `from` on, and
// each that got a row back, and replaces its totals. Fails with data_loss, changing nothing, where
// numbers are missing that neither of the two has (the message names them for each run) or the
// journal is damaged. The server must not run. `progress` hears the events seen so far.
Result<RebuildReport> rebuild(store::UsageStore& store, const Uuid& writer,
                              const std::filesystem::path& journal_path, std::optional<Day> from,
                              const std::function<void(std::uint64_t)>& progress);

}  // namespace tallygate::tracker
