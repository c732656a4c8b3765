// The numbers behind /tallygate/metrics, and their text.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/process_figures.h"
#include "journal/journal.h"
#include "tracker/usage_tracker.h"
#include "usage/event.h"

namespace tallygate::api {

// How long operations took, as a histogram.
struct ResponseTimes {
    std::vector<std::chrono::microseconds> bounds;  // upper ends, in, ascending
    // One for each bound, not cumulative, and one for what lies beyond the last.
    std::vector<std::uint64_t> counts;
    std::chrono::microseconds sum{0};
};

// One operation's counters since the start.
struct OperationMetrics {
    static constexpr std::size_t kSources = 4;

    std::string operation;  // of a configured route, so that there are only so many
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::array<std::int64_t, kSources> tokens{};  // by TokenSource
    ResponseTimes response_times;
};

// Calls that were refused before they were forwarded, by the code of the answer.
struct RefusedCalls {
    std::string reason;
    std::uint64_t count = 0;
};

// What the gateway counts. Whoever wires the gateway to the API fills it. A value; counters only
// ever grow.
struct GatewayMetrics {
    std::vector<OperationMetrics> operations;
    std::vector<RefusedCalls> refused;
    std::uint64_t unmetered = 0;  // forwarded without a journal: passthroughs, and serve_unmetered
};

// All that the page shows.
struct MetricsSnapshot {
    GatewayMetrics gateway;
    std::int64_t in_flight = 0;
    journal::JournalStatus journal;
    tracker::TrackerStatus tracker;
    std::string store_kind;
    ProcessFigures process;
    std::string version;
};

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

// The Prometheus text format 0.0.4. Never a label whose values users choose.
std::string metrics_text(const MetricsSnapshot& snapshot);

}  // namespace tallygate::api
