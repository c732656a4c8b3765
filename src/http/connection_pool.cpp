#include "http/connection_pool.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace tallygate::http {
namespace {

constexpr std::chrono::seconds kAddressLife{30};

std::unexpected<Error> connect_failure(const Endpoint& endpoint, int error) {
    const char* code = error == ECONNREFUSED ? "upstream_refused" : "upstream_unreachable";
    return failure(Errc::unavailable, code,
                   fmt::format("cannot connect to {}: {}", endpoint.text(), error_text(error)));
}

}  // namespace

ConnectionPool::ConnectionPool(EventLoop& loop, BlockingPool& blocking, Options options)
    : loop_(loop), blocking_(blocking), options_(std::move(options)) {}

ConnectionPool::~ConnectionPool() = default;

Task<Result<std::unique_ptr<UpstreamConnection>>> ConnectionPool::acquire(bool only_new) {
    while (!only_new && !idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        if (loop_.now() < connection->usable_until && connection->socket.is_quiet())
            co_return connection;
    }
    auto endpoints = co_await addresses();
    if (!endpoints) co_return std::unexpected(endpoints.error());
    Error last{Errc::unavailable, "upstream_unreachable", options_.host + " has no address"};
    for (const Endpoint& endpoint : *endpoints) {
        auto connection = co_await connect(endpoint);
        if (connection) co_return std::move(*connection);
        last = connection.error();
    }
    addresses_.clear();
    co_return std::unexpected(last);
}

Task<Result<std::vector<Endpoint>>> ConnectionPool::addresses() {
    if (const auto literal = literal_endpoint(options_.host, options_.port))
        co_return std::vector{*literal};
    if (!addresses_.empty() && loop_.now() < addresses_until_) co_return addresses_;
    auto resolved = co_await blocking_.run(
        loop_, [host = options_.host, port = options_.port] { return resolve(host, port); });
    if (!resolved) {
        co_return failure(Errc::unavailable, "upstream_unreachable",
                          "too many name look-ups are waiting");
    }
    if (*resolved) {
        addresses_ = **resolved;
        addresses_until_ = loop_.now() + kAddressLife;
    }
    co_return std::move(*resolved);
}

Task<Result<std::unique_ptr<UpstreamConnection>>> ConnectionPool::connect(
    const Endpoint& endpoint) {
    const int fd =
        socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) co_return connect_failure(endpoint, errno);
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const bool under_way = ::connect(fd, endpoint.raw(), endpoint.size) < 0;
    const int error = under_way ? errno : 0;
    auto connection = std::make_unique<UpstreamConnection>(loop_, fd);
    if (under_way && error != EINPROGRESS) co_return connect_failure(endpoint, error);
    if (under_way) {
        const IoResult connected = co_await connection->socket.connected(options_.connect_timeout);
        if (connected.status == IoStatus::timed_out) {
            co_return failure(Errc::unavailable, "upstream_timeout",
                              fmt::format("{} did not accept a connection within {} ms",
                                          endpoint.text(), options_.connect_timeout.count()));
        }
        if (!connected)
            co_return connect_failure(endpoint, connected.error ? connected.error : ECONNABORTED);
    }
    co_return connection;
}

void ConnectionPool::release(std::unique_ptr<UpstreamConnection> connection,
                             std::chrono::seconds stated_idle) {
    auto keep = std::chrono::duration_cast<std::chrono::milliseconds>(options_.idle);
    // A second less than it says, for the time that both sides' messages travel.
    if (stated_idle.count() > 0)
        keep = std::min<std::chrono::milliseconds>(keep, stated_idle - std::chrono::seconds{1});
    if (keep.count() <= 0) return;
    connection->reused = true;
    connection->usable_until = loop_.now() + keep;
    connection->input.release_if_empty();
    if (idle_.size() == kMaxIdle) idle_.pop_front();
    idle_.push_back(std::move(connection));
    if (idle_.size() == 1) loop_.deadlines().set(*this, keep);
}

void ConnectionPool::expired() {
    const auto now = loop_.now();
    std::erase_if(idle_, [now](const auto& connection) { return connection->usable_until <= now; });
    if (!idle_.empty()) loop_.deadlines().set(*this, options_.idle);
}

}  // namespace tallygate::http
