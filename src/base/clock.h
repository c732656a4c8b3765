// Where the time comes from, so that tests can set it.
#pragma once

#include <atomic>
#include <chrono>

#include "base/utc_time.h"

namespace tallygate {

// Wall clock for what is stored, steady clock for how long things take. Any thread may call it.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
    virtual std::chrono::steady_clock::time_point steady_now() const = 0;
};

class SystemClock final : public Clock {
public:
    Timestamp now() const override {
        return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    }
    std::chrono::steady_clock::time_point steady_now() const override {
        return std::chrono::steady_clock::now();
    }
};

// Stands still until a test moves it.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Timestamp start) : micros_(micros(start)) {}
    Timestamp now() const override { return timestamp_of(micros_); }
    std::chrono::steady_clock::time_point steady_now() const override {
        return std::chrono::steady_clock::time_point{std::chrono::microseconds{micros_}};
    }
    void advance(std::chrono::microseconds by) { micros_ += by.count(); }
    void set(Timestamp t) { micros_ = micros(t); }

private:
    std::atomic<std::int64_t> micros_;
};

}  // namespace tallygate
