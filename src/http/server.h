// Accepts connections on one loop and runs their requests.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/endpoint.h"
#include "http/event_loop.h"
#include "http/exchange.h"

namespace tallygate::http {

class Session;

// A bound and listening socket; several of one address share its connections (SO_REUSEPORT), one
// per loop.
class ListeningSocket {
public:
    // `count` sockets on one address. Port 0 takes a free one; endpoint() says which. Fails with
    // unavailable: address in use (by a server of ours too, although the sockets could share it),
    // no permission, no such address.
    static Result<std::vector<ListeningSocket>> bind(const Endpoint& endpoint, std::size_t count);

    ListeningSocket(const ListeningSocket&) = delete;
    ListeningSocket& operator=(const ListeningSocket&) = delete;
    ListeningSocket(ListeningSocket&& other) noexcept;
    ListeningSocket& operator=(ListeningSocket&& other) noexcept;
    ~ListeningSocket();

    const Endpoint& endpoint() const { return endpoint_; }
    int release();

private:
    ListeningSocket(int fd, const Endpoint& endpoint) : fd_(fd), endpoint_(endpoint) {}
    static Result<ListeningSocket> bind_one(const Endpoint& endpoint, bool shared);
    int fd_ = -1;
    Endpoint endpoint_;
};

// The connections of one loop: keep-alive, pipelining, one request of a connection at a time.
// Belongs to the loop's thread; the handler, the clock and the loop must outlive it. Destroy it
// only when sessions() is 0.
class Server {
public:
    Server(EventLoop& loop, ExchangeHandler& handler, const Clock& clock,
           const ServerLimits& limits = {});
    ~Server();

    void listen(ListeningSocket socket);

    // Accepts no more, closes idle connections, and lets each of the others end with the request it
    // is at.
    void drain();
    // Breaks off what is still there.
    void abort();
    std::size_t sessions() const { return session_count_; }

private:
    friend class Session;
    Task<void> accept_connections(bool on_loopback);
    // Every few seconds at most: without room each attempt fails.
    void warn_of_no_room(int error);
    void adopt(int fd, const Endpoint& from, bool on_loopback);

    EventLoop& loop_;
    ExchangeHandler& handler_;
    const Clock& clock_;
    ServerLimits limits_;
    std::unique_ptr<Socket> listener_;
    bool accepting_ = false;
    std::chrono::steady_clock::time_point quiet_until_;
    bool draining_ = false;
    Session* first_ = nullptr;
    std::size_t session_count_ = 0;
};

}  // namespace tallygate::http
