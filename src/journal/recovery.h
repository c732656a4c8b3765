// What earlier runs have left in the journal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/segment_format.h"
#include "usage/event.h"

namespace tallygate::journal {

// A call that was opened and never closed.
struct UnclosedCall {
    CallKey key;
    UsageEvent draft;
};

struct Recovered {
    std::vector<UnclosedCall> unclosed;   // in the order they were opened
    std::vector<SegmentHeader> segments;  // all that are kept, ascending
    std::uint64_t next_sequence = 1;
    std::uint64_t oldest_open = 0;  // 0: no call is unclosed
    std::uint64_t dropped_records = 0;
    LogPosition last_event;  // the newest that is kept, or is known to have been written
};

// Finds where the log ends and cuts off what lies behind: the first record that is not whole and
// that no sync has covered ends it, even where the kernel wrote later pages. Can be repeated after
// any interruption. Fails with data_loss, changing nothing, where a sync has covered the damaged
// place.
Result<Recovered> recover(const std::filesystem::path& directory);

}  // namespace tallygate::journal
