#include "http/deadline_wheel.h"

#include <algorithm>

namespace tallygate::http {

Deadline::~Deadline() {
    if (wheel_) wheel_->unlink(*this);
}

DeadlineWheel::DeadlineWheel(std::chrono::steady_clock::time_point start) : start_(start) {}

DeadlineWheel::~DeadlineWheel() {
    for (Deadline* first : slots_) {
        while (first) {
            Deadline* next = first->next_;
            unlink(*first);
            first = next;
        }
    }
}

void DeadlineWheel::link(Deadline& deadline, std::uint64_t tick) {
    // Far deadlines lie in the farthest slot and move on from there.
    tick = std::min(tick, now_tick_ + kSlots - 1);
    Deadline*& first = slots_[tick % kSlots];
    deadline.slot_tick_ = tick;
    deadline.wheel_ = this;
    deadline.previous_ = nullptr;
    deadline.next_ = first;
    if (first) first->previous_ = &deadline;
    first = &deadline;
    ++size_;
}

void DeadlineWheel::unlink(Deadline& deadline) {
    if (deadline.previous_) {
        deadline.previous_->next_ = deadline.next_;
    } else {
        slots_[deadline.slot_tick_ % kSlots] = deadline.next_;
    }
    if (deadline.next_) deadline.next_->previous_ = deadline.previous_;
    deadline.previous_ = deadline.next_ = nullptr;
    deadline.wheel_ = nullptr;
    --size_;
}

void DeadlineWheel::set(Deadline& deadline, std::chrono::steady_clock::duration after) {
    const auto ticks = static_cast<std::uint64_t>(std::max<std::int64_t>(0, after / kTick));
    deadline.due_tick_ = now_tick_ + ticks + 2;
    if (!deadline.wheel_) {
        link(deadline, deadline.due_tick_);
    } else if (deadline.due_tick_ < deadline.slot_tick_) {
        unlink(deadline);
        link(deadline, deadline.due_tick_);
    }
}

void DeadlineWheel::expire_slot(std::uint64_t tick) {
    // Taken off one by one, since expired() may unlink any other. Nothing comes back into this
    // slot: links go one to kSlots - 1 ticks ahead.
    while (Deadline* deadline = slots_[tick % kSlots]) {
        unlink(*deadline);
        if (deadline->due_tick_ == kNever) continue;
        if (deadline->due_tick_ > tick) {
            link(*deadline, deadline->due_tick_);
            continue;
        }
        deadline->due_tick_ = kNever;
        deadline->expired();
    }
}

void DeadlineWheel::advance(std::chrono::steady_clock::time_point now) {
    const auto target = static_cast<std::uint64_t>((now - start_) / kTick);
    if (size_ == 0) {
        now_tick_ = std::max(now_tick_, target);
        return;
    }
    while (now_tick_ < target) {
        ++now_tick_;
        expire_slot(now_tick_);
    }
}

}  // namespace tallygate::http
