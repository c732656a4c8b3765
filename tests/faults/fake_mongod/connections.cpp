#include "connections.h"

#include <sys/socket.h>

namespace tallygate::fake_mongod {

void Connections::add(Connection& connection) {
    const std::lock_guard lock(mutex_);
    open_.insert(&connection);
    ++accepted_;
}

void Connections::remove(Connection& connection) {
    const std::lock_guard lock(mutex_);
    open_.erase(&connection);
}

void Connections::hang_up() {
    const std::lock_guard lock(mutex_);
    for (Connection* connection : open_) {
        if (connection->is_control) continue;
        connection->hung_up = true;
        shutdown(connection->socket, SHUT_RD);  // wakes its thread
    }
}

void Connections::abort() {
    const std::lock_guard lock(mutex_);
    for (Connection* connection : open_) {
        connection->hung_up = true;
        shutdown(connection->socket, SHUT_RDWR);
    }
}

std::int64_t Connections::accepted() const {
    const std::lock_guard lock(mutex_);
    return accepted_;
}

std::int64_t Connections::open() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::int64_t>(open_.size());
}

}  // namespace tallygate::fake_mongod
