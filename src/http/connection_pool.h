// Connections to one upstream, used one request at a time and kept for the next.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/blocking_pool.h"
#include "http/connection_input.h"
#include "http/deadline_wheel.h"
#include "http/endpoint.h"
#include "http/socket.h"
#include "http/task.h"

namespace tallygate::http {

// A connection to an upstream with what it has sent and nobody has read.
struct UpstreamConnection {
    UpstreamConnection(EventLoop& loop, int fd) : socket(loop, fd), input(loop.buffers()) {}

    Socket socket;
    ConnectionInput input;
    bool reused = false;  // it has carried a request before
    std::chrono::steady_clock::time_point usable_until;
};

// Belongs to one loop's thread. The loop and the blocking pool must outlive it; destroy it when
// nothing is acquiring.
class ConnectionPool final : Deadline {
public:
    struct Options {
        std::string host;
        std::uint16_t port = 80;
        std::chrono::milliseconds connect_timeout{5'000};
        std::chrono::milliseconds idle{
            1'500};  // less than the upstream's own, so that it never closes under a request
    };
    ConnectionPool(EventLoop& loop, BlockingPool& blocking, Options options);
    ~ConnectionPool();

    // A kept connection on which the kernel has seen neither data nor an end, else a new one. Fails
    // with the codes upstream_unreachable (no such name, no route), upstream_refused,
    // upstream_timeout.
    Task<Result<std::unique_ptr<UpstreamConnection>>> acquire(bool only_new = false);

    // Takes a connection back after a whole answer with nothing behind it. `stated_idle`: what the
    // upstream's Keep-Alive says, 0 where it does not.
    void release(std::unique_ptr<UpstreamConnection> connection, std::chrono::seconds stated_idle);

    void close_idle() { idle_.clear(); }
    std::size_t idle_count() const { return idle_.size(); }

private:
    static constexpr std::size_t kMaxIdle = 512;

    void expired() override;
    // An address is taken as it is; a name is looked up on the blocking pool.
    Task<Result<std::vector<Endpoint>>> addresses();
    Task<Result<std::unique_ptr<UpstreamConnection>>> connect(const Endpoint& endpoint);

    EventLoop& loop_;
    BlockingPool& blocking_;
    Options options_;
    std::deque<std::unique_ptr<UpstreamConnection>> idle_;  // the most recently used last
    std::vector<Endpoint> addresses_;
    std::chrono::steady_clock::time_point addresses_until_;
};

}  // namespace tallygate::http
