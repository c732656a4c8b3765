#include "tracker/live_views.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <tuple>

#include "tracker/active_users.h"

namespace tallygate::tracker {
namespace {

constexpr std::size_t kMinutes = 60;

Minute minute_of(Timestamp at) {
    return std::chrono::floor<std::chrono::minutes>(at).time_since_epoch().count();
}

struct Bucket {
    Minute minute = -1;
    Totals totals;
    std::map<std::string, NamedTotals, std::less<>> by_operation;
};

}  // namespace

class LiveViews::Impl {
public:
    explicit Impl(const Clock& clock) : clock_(clock) {}

    void add(const UsageEvent& event) {
        if (event.kind == EventKind::correction) return;
        const Minute minute = minute_of(event.timestamp);
        if (minute <= minute_of(clock_.now()) - static_cast<Minute>(kMinutes)) return;
        users_.note(event.user_id, minute);
        const std::lock_guard lock(mutex_);
        Bucket& bucket = buckets_[static_cast<std::size_t>(minute) % buckets_.size()];
        if (bucket.minute > minute) return;
        if (bucket.minute < minute) bucket = {.minute = minute};
        bucket.totals.add(event);
        auto row = bucket.by_operation.find(event.operation_type);
        if (row == bucket.by_operation.end()) {
            row = bucket.by_operation
                      .emplace(event.operation_type, NamedTotals{event.operation_type, 0, 0})
                      .first;
        }
        row->second.operations += event.operations;
        row->second.tokens += event.tokens_used;
        note_recent(event);
    }

    LastHour last_hour() const {
        const std::lock_guard lock(mutex_);
        LastHour hour;
        hour.as_of = clock_.now();
        const Minute now = minute_of(hour.as_of);
        const Minute first = now - static_cast<Minute>(kMinutes) + 1;
        std::map<std::string, NamedTotals, std::less<>> operations;
        for (const Bucket& bucket : buckets_) {
            if (bucket.minute < first || bucket.minute > now) continue;
            hour.totals.add(bucket.totals);
            hour.operations_per_minute[static_cast<std::size_t>(bucket.minute - first)] =
                bucket.totals.operations;
            for (const auto& [name, row] : bucket.by_operation) {
                NamedTotals& sum = operations[name];
                sum.name = name;
                sum.operations += row.operations;
                sum.tokens += row.tokens;
            }
        }
        for (auto& [name, row] : operations) {
            hour.by_operation.push_back(std::move(row));
        }
        std::ranges::sort(hour.by_operation, [](const NamedTotals& a, const NamedTotals& b) {
            return std::tie(b.operations, a.name) < std::tie(a.operations, b.name);
        });
        hour.active_users = users_.count(first, now);
        for (const LiveOperation& recent : recent_) {
            if (minute_of(recent.operation.timestamp) >= first) hour.recent.push_back(recent);
        }
        return hour;
    }

    std::atomic<std::int64_t> in_flight{0};

private:
    void note_recent(const UsageEvent& event) {
        const auto place = std::ranges::find_if(recent_, [&](const LiveOperation& other) {
            return other.operation.timestamp <= event.timestamp;
        });
        if (place == recent_.end() && recent_.size() >= kRecentKept) return;
        recent_.insert(place, {event.user_id,
                               {event.operation_type, event.endpoint, event.tokens_used,
                                event.success, event.response_time, event.timestamp}});
        if (recent_.size() > kRecentKept) recent_.pop_back();
    }

    const Clock& clock_;
    ActiveUsers users_;
    mutable std::mutex mutex_;
    // All under mutex_. A few buckets more than an hour, for clocks of requests that began ahead of
    // ours.
    std::array<Bucket, kMinutes + 4> buckets_;
    std::deque<LiveOperation> recent_;
};

LiveViews::LiveViews(const Clock& clock) : impl_(std::make_unique<Impl>(clock)) {}
LiveViews::~LiveViews() = default;

void LiveViews::add(const UsageEvent& event) {
    impl_->add(event);
}
LastHour LiveViews::last_hour() const {
    return impl_->last_hour();
}
void LiveViews::call_began() {
    impl_->in_flight.fetch_add(1, std::memory_order_relaxed);
}
void LiveViews::call_ended() {
    impl_->in_flight.fetch_sub(1, std::memory_order_relaxed);
}
std::int64_t LiveViews::in_flight() const {
    return impl_->in_flight.load(std::memory_order_relaxed);
}

}  // namespace tallygate::tracker
