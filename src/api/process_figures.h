// What the operating system says about this process.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/utc_time.h"

namespace tallygate::api {

// A value; 0 where the system does not say.
struct ProcessFigures {
    Timestamp started;
    std::chrono::microseconds cpu_time{0};  // user and system
    std::int64_t resident_bytes = 0;
    std::int64_t virtual_bytes = 0;
    std::int64_t open_descriptors = 0;
    std::int64_t most_descriptors = 0;
};

// Reads /proc/self and the process's limits now. `started` is the caller's to fill. Any thread.
ProcessFigures read_process_figures();

}  // namespace tallygate::api
