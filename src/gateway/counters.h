// What the gateway counts, for metrics.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "usage/event.h"

namespace tallygate::gateway {

// One operation's counters. Any thread adds.
struct OperationCounters {
    // Upper ends of the response time histogram, in; one bucket more for what is beyond.
    static constexpr std::array<std::chrono::milliseconds, 14> kBounds = {
        std::chrono::milliseconds{5},      std::chrono::milliseconds{10},
        std::chrono::milliseconds{25},     std::chrono::milliseconds{50},
        std::chrono::milliseconds{100},    std::chrono::milliseconds{250},
        std::chrono::milliseconds{500},    std::chrono::milliseconds{1'000},
        std::chrono::milliseconds{2'500},  std::chrono::milliseconds{5'000},
        std::chrono::milliseconds{10'000}, std::chrono::milliseconds{30'000},
        std::chrono::milliseconds{60'000}, std::chrono::milliseconds{120'000}};

    std::atomic<std::uint64_t> succeeded{0};
    std::atomic<std::uint64_t> failed{0};
    std::array<std::atomic<std::int64_t>, 4> tokens{};  // by TokenSource
    std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> response_times{};
    std::atomic<std::int64_t> response_time_us{0};
    std::atomic<std::int64_t> warned_at_s{-1};  // of the steady clock

    void add(const UsageEvent& event);
    // True at most once in ten seconds.
    bool may_warn(std::chrono::steady_clock::time_point now);
};

// All of them. Any thread; references stay good as long as this lives.
class GatewayCounters {
public:
    OperationCounters& operation(std::string_view name);
    // A call that was refused before it was forwarded, with the code of the answer: a few dozen
    // words of ours.
    void count_refused(std::string_view code);
    void count_unmetered() { unmetered_.fetch_add(1, std::memory_order_relaxed); }

    std::uint64_t unmetered() const { return unmetered_.load(std::memory_order_relaxed); }
    std::map<std::string, std::uint64_t, std::less<>> refused() const;
    // Calls `visit(name, counters)` for each operation, by name.
    template <class Visit>
    void visit_operations(Visit visit) const {
        const std::lock_guard lock(mutex_);
        for (const auto& [name, counters] : operations_)
            visit(name, *counters);
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::unique_ptr<OperationCounters>, std::less<>>
        operations_;                                             // under mutex_
    std::map<std::string, std::uint64_t, std::less<>> refused_;  // under mutex_
    std::atomic<std::uint64_t> unmetered_{0};
};

}  // namespace tallygate::gateway
