#include "http/body_decoder.h"

#include <algorithm>

#include "http/grammar.h"

namespace tallygate::http {
namespace {

constexpr std::uint32_t kMaxSizeDigits = 16;
constexpr std::uint32_t kMaxExtensionBytes = 256;
constexpr std::uint32_t kMaxTrailerBytes = 8 * 1024;

}  // namespace

BodyDecoder::BodyDecoder(Framing framing, std::uint64_t content_length) : framing_(framing) {
    if (framing == Framing::length) remaining_ = content_length;
    if (framing == Framing::chunked) state_ = State::size;
}

bool BodyDecoder::ended() const {
    switch (framing_) {
        case Framing::none:
            return true;
        case Framing::length:
            return remaining_ == 0;
        case Framing::chunked:
            return state_ == State::done;
        case Framing::until_close:
            return false;
    }
    return true;
}

bool BodyDecoder::may_end_here() const {
    return framing_ == Framing::until_close || ended();
}

std::expected<BodyDecoder::Piece, std::string_view> BodyDecoder::next(std::string_view input) {
    switch (framing_) {
        case Framing::none:
            return Piece{};
        case Framing::length: {
            const std::string_view data =
                input.substr(0, std::min<std::uint64_t>(remaining_, input.size()));
            remaining_ -= data.size();
            return Piece{data.size(), data};
        }
        case Framing::chunked:
            return next_chunked(input);
        case Framing::until_close:
            return Piece{input.size(), input};
    }
    return Piece{};
}

// Stops behind the first content it meets, so that a piece holds one view.
std::expected<BodyDecoder::Piece, std::string_view> BodyDecoder::next_chunked(
    std::string_view input) {
    if (state_ == State::failed) return std::unexpected(error_);
    std::size_t at = 0;
    while (at < input.size() && state_ != State::done) {
        if (state_ == State::data) {
            const std::string_view data =
                input.substr(at, std::min<std::uint64_t>(remaining_, input.size() - at));
            remaining_ -= data.size();
            if (remaining_ == 0) state_ = State::data_cr;
            return Piece{at + data.size(), data};
        }
        if (!take(input[at])) {
            state_ = State::failed;
            return std::unexpected(error_);
        }
        ++at;
    }
    return Piece{at, {}};
}

bool BodyDecoder::take(char c) {
    switch (state_) {
        case State::size:
        case State::extension:
        case State::size_lf:
            return take_size(c);
        case State::data_cr:
            error_ = "the data of a chunk is longer than its size, or no CRLF follows it";
            state_ = State::data_lf;
            return c == '\r';
        case State::data_lf:
            error_ = "the CR behind the data of a chunk has no LF";
            state_ = State::size;
            digits_ = 0;
            return c == '\n';
        default:
            return take_trailer(c);
    }
}

bool BodyDecoder::take_size(char c) {
    if (state_ == State::size_lf) {
        error_ = "the CR behind the size of a chunk has no LF";
        state_ = remaining_ > 0 ? State::data : State::trailer_begin;
        extra_ = 0;
        return c == '\n';
    }
    if (c == '\r' && digits_ > 0) {
        state_ = State::size_lf;
        return true;
    }
    if (state_ == State::extension) {
        error_ = "the extension of a chunk is longer than 256 bytes or holds a control byte";
        return ++extra_ <= kMaxExtensionBytes && is_field_text({&c, 1});
    }
    if (c == ';' && digits_ > 0) {
        state_ = State::extension;
        extra_ = 0;
        return true;
    }
    error_ = "the size of a chunk is not 1 to 16 hexadecimal digits";
    const int digit = hex_digit(c);
    if (digit < 0 || ++digits_ > kMaxSizeDigits) return false;
    remaining_ = (digits_ == 1 ? 0 : remaining_ << 4) | static_cast<std::uint64_t>(digit);
    return true;
}

bool BodyDecoder::take_trailer(char c) {
    error_ = "the trailers are longer than 8192 bytes";
    if (++extra_ > kMaxTrailerBytes) return false;
    error_ = "a trailer is not of the form `name: value` and CRLF";
    switch (state_) {
        case State::trailer_begin:
            state_ = c == '\r' ? State::last_lf : State::trailer_name;
            return c == '\r' || is_token_char(c);
        case State::trailer_name:
            if (c == ':') state_ = State::trailer_value;
            return c == ':' || is_token_char(c);
        case State::trailer_value:
            if (c == '\r') state_ = State::trailer_lf;
            return c == '\r' || is_field_text({&c, 1});
        case State::trailer_lf:
            state_ = State::trailer_begin;
            return c == '\n';
        default:
            state_ = State::done;
            return c == '\n';
    }
}

}  // namespace tallygate::http
