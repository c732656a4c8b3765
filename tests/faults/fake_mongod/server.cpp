#include "server.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "message_socket.h"

namespace tallygate::fake_mongod {
namespace {

Result<http::ListeningSocket> listen_on(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    const std::string_view digits = colon == std::string::npos
                                        ? std::string_view()
                                        : std::string_view(address).substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
        return failure(Errc::invalid_argument, "", fmt::format("{} is not HOST:PORT", address));
    const auto endpoints = http::resolve(address.substr(0, colon), port);
    if (!endpoints) return std::unexpected(endpoints.error());
    auto sockets = http::ListeningSocket::bind(endpoints->front(), 1);
    if (!sockets) return std::unexpected(sockets.error());
    return std::move(sockets->front());
}

// The address that a client has connected to.
std::string own_address(int socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    return http::Endpoint::from(reinterpret_cast<const sockaddr*>(&address), size).text();
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const Clock& clock, const std::string& listen,
                                              const std::string& control) {
    auto clients = listen_on(listen);
    if (!clients) return std::unexpected(clients.error());
    auto controls = listen_on(control);
    if (!controls) return std::unexpected(controls.error());
    return std::unique_ptr<Server>(new Server(clock, std::move(*clients), std::move(*controls)));
}

Server::Server(const Clock& clock, http::ListeningSocket clients, http::ListeningSocket control)
    : clients_{clients.endpoint(), clients.release()},
      control_{control.endpoint(), control.release()},
      wake_(eventfd(0, EFD_CLOEXEC)),
      mongod_(clock, connections_),
      acceptor_([this] { accept_until_stopped(); }) {}

Server::~Server() {
    eventfd_write(wake_, 1);
    acceptor_.join();
    connections_.abort();
    mongod_.stop();  // behind abort(): what a stall has kept must not be carried out now
    for (Session& session : sessions_)
        session.thread.join();
    close(clients_.socket);
    close(control_.socket);
    close(wake_);
}

void Server::accept_until_stopped() {
    std::array<pollfd, 3> waiting = {pollfd{clients_.socket, POLLIN, 0},
                                     pollfd{control_.socket, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
    while (waiting[2].revents == 0) {
        if (poll(waiting.data(), waiting.size(), -1) < 0) continue;
        if (waiting[0].revents != 0) accept_one(clients_, false);
        if (waiting[1].revents != 0) accept_one(control_, true);
    }
}

void Server::accept_one(const Port& port, bool is_control) {
    const int socket = accept4(port.socket, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sessions_.remove_if([](Session& session) {
        const bool ended = session.ended;
        if (ended) session.thread.join();
        return ended;
    });
    Session& session = sessions_.emplace_back();
    session.connection.socket = socket;
    session.connection.is_control = is_control;
    connections_.add(session.connection);
    // Asked behind add(), so that none slips in between this and hang_up().
    if (!is_control && mongod_.is_refusing()) session.connection.hung_up = true;
    session.thread = std::thread([this, &session] { serve(session); });
}

void Server::serve(Session& session) {
    Connection& connection = session.connection;
    const std::string me = own_address(connection.socket);
    while (!connection.hung_up && serve_request(connection, me)) {
    }
    connections_.remove(connection);
    close(connection.socket);
    session.ended = true;
}

// False where the connection is to be closed.
bool Server::serve_request(Connection& connection, const std::string& me) {
    auto message = read_message(connection.socket);
    if (connection.hung_up || (message && !message->has_value())) return false;
    const auto request = message ? parse_request(std::move(**message))
                                 : Result<Request>(std::unexpected(message.error()));
    if (!request) {
        log::warn("connection closed", {{"reason", request.error().message}});
        return false;
    }
    if (!connection.is_control) mongod_.wait_while_stalled();
    if (connection.hung_up) return false;
    const Answer answer = mongod_.handle(*request, connection.is_control, me);
    if (answer.message && !send_message(connection.socket, *answer.message)) return false;
    return !answer.closes;
}

}  // namespace tallygate::fake_mongod
