#include "faults.h"

#include <algorithm>

namespace tallygate::fake_mongod {

void Faults::arm(int after, const WriteFate& fate) {
    armed_.push_back({std::max(after, 1), fate});
}

void Faults::delay_writes(const WriteFate& fate, std::optional<int> times) {
    late_ = fate;
    late_times_ = times;
}

void Faults::step_down(Time until) {
    secondary_until_ = until;
    ++elections_;
}

void Faults::clear() {
    const std::int64_t elections = elections_;
    *this = Faults();
    elections_ = elections;
}

WriteFate Faults::next_write() {
    for (Armed& armed : armed_)
        --armed.after;
    const auto due = std::ranges::find_if(armed_, [](const Armed& a) { return a.after <= 0; });
    if (due != armed_.end()) {
        const WriteFate fate = due->fate;
        armed_.erase(due);
        return fate;
    }
    if (!late_) return {};
    const WriteFate fate = *late_;
    if (late_times_ && --*late_times_ <= 0) late_.reset();
    return fate;
}

std::optional<ErrorFault> Faults::next_error(std::string_view command) {
    const auto found = std::ranges::find(errors_, command, &ErrorFault::on);
    if (found == errors_.end()) return std::nullopt;
    ErrorFault fault = *found;
    if (found->times && --*found->times <= 0) errors_.erase(found);
    return fault;
}

}  // namespace tallygate::fake_mongod
