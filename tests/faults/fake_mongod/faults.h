// What goes wrong, and when: the faults that a test has switched on.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tallygate::fake_mongod {

using Time = std::chrono::steady_clock::time_point;
using Milliseconds = std::chrono::milliseconds;

// An answer with an error in the place of the command.
struct ErrorFault {
    int code = 0;
    std::string on;            // the command's name
    std::optional<int> times;  // none: until cleared
    // Whether the command is carried out all the same, and the error is said to be one of its write
    // concern: on this server, but not known to be on a majority.
    bool of_write_concern = false;
};

// What becomes of one write.
struct WriteFate {
    enum class Kind : std::uint8_t { apply, lose_acknowledgement, cut, apply_late };
    Kind kind = Kind::apply;
    std::size_t statements = std::numeric_limits<std::size_t>::max();  // of a cut: those applied
    std::optional<Milliseconds> delay;  // of a late one; none: until somebody lands it
    std::optional<int> code;            // of a late one: its answer; none: no answer
};

// Only keeps the state; Mongod acts by it. One thread at a time.
class Faults {
public:
    // `fate` is for the `after`-th write from now, 1 being the next one; several may wait.
    void arm(int after, const WriteFate& fate);
    // For the next `times` writes; none: until cleared.
    void delay_writes(const WriteFate& fate, std::optional<int> times);
    void add_error(const ErrorFault& fault) { errors_.push_back(fault); }
    void step_down(Time until);
    void refuse(Time until) { refusing_until_ = until; }
    void stall(Time until) { stalled_until_ = until; }
    // Everything as in the beginning, but for the number of elections.
    void clear();

    // Counts a write and says what becomes of it.
    WriteFate next_write();
    // The error that this command gets now.
    std::optional<ErrorFault> next_error(std::string_view command);
    bool is_primary(Time now) const { return now >= secondary_until_; }
    bool is_refusing(Time now) const { return now < refusing_until_; }
    bool is_stalled(Time now) const { return now < stalled_until_; }
    std::int64_t elections() const { return elections_; }

private:
    struct Armed {
        int after = 0;
        WriteFate fate;
    };
    std::vector<Armed> armed_;
    std::optional<WriteFate> late_;
    std::optional<int> late_times_;
    std::vector<ErrorFault> errors_;
    Time secondary_until_ = Time::min();
    Time refusing_until_ = Time::min();
    Time stalled_until_ = Time::min();
    std::int64_t elections_ = 1;
};

}  // namespace tallygate::fake_mongod
