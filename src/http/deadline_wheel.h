// Deadlines for a great many waits at the price of a store each.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace tallygate::http {

class DeadlineWheel;

// Something that may take too long. Its owner derives from it; expired() is called on the loop's
// thread. Leaves the wheel when it is destroyed.
class Deadline {
public:
    Deadline() = default;
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

protected:
    ~Deadline();
    virtual void expired() = 0;

private:
    friend class DeadlineWheel;
    Deadline* previous_ = nullptr;
    Deadline* next_ = nullptr;
    DeadlineWheel* wheel_ = nullptr;
    std::uint64_t slot_tick_ = 0;  // when the slot it lies in comes round
    std::uint64_t due_tick_ = 0;   // when it is really due; kNever where nothing waits
};

// A hashed wheel (Varghese and Lauck, 1987) with lazy moves: setting a later deadline, or none,
// only stores the tick; the node moves when its old slot comes round. Coarse: a deadline expires up
// to two ticks late, never early. One thread.
class DeadlineWheel {
public:
    static constexpr std::chrono::milliseconds kTick{128};

    explicit DeadlineWheel(std::chrono::steady_clock::time_point start);
    ~DeadlineWheel();
    DeadlineWheel(const DeadlineWheel&) = delete;
    DeadlineWheel& operator=(const DeadlineWheel&) = delete;

    void set(Deadline& deadline, std::chrono::steady_clock::duration after);
    static void clear(Deadline& deadline) { deadline.due_tick_ = kNever; }

    // Expires what is due. Call at least once a tick while anything is in the wheel.
    void advance(std::chrono::steady_clock::time_point now);
    bool empty() const { return size_ == 0; }

private:
    friend class Deadline;
    static constexpr std::size_t kSlots = 1024;
    static constexpr std::uint64_t kNever = UINT64_MAX;

    void link(Deadline& deadline, std::uint64_t tick);
    void unlink(Deadline& deadline);
    void expire_slot(std::uint64_t tick);

    std::chrono::steady_clock::time_point start_;
    std::uint64_t now_tick_ = 0;
    std::size_t size_ = 0;
    std::array<Deadline*, kSlots> slots_{};
};

}  // namespace tallygate::http
