#include "http/session.h"

#include <exception>

#include <sys/socket.h>

#include "base/ids.h"
#include "base/log.h"

namespace tallygate::http {

Session::Session(Server& server, int fd, const Endpoint& from, bool on_loopback)
    : server_(server),
      socket_(server.loop_, fd),
      input_(server.loop_.buffers()),
      peer_{from, from.host(), on_loopback} {
    socket_.mark_drained();  // the loop says when the first byte is there
    next_ = server_.first_;
    if (next_) next_->previous_ = this;
    server_.first_ = this;
    ++server_.session_count_;
}

Session::~Session() {
    (previous_ ? previous_->next_ : server_.first_) = next_;
    if (next_) next_->previous_ = previous_;
    --server_.session_count_;
}

Task<void> Session::run() {
    for (bool open = true; open;) {
        if (input_.empty() && !co_await wait_for_request()) co_return;
        Exchange exchange(socket_, input_, peer_, server_.limits_, server_.clock_);
        if (!co_await read_head(exchange)) co_return;
        if (server_.draining_) exchange.close_after();
        try {
            co_await server_.handler_.handle(exchange);
        } catch (const std::exception& error) {
            log::error("a request failed inside the server",
                       {{"error", error.what()}, {"request_id", exchange.request_id()}});
            exchange.close_after();
        }
        open = co_await finish(exchange);
    }
}

Task<bool> Session::wait_for_request() {
    const auto patience = server_.limits_.idle_timeout;
    input_.release_if_empty();
    idle_ = true;
    if (server_.draining_ || !co_await socket_.wait_readable(patience)) co_return false;
    // That may have been but the edge of what was read already: only a byte begins a request.
    const IoResult read = co_await socket_.read(input_.room(), patience);
    if (!read) co_return false;
    input_.filled(read.bytes);
    idle_ = false;
    co_return true;
}

Task<bool> Session::read_head(Exchange& exchange) {
    const auto started = server_.loop_.now();
    for (;;) {
        const auto parsed =
            parse_request_head(input_.unread(), exchange.parsed_->head, server_.limits_.head);
        if (!parsed) co_return co_await refuse(exchange, parsed.error());
        if (*parsed) break;
        const auto room = input_.room();
        if (room.empty()) {
            co_return co_await refuse(
                exchange, {431, "header_too_large", "The request's head is too large.", {}});
        }
        const auto left = server_.limits_.head_timeout - (server_.loop_.now() - started);
        IoResult read{IoStatus::timed_out, 0, 0};
        if (left > Socket::Duration{}) read = co_await socket_.read(room, left);
        if (read.status == IoStatus::timed_out) {
            co_return co_await refuse(
                exchange,
                {408, "request_timeout", "The request's head did not arrive in time.", {}});
        }
        if (!read) co_return false;
        input_.filled(read.bytes);
    }
    exchange.adopt_head();
    auto target = parse_target(exchange.head().method, exchange.head().target);
    if (!target) co_return co_await refuse(exchange, target.error());
    exchange.parsed_->target = std::move(*target);
    co_return true;
}

Task<bool> Session::refuse(Exchange& exchange, const Problem& problem) {
    if (exchange.request_id_.empty()) exchange.request_id_ = make_request_id();
    exchange.close_after();
    co_await exchange.reply(problem);
    co_await linger();
    co_return false;
}

Task<bool> Session::finish(Exchange& exchange) {
    if (!exchange.answered()) {
        exchange.close_after();
        co_await exchange.reply(Problem{
            500, "internal_error", "The server failed on this request; it has been logged.", {}});
    }
    if (exchange.is_reset()) {
        socket_.reset_on_close();
        co_return false;
    }
    if (exchange.will_close()) {
        // What the client still sends would make the kernel answer with a reset, and the reset
        // would eat our answer.
        if (!exchange.body_ended()) co_await linger();
        co_return false;
    }
    exchange.release_head();
    while (!exchange.body_ended()) {
        if (const auto piece = co_await exchange.read_body(); !piece.io) co_return false;
    }
    co_return true;
}

Task<void> Session::linger() {
    constexpr std::size_t kLimit = std::size_t{1} << 20;
    constexpr std::chrono::milliseconds kPatience{2'000};
    if (shutdown(socket_.fd(), SHUT_WR) < 0) co_return;
    const auto until = server_.loop_.now() + kPatience;
    Buffer scrap = server_.loop_.buffers().take();
    for (std::size_t seen = 0; seen < kLimit && server_.loop_.now() < until;) {
        const IoResult read =
            co_await socket_.read({scrap.data(), BufferPool::kBlockBytes}, kPatience);
        if (!read) co_return;
        seen += read.bytes;
    }
}

}  // namespace tallygate::http
