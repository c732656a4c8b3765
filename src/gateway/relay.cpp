#include "gateway/relay.h"

#include <cerrno>
#include <exception>

#include <fmt/format.h>

namespace tallygate::gateway {

using http::IoResult;
using http::IoStatus;
using http::Task;

namespace {

constexpr std::string_view kLastChunk = "0\r\n\r\n";

iovec piece_of(std::string_view text) {
    return {const_cast<char*>(text.data()), text.size()};
}

// "1a\r\n" into `line`.
std::string_view chunk_line(std::array<char, 20>& line, std::size_t bytes) {
    const auto end = fmt::format_to_n(line.data(), line.size(), "{:x}\r\n", bytes).out;
    return {line.data(), end};
}

}  // namespace

Relay::Relay(http::Exchange& exchange, Upstream& upstream, RelayObserver& observer,
             const Limits& limits)
    : exchange_(exchange),
      upstream_(upstream),
      observer_(observer),
      limits_(limits),
      method_(exchange.head().method),
      request_chunked_(exchange.body().framing() == http::Framing::chunked) {}

Task<void> Relay::run(std::string request_head) {
    if (co_await connect_and_send(request_head)) {
        exchange_.release_head();
        request_head = {};
        exchange_.client().abort_on_hang_up(&connection_->socket);
        if (upload_whole_ && !exchange_.body_ended()) {
            upload_running_ = true;
            upload_whole_ = false;
            http::spawn(upload());
        }
        // Whatever is thrown, the upload still runs on this relay and must end first.
        std::exception_ptr thrown;
        try {
            co_await take_answer();
        } catch (...) {
            thrown = std::current_exception();
        }
        co_await join_upload();
        exchange_.client().abort_on_hang_up(nullptr);
        if (thrown) {
            if (exchange_.answered()) exchange_.reset();
            std::rethrow_exception(thrown);
        }
    }
    if (!settled_) co_await fail();
    if (!upload_whole_) exchange_.close_after();
    if (result_.whole && reusable_ && upload_whole_ && connection_->input.empty()) {
        upstream_.pool.release(std::move(connection_), stated_idle_);
    }
}

Task<void> Relay::take_answer() {
    if (!co_await receive_head()) co_return;
    if (answer_->status == 101) {
        co_await tunnel();
    } else {
        co_await relay_answer();
    }
}

Task<bool> Relay::connect_and_send(const std::string& request_head) {
    Batch batch;
    const std::size_t line_place = request_chunked_ ? 1 : 0;
    batch.count = 1 + line_place;
    while (batch.count < batch.pieces.size() - 3) {
        const auto piece = exchange_.buffered_body();
        if (!piece.io) {
            exchange_.close_after();
            note("request_malformed", "the request's body framing is not valid");
            co_return false;
        }
        if (piece.data.empty()) break;
        batch.add(piece.data);
        batch.content_bytes += piece.data.size();
    }
    uploaded_bytes_ = batch.content_bytes;
    if (uploaded_bytes_ > limits_.body_bytes) {
        exchange_.close_after();
        note("payload_too_large");
        co_return false;
    }
    batch.pieces[0] = piece_of(request_head);
    if (request_chunked_) {
        batch.pieces[1] =
            piece_of(batch.content_bytes > 0 ? chunk_line(chunk_line_, batch.content_bytes)
                                             : std::string_view());
        if (batch.content_bytes > 0) batch.add("\r\n");
        if (exchange_.body_ended()) batch.add(kLastChunk);
    }
    for (const bool only_new : {false, true}) {
        auto connection = co_await upstream_.pool.acquire(only_new);
        if (!connection) {
            note(connection.error().code == "upstream_refused"   ? "upstream_refused"
                 : connection.error().code == "upstream_timeout" ? "upstream_timeout"
                                                                 : "upstream_unreachable",
                 connection.error().message);
            co_return false;
        }
        connection_ = std::move(*connection);
        Batch sent = batch;
        const IoResult written =
            co_await connection_->socket.write(sent.all(), upstream_.config.idle_timeout);
        if (written) co_return true;
        if (connection_->reused && written.bytes == 0) continue;
        // It may have answered before it stopped reading.
        if (written.status == IoStatus::failed && written.bytes > 0) {
            upload_whole_ = false;
            co_return true;
        }
        note_read_failure(written);
        co_return false;
    }
    note("upstream_closed", "the upstream closes each new connection at once");
    co_return false;
}

Task<IoResult> Relay::read_more(std::chrono::milliseconds timeout) {
    http::ConnectionInput& input = connection_->input;
    input.release_if_empty();
    for (;;) {
        const IoResult ready = co_await connection_->socket.wait_readable(timeout);
        // As long as the request is still on its way up, the upload's own deadlines count.
        if (ready.status == IoStatus::timed_out && upload_running_) continue;
        if (!ready) co_return ready;
        const auto room = input.room();
        if (room.empty()) co_return IoResult{IoStatus::failed, 0, EMSGSIZE};
        const IoResult read = co_await connection_->socket.read(room, timeout);
        if (read) input.filled(read.bytes);
        co_return read;
    }
}

Task<bool> Relay::receive_head() {
    answer_.reset(new Answer);
    for (;;) {
        if (!connection_->input.empty()) {
            const auto parsed =
                http::parse_response_head(connection_->input.unread(), method_, *answer_);
            if (!parsed) {
                note("upstream_malformed", parsed.error().detail);
                co_return false;
            }
            if (*parsed && answer_->status == 101) {
                if (limits_.upgrade && is_websocket(*answer_)) break;
                note("upstream_malformed",
                     "the upstream changed to a protocol that it had not been asked for");
                co_return false;
            }
            if (*parsed && answer_->status >= 200) break;
            if (*parsed) {
                if (!co_await pass_interim_on()) co_return false;
                connection_->input.consume(answer_->bytes);
                continue;
            }
        }
        const IoResult read = co_await read_more(upstream_.config.first_byte_timeout);
        if (!read) {
            note_read_failure(read);
            co_return false;
        }
    }
    result_.status = answer_->status;
    decoder_ = http::BodyDecoder(answer_->framing, answer_->content_length);
    reusable_ = answer_->keep_alive && answer_->framing != http::Framing::until_close;
    stated_idle_ = std::chrono::seconds(answer_->keep_alive_timeout_seconds);
    observer_.on_answer(*answer_);
    co_return true;
}

Task<bool> Relay::pass_interim_on() {
    // Go on is said by us; HTTP/1.0 knows no interim answers (RFC 9110, 15.2).
    if (answer_->status == 100 || exchange_.minor_version() == 0) co_return true;
    const std::string head = client_interim_head(*answer_, limits_.own_cors);
    std::array piece = {piece_of(head)};
    const IoResult written =
        co_await exchange_.client().write(piece, exchange_.limits().write_timeout);
    if (!written) note_write_failure(written);
    co_return static_cast<bool>(written);
}

Task<void> Relay::relay_answer() {
    const ClientFraming framing = client_framing(*answer_, exchange_);
    ends_with_connection_ = framing == ClientFraming::until_close;
    if (ends_with_connection_) exchange_.close_after();
    if (!upload_whole_ && !upload_running_) exchange_.close_after();
    std::string head_text = client_answer_head(*answer_, exchange_, framing, limits_.own_cors);
    connection_->input.consume(answer_->bytes);
    answer_.reset();
    co_await relay_body(std::move(head_text), framing);
}

Task<void> Relay::relay_body(std::string head_text, ClientFraming framing) {
    for (bool ended = false;;) {
        Batch batch;
        batch.add(head_text);
        // What came whole before a broken chunk still goes out, however the bytes were cut on their
        // way.
        const bool is_sound = fill(batch, framing);
        if (!is_sound) {
            note("upstream_malformed", "the answer's chunks are not valid");
            if (batch.content_bytes == 0) break;
        }
        ended = ended || (is_sound && decoder_.ended());
        if (ended) {
            result_.whole = true;
            settled_ = true;
            if (framing == ClientFraming::chunked) batch.add(kLastChunk);
            if (holds_back_) batch.add({&held_back_, 1});
            if (!co_await observer_.settle(result_)) {
                exchange_.reset();
                exchange_.mark_answered();
                co_return;
            }
        }
        if (batch.content_bytes > 0 || ended || !head_text.empty()) {
            exchange_.mark_answered();
            const IoResult written =
                co_await exchange_.client().write(batch.all(), exchange_.limits().write_timeout);
            head_text.clear();
            if (ended) {
                if (!written) exchange_.close_after();
                co_return;
            }
            if (!written) note_write_failure(written);
            if (!written || !is_sound) break;
        }
        // A full batch leaves content behind that has come already.
        if (!connection_->input.empty() && batch.content_bytes > 0) continue;
        const IoResult read = co_await read_more(upstream_.config.idle_timeout);
        if (read.status == IoStatus::end && decoder_.may_end_here()) {
            ended = true;
        } else if (!read) {
            note_read_failure(read);
            break;
        }
    }
}

bool Relay::fill(Batch& batch, ClientFraming framing) {
    bool is_sound = true;
    const std::size_t line_place = batch.count;
    if (framing == ClientFraming::chunked) batch.add({});
    const bool unmarked_end = framing == ClientFraming::until_close;
    if (unmarked_end && holds_back_) {
        chunk_line_[0] = held_back_;
        batch.add({chunk_line_.data(), 1});
    }
    // Room for CRLF, the last chunk and a held back byte.
    while (batch.count < batch.pieces.size() - 3 && !connection_->input.empty() &&
           !decoder_.ended()) {
        const auto piece = decoder_.next(connection_->input.unread());
        if (!piece) {
            is_sound = false;
            break;
        }
        if (piece->consumed == 0) break;
        connection_->input.consume(piece->consumed);
        if (piece->data.empty()) continue;
        if (!result_.output) {
            result_.output = true;
            result_.first_byte = exchange_.elapsed();
        }
        observer_.on_content(piece->data);
        batch.add(piece->data);
        batch.content_bytes += piece->data.size();
    }
    if (framing == ClientFraming::chunked && batch.content_bytes > 0) {
        batch.pieces[line_place] = piece_of(chunk_line(chunk_line_, batch.content_bytes));
        batch.add("\r\n");
    }
    if (unmarked_end && batch.content_bytes > 0) {
        iovec& last = batch.pieces[batch.count - 1];
        held_back_ = static_cast<const char*>(last.iov_base)[--last.iov_len];
        holds_back_ = true;
    } else if (unmarked_end && holds_back_) {
        --batch.count;
    }
    return is_sound;
}

void Relay::note(std::string_view error_class, std::string detail) {
    if (!result_.error_class.empty()) return;
    result_.error_class = error_class;
    result_.detail = std::move(detail);
}

void Relay::note_read_failure(const IoResult& read) {
    switch (read.status) {
        case IoStatus::timed_out:
            return note("upstream_timeout", "the upstream did not answer in time");
        case IoStatus::aborted:
            // The upload names its own reasons before it aborts.
            if (!result_.error_class.empty()) return;
            if (!exchange_.client().has_hung_up()) return note("shutdown");
            result_.client_gone = true;
            return note("client_gone");
        case IoStatus::failed:
            if (read.error == EMSGSIZE)
                return note("upstream_malformed", "the answer's head is too large");
            return note("upstream_closed", error_text(read.error));
        case IoStatus::ok:
        case IoStatus::end:
            return note("upstream_closed",
                        "the upstream closed the connection before its answer was whole");
    }
}

void Relay::note_write_failure(const IoResult& written) {
    if (written.status == IoStatus::aborted) return note_read_failure(written);
    // Nobody's fault but that of whoever broke off first.
    if (result_.error_class.empty()) result_.client_gone = true;
    note("client_gone");
}

Task<void> Relay::fail() {
    settled_ = true;
    const bool counted = co_await observer_.settle(result_);
    if (!counted) exchange_.reset();
    if (exchange_.answered() || result_.client_gone || !counted) {
        // Without its end the client knows that the answer is not whole; where the connection's
        // end is the answer's, only a reset does.
        if (exchange_.answered() && ends_with_connection_) exchange_.reset();
        exchange_.mark_answered();
        exchange_.close_after();
        co_return;
    }
    co_await exchange_.reply(failure_problem());
}

// Without the upstream's address: that is in the log, for whom it concerns.
http::Problem Relay::failure_problem() const {
    http::Problem problem{502,
                          std::string(result_.error_class),
                          "The application behind this gateway broke off its answer, or answered "
                          "something that is not HTTP.",
                          {}};
    if (result_.error_class == "upstream_refused" ||
        result_.error_class == "upstream_unreachable") {
        problem.detail = "The application behind this gateway cannot be reached.";
    } else if (result_.error_class == "upstream_timeout") {
        problem = {504,
                   "upstream_timeout",
                   "The application behind this gateway did not answer in time.",
                   {}};
    } else if (result_.error_class == "request_malformed") {
        problem = {400,
                   "malformed_request",
                   "The request's body broke off or its framing is not valid.",
                   {}};
    } else if (result_.error_class == "request_timeout") {
        problem = {408, "request_timeout", "The request's body did not arrive in time.", {}};
    } else if (result_.error_class == "payload_too_large") {
        problem = {413,
                   "payload_too_large",
                   fmt::format("The request's body is larger than {} bytes.", limits_.body_bytes),
                   {}};
    }
    return problem;
}

}  // namespace tallygate::gateway
