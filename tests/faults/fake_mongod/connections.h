// The open connections of a server, so that somebody else than their threads can end them.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>

namespace tallygate::fake_mongod {

// Belongs to its thread, which reads and writes `socket` and closes it behind
// Connections::remove().
struct Connection {
    int socket = -1;
    bool is_control = false;            // no fault reaches it
    std::atomic<bool> hung_up = false;  // nothing that comes behind this counts
};

// Any thread may call it.
class Connections {
public:
    void add(Connection& connection);
    void remove(Connection& connection);
    // Ends all but those of control. One that is about to answer does so and closes then.
    void hang_up();
    // Ends all, in the middle of whatever they do.
    void abort();

    std::int64_t accepted() const;
    std::int64_t open() const;

private:
    mutable std::mutex mutex_;
    std::set<Connection*> open_;
    std::int64_t accepted_ = 0;
};

}  // namespace tallygate::fake_mongod
