// The way up: what is left of the request's body after its head was sent.
#include <cerrno>

#include <fmt/format.h>

#include "gateway/relay.h"

namespace tallygate::gateway {

using http::IoResult;
using http::IoStatus;
using http::Task;

Task<bool> Relay::send_piece(std::string_view content) {
    std::array<char, 20> line;
    Batch batch;
    if (request_chunked_) {
        const auto end = fmt::format_to_n(line.data(), line.size(), "{:x}\r\n", content.size()).out;
        batch.add({line.data(), end});
    }
    if (!content.empty()) batch.add(content);
    if (request_chunked_) batch.add("\r\n");
    // An empty chunk is the last.
    const IoResult written =
        co_await connection_->socket.write(batch.all(), upstream_.config.idle_timeout);
    co_return static_cast<bool>(written);
}

Task<void> Relay::upload() {
    for (;;) {
        const http::Exchange::BodyPiece piece = co_await exchange_.read_body();
        if (!piece.io) {
            if (piece.io.status == IoStatus::timed_out) {
                note("request_timeout");
            } else if (piece.io.status == IoStatus::failed && piece.io.error == EBADMSG) {
                note("request_malformed");
            } else if (piece.io.status != IoStatus::aborted) {
                result_.client_gone = true;
                note("client_gone");
            }
            if (piece.io.status != IoStatus::aborted) connection_->socket.abort();
            break;
        }
        if (piece.data.empty()) {
            upload_whole_ = !request_chunked_ || co_await send_piece({});
            break;
        }
        uploaded_bytes_ += piece.data.size();
        if (uploaded_bytes_ > limits_.body_bytes) {
            note("payload_too_large");
            connection_->socket.abort();
            break;
        }
        // An upstream that stops reading may still answer: its answer, or its silence, decides.
        if (!co_await send_piece(piece.data)) break;
    }
    upload_running_ = false;
    if (joiner_) joiner_.resume();
}

Task<void> Relay::join_upload() {
    struct Join {
        Relay& relay;
        bool await_ready() const noexcept { return !relay.upload_running_; }
        void await_suspend(std::coroutine_handle<> waiter) const noexcept {
            relay.joiner_ = waiter;
        }
        void await_resume() const noexcept {}
    };
    if (!upload_running_) co_return;
    // The answer has come or failed: what is not sent by now is not wanted.
    connection_->socket.abort();
    exchange_.client().cancel_read();
    co_await Join{*this};
}

}  // namespace tallygate::gateway
