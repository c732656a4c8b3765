// The faults of a Mongod, as a test switches them.
#include "mongod.h"

namespace tallygate::fake_mongod {

void Mongod::lose_acknowledgement(int after) {
    const std::lock_guard lock(mutex_);
    faults_.arm(after, {.kind = WriteFate::Kind::lose_acknowledgement});
}

void Mongod::cut(int after, std::size_t applied) {
    const std::lock_guard lock(mutex_);
    faults_.arm(after, {.kind = WriteFate::Kind::cut, .statements = applied});
}

void Mongod::apply_late(std::optional<Milliseconds> delay, std::optional<int> times,
                        std::optional<int> code) {
    const std::lock_guard lock(mutex_);
    faults_.delay_writes({.kind = WriteFate::Kind::apply_late, .delay = delay, .code = code},
                         times);
}

void Mongod::land() {
    const std::lock_guard lock(mutex_);
    land_until(Time::max());
}

void Mongod::snapshot() {
    const std::lock_guard lock(mutex_);
    land_until(clock_.steady_now());
    snapshot_ = data_;
}

bool Mongod::roll_back() {
    const std::lock_guard lock(mutex_);
    if (!snapshot_) return false;
    land_until(clock_.steady_now());
    data_ = *snapshot_;
    data_.cursors.clear();
    return true;
}

void Mongod::primary_change(Milliseconds duration) {
    const std::lock_guard lock(mutex_);
    faults_.step_down(until(duration));
    connections_.hang_up();
}

void Mongod::refuse(std::optional<Milliseconds> duration) {
    const std::lock_guard lock(mutex_);
    faults_.refuse(until(duration));
    connections_.hang_up();
}

void Mongod::stall(std::optional<Milliseconds> duration) {
    const std::lock_guard lock(mutex_);
    faults_.stall(until(duration));
    changed_.notify_all();
}

void Mongod::error(const ErrorFault& fault) {
    const std::lock_guard lock(mutex_);
    faults_.add_error(fault);
}

void Mongod::clear() {
    const std::lock_guard lock(mutex_);
    faults_.clear();
    changed_.notify_all();
}

Status Mongod::status() {
    const std::lock_guard lock(mutex_);
    const Time now = clock_.steady_now();
    land_until(now);
    Status status;
    status.commands.insert(commands_.begin(), commands_.end());
    for (const auto& [name, collection] : data_.collections)
        status.documents[name] = static_cast<std::int64_t>(collection.size());
    status.connections_open = connections_.open();
    status.connections_accepted = connections_.accepted();
    status.cursors = static_cast<std::int64_t>(data_.cursors.count());
    status.late_writes = static_cast<std::int64_t>(late_.size());
    status.is_primary = faults_.is_primary(now);
    return status;
}

}  // namespace tallygate::fake_mongod
