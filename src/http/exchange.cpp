#include "http/exchange.h"

#include <array>
#include <cerrno>
#include <ctime>

#include <fmt/format.h>

#include "base/ids.h"

namespace tallygate::http {
namespace {

// A body this small is read to its end so that the connection can be used again.
constexpr std::uint64_t kDrainLimit = std::uint64_t{64} * 1024;
constexpr std::size_t kRequestIdLimit = 128;

bool is_request_id(std::string_view text) {
    if (text.empty() || text.size() > kRequestIdLimit) return false;
    for (const char c : text) {
        const bool alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alphanumeric && std::string_view("-_.:=+/@").find(c) == std::string_view::npos)
            return false;
    }
    return true;
}

iovec piece_of(std::string_view text) {
    return {const_cast<char*>(text.data()), text.size()};
}

}  // namespace

std::string_view date_field(Timestamp now) {
    thread_local std::time_t made_at = -1;
    thread_local std::array<char, 48> text{};
    thread_local std::size_t size = 0;
    const std::time_t seconds = micros(now) / 1'000'000;
    if (seconds != made_at) {
        made_at = seconds;
        std::tm parts{};
        gmtime_r(&seconds, &parts);
        size =
            std::strftime(text.data(), text.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    }
    return {text.data(), size};
}

Exchange::Exchange(Socket& client, ConnectionInput& input, const Peer& peer,
                   const ServerLimits& limits, const Clock& clock)
    : client_(client),
      input_(input),
      peer_(peer),
      limits_(limits),
      clock_(clock),
      parsed_(new Parsed) {}

void Exchange::adopt_head() {
    const RequestHead& head = parsed_->head;
    began_ = clock_.now();
    steady_began_ = clock_.steady_now();
    input_.consume(head.bytes);
    body_ = BodyDecoder(head.framing, head.content_length);
    minor_version_ = head.minor_version;
    is_head_ = head.method == "HEAD";
    expects_continue_ = head.expect_continue;
    close_ = !head.keep_alive;
    const std::string_view given = head.find("x-request-id").value;
    request_id_ = is_request_id(given) ? std::string(given) : make_request_id();
}

void Exchange::release_head() {
    parsed_.reset();
    if (body_.ended()) input_.release_if_empty();
}

std::chrono::microseconds Exchange::elapsed() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady_now() -
                                                                 steady_began_);
}

Exchange::BodyPiece Exchange::buffered_body() {
    while (!body_.ended() && !input_.empty()) {
        const auto piece = body_.next(input_.unread());
        if (!piece) return {{IoStatus::failed, 0, EBADMSG}, {}};
        input_.consume(piece->consumed);
        if (!piece->data.empty()) return {{}, piece->data};
        if (piece->consumed == 0) break;
    }
    return {};
}

Task<Exchange::BodyPiece> Exchange::read_body() {
    for (;;) {
        const BodyPiece piece = buffered_body();
        if (!piece.io || !piece.data.empty() || body_.ended()) co_return piece;
        input_.release_if_empty();
        IoResult read = co_await client_.wait_readable(limits_.body_timeout);
        if (!read) co_return BodyPiece{read, {}};
        read = co_await client_.read(input_.room(), limits_.body_timeout);
        if (!read) co_return BodyPiece{read, {}};
        input_.filled(read.bytes);
    }
}

Task<std::expected<std::string, Problem>> Exchange::read_whole_body(std::size_t limit) {
    std::string whole;
    while (!body_.ended()) {
        const BodyPiece piece = co_await read_body();
        if (piece.io.status == IoStatus::timed_out) {
            close_ = true;
            co_return std::unexpected(
                Problem{408, "request_timeout", "The request's body did not arrive in time.", {}});
        }
        if (!piece.io) {
            close_ = true;
            co_return std::unexpected(
                Problem{400,
                        "malformed_request",
                        "The request's body broke off or its framing is not valid.",
                        {}});
        }
        if (whole.size() + piece.data.size() > limit) {
            close_ = true;
            co_return std::unexpected(
                Problem{413,
                        "payload_too_large",
                        fmt::format("The request's body is larger than {} bytes.", limit),
                        {}});
        }
        whole += piece.data;
    }
    co_return whole;
}

std::string_view Exchange::take_unread() {
    const std::string_view unread = input_.unread();
    input_.consume(unread.size());
    return unread;
}

Task<void> Exchange::send_continue() {
    if (!expects_continue_ || body_.ended()) co_return;
    expects_continue_ = false;
    if (minor_version_ == 0) co_return;
    std::array pieces = {piece_of("HTTP/1.1 100 Continue\r\n\r\n")};
    co_await client_.write(pieces, limits_.write_timeout);
}

Task<void> Exchange::reply(Reply answer) {
    const bool body_unread = !body_.ended();
    if (body_unread && (expects_continue_ || body_.framing() != Framing::length ||
                        body_.remaining() > kDrainLimit)) {
        close_ = true;
    }
    const bool has_body = answer.status >= 200 && answer.status != 204 && answer.status != 304;
    std::string head = fmt::format("HTTP/1.1 {} {}\r\n{}", answer.status,
                                   reason_phrase(answer.status), date_field(clock_.now()));
    const auto out = std::back_inserter(head);
    if (!answer.content_type.empty())
        fmt::format_to(out, "Content-Type: {}\r\n", answer.content_type);
    if (has_body) fmt::format_to(out, "Content-Length: {}\r\n", answer.body.size());
    for (const auto& [name, value] : answer.fields)
        fmt::format_to(out, "{}: {}\r\n", name, value);
    fmt::format_to(out, "X-Request-Id: {}\r\n{}", request_id_, extra_fields_);
    if (close_) {
        head += "Connection: close\r\n";
    } else if (minor_version_ == 0) {
        head += "Connection: keep-alive\r\n";
    }
    head += "\r\n";
    answered_ = true;
    std::array pieces = {piece_of(head),
                         piece_of(is_head_ || !has_body ? std::string_view() : answer.body)};
    if (!co_await client_.write(pieces, limits_.write_timeout)) close_ = true;
}

Task<void> Exchange::reply(const Problem& problem) {
    co_await reply(to_reply(problem, request_id_));
}

}  // namespace tallygate::http
