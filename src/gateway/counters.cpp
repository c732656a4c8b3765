#include "gateway/counters.h"

#include <algorithm>

namespace tallygate::gateway {

void OperationCounters::add(const UsageEvent& event) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    (event.success ? succeeded : failed).fetch_add(1, kRelaxed);
    tokens[static_cast<std::size_t>(event.token_source)].fetch_add(event.tokens_used, kRelaxed);
    const auto bucket = std::ranges::lower_bound(kBounds, event.response_time) - kBounds.begin();
    response_times[static_cast<std::size_t>(bucket)].fetch_add(1, kRelaxed);
    response_time_us.fetch_add(event.response_time.count(), kRelaxed);
}

bool OperationCounters::may_warn(std::chrono::steady_clock::time_point now) {
    constexpr std::int64_t kEverySeconds = 10;
    const std::int64_t second =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    std::int64_t last = warned_at_s.load(std::memory_order_relaxed);
    return (last < 0 || second - last >= kEverySeconds) &&
           warned_at_s.compare_exchange_strong(last, second, std::memory_order_relaxed);
}

OperationCounters& GatewayCounters::operation(std::string_view name) {
    const std::lock_guard lock(mutex_);
    auto found = operations_.find(name);
    if (found == operations_.end()) {
        found = operations_.emplace(std::string(name), std::make_unique<OperationCounters>()).first;
    }
    return *found->second;
}

void GatewayCounters::count_refused(std::string_view code) {
    const std::lock_guard lock(mutex_);
    auto found = refused_.find(code);
    if (found == refused_.end()) found = refused_.emplace(std::string(code), 0).first;
    ++found->second;
}

std::map<std::string, std::uint64_t, std::less<>> GatewayCounters::refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
}

}  // namespace tallygate::gateway
