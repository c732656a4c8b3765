// Who waits for the projector, and what it waits for itself.
#include <algorithm>

#include <fmt/format.h>

#include "tracker/projector.h"

namespace tallygate::tracker {

void Projector::wait_for_work(const LogPosition& seen) {
    std::unique_lock lock(mutex_);
    if (!status_.store_ok && !halted_) {
        work_.wait_for(lock, back_off_, [this] { return stopping_; });
        return;
    }
    if (halted_) {
        work_.wait(lock, [this] { return stopping_; });
        return;
    }
    sleeping_ = true;
    // What came between the last look and now would wake nobody.
    if (journal_.last() != seen) sleeping_ = false;
    work_.wait_for(lock, longest_sleep(),
                   [this] { return !sleeping_ || stopping_ || somebody_waits(); });
    sleeping_ = false;
    if (!stopping_) wait_for_more(lock);
}

std::chrono::milliseconds Projector::longest_sleep() const {
    constexpr std::chrono::milliseconds kCheck = kPositionCheck;
    return held_ends_.empty() ? kCheck : std::min(kCheck, delay_.idle);
}

bool Projector::somebody_waits() const {
    return waiting_ > 0 || !user_waits_.empty();
}

void Projector::wait_for_more(std::unique_lock<std::mutex>& lock) {
    work_.wait_for(lock, options_.flush_interval, [this] {
        return stopping_ || somebody_waits() ||
               journal_.last().n >= stored_.written.n + options_.batch_rows;
    });
}

Result<void> Projector::catch_up() {
    const LogPosition target = journal_.last();
    std::unique_lock lock(mutex_);
    if (covered_ >= target) return {};
    ++waiting_;
    auto waited = wait_until(lock, [&] { return covered_ >= target; });
    --waiting_;
    return waited;
}

Result<void> Projector::catch_up(std::string_view user_id) {
    if (delay_.is_none()) return catch_up();
    UserWait wait{.user_id = std::string(user_id), .target = journal_.last()};
    std::unique_lock lock(mutex_);
    if (covered_ >= wait.target) return {};
    user_waits_.push_back(&wait);
    auto waited = wait_until(lock, [&] { return wait.is_served || covered_ >= wait.target; });
    std::erase(user_waits_, &wait);
    return waited;
}

Result<void> Projector::wait_until(std::unique_lock<std::mutex>& lock,
                                   const std::function<bool()>& reached) {
    const auto unavailable = [this] {
        return failure(
            Errc::unavailable, "store_unavailable",
            status_.store_error.empty()
                ? std::string("the store is behind; try again shortly")
                : fmt::format(
                      "the store does not answer; calls are counted in the journal meanwhile ({})",
                      status_.store_error));
    };
    if (!status_.store_ok) return unavailable();
    work_.notify_one();
    covered_changed_.wait_for(lock, options_.read_your_writes_limit,
                              [&] { return reached() || !status_.store_ok || stopping_; });
    return reached() ? Result<void>{} : unavailable();
}

}  // namespace tallygate::tracker
