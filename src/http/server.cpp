#include "http/server.h"

#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "http/session.h"

namespace tallygate::http {
namespace {

constexpr std::chrono::hours kForEver{24 * 365};

Task<void> run_session(Server& server, int fd, Endpoint from, bool on_loopback);

}  // namespace

Result<std::vector<ListeningSocket>> ListeningSocket::bind(const Endpoint& endpoint,
                                                           std::size_t count) {
    // Sockets that share an address would also share it with another server of the same user: one
    // that does not share finds that out first.
    auto alone = bind_one(endpoint, false);
    if (!alone) return std::unexpected(alone.error());
    const Endpoint bound = alone->endpoint();
    alone = ListeningSocket(-1, bound);
    std::vector<ListeningSocket> sockets;
    for (std::size_t i = 0; i < count; ++i) {
        auto made = bind_one(bound, true);
        if (!made) return std::unexpected(made.error());
        sockets.push_back(std::move(*made));
    }
    return sockets;
}

Result<ListeningSocket> ListeningSocket::bind_one(const Endpoint& endpoint, bool shared) {
    const auto fail = [&] {
        return failure(Errc::unavailable, "",
                       fmt::format("cannot listen on {}: {}", endpoint.text(), error_text(errno)));
    };
    const int fd =
        socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail();
    ListeningSocket made(fd, endpoint);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (shared) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (endpoint.address.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (::bind(fd, endpoint.raw(), endpoint.size) < 0 || ::listen(fd, 4'096) < 0) return fail();
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) < 0) return fail();
    made.endpoint_ = Endpoint::from(reinterpret_cast<const sockaddr*>(&bound), size);
    return made;
}

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), endpoint_(other.endpoint_) {}

ListeningSocket& ListeningSocket::operator=(ListeningSocket&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(endpoint_, other.endpoint_);
    return *this;
}

ListeningSocket::~ListeningSocket() {
    if (fd_ >= 0) close(fd_);
}

int ListeningSocket::release() {
    return std::exchange(fd_, -1);
}

Server::Server(EventLoop& loop, ExchangeHandler& handler, const Clock& clock,
               const ServerLimits& limits)
    : loop_(loop), handler_(handler), clock_(clock), limits_(limits) {}

Server::~Server() = default;

void Server::listen(ListeningSocket socket) {
    const bool on_loopback = socket.endpoint().is_loopback();
    listener_ = std::make_unique<Socket>(loop_, socket.release());
    accepting_ = true;
    spawn(accept_connections(on_loopback));
}

Task<void> Server::accept_connections(bool on_loopback) {
    constexpr std::chrono::milliseconds kPause{100};
    while (!draining_) {
        sockaddr_storage address{};
        socklen_t size = sizeof address;
        const int fd = accept4(listener_->fd(), reinterpret_cast<sockaddr*>(&address), &size,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            adopt(fd, Endpoint::from(reinterpret_cast<const sockaddr*>(&address), size),
                  on_loopback);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            listener_->mark_drained();
            if (!co_await listener_->wait_readable(kForEver)) break;
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            warn_of_no_room(errno);
            if (!co_await loop_.sleep(kPause)) break;
        }
    }
    accepting_ = false;
}

void Server::warn_of_no_room(int error) {
    constexpr std::chrono::seconds kBetweenWarnings{10};
    if (loop_.now() < quiet_until_) return;
    quiet_until_ = loop_.now() + kBetweenWarnings;
    log::warn("cannot accept a connection; raise the limit of open files (ulimit -n)",
              {{"error", error_text(error)}});
}

void Server::adopt(int fd, const Endpoint& from, bool on_loopback) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    spawn(run_session(*this, fd, from, on_loopback));
}

void Server::drain() {
    draining_ = true;
    if (listener_) {
        listener_->abort();
        listener_.reset();
    }
    for (Session* session = first_; session;) {
        Session* next = session->next();
        if (session->idle()) session->abort();
        session = next;
    }
}

void Server::abort() {
    draining_ = true;
    for (Session* session = first_; session;) {
        Session* next = session->next();
        session->abort();
        session = next;
    }
}

namespace {

Task<void> run_session(Server& server, int fd, Endpoint from, bool on_loopback) {
    Session session(server, fd, from, on_loopback);
    co_await session.run();
}

}  // namespace

}  // namespace tallygate::http
