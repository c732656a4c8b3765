// After 101 Switching Protocols: bytes both ways.
#include <sys/socket.h>

#include "gateway/relay.h"

namespace tallygate::gateway {

using http::IoResult;
using http::IoStatus;
using http::Task;

Task<void> Relay::tunnel() {
    exchange_.close_after();
    exchange_.mark_answered();
    std::string head_text =
        client_answer_head(*answer_, exchange_, ClientFraming::none, limits_.own_cors, true);
    connection_->input.consume(answer_->bytes);
    answer_.reset();
    settled_ = true;
    result_.whole = co_await observer_.settle(result_);
    if (!result_.whole) co_return;
    // The protocol's own closing ends the tunnel; half an end must not cut the other half.
    exchange_.client().abort_on_hang_up(nullptr);
    const std::string_view early = connection_->input.unread();
    Batch batch;
    batch.add(head_text);
    batch.add(early);
    if (!co_await exchange_.client().write(batch.all(), exchange_.limits().write_timeout))
        co_return;
    connection_->input.consume(early.size());
    const std::string_view sent_ahead = exchange_.take_unread();
    Batch ahead;
    ahead.add(sent_ahead);
    if (!co_await connection_->socket.write(ahead.all(), upstream_.config.idle_timeout)) co_return;
    connection_->input.release_if_empty();
    last_tunnel_traffic_ = exchange_.loop().now();
    reusable_ = false;
    upload_running_ = true;
    http::spawn([](Relay& relay) -> Task<void> {
        co_await relay.pump(relay.exchange_.client(), relay.connection_->socket);
        relay.upload_running_ = false;
        if (relay.joiner_) relay.joiner_.resume();
    }(*this));
    // When the upstream has ended, so has the protocol; run() ends the other direction.
    co_await pump(connection_->socket, exchange_.client());
}

Task<void> Relay::pump(http::Socket& from, http::Socket& to) {
    const auto patience = upstream_.config.idle_timeout;
    for (;;) {
        const IoResult ready = co_await from.wait_readable(patience);
        if (ready.status == IoStatus::timed_out &&
            exchange_.loop().now() - last_tunnel_traffic_ < patience)
            continue;
        if (!ready) break;
        http::Buffer buffer = exchange_.loop().buffers().take();
        const IoResult read =
            co_await from.read({buffer.data(), http::BufferPool::kBlockBytes}, patience);
        if (!read) break;
        last_tunnel_traffic_ = exchange_.loop().now();
        std::array piece = {iovec{buffer.data(), read.bytes}};
        if (!co_await to.write(piece, patience)) break;
    }
    shutdown(to.fd(), SHUT_WR);
}

}  // namespace tallygate::gateway
