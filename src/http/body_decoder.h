// Takes the framing off a body, piece by piece, without copying it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include "http/head.h"

namespace tallygate::http {

// Follows one body from its first byte to its end. A value; one thread.
class BodyDecoder {
public:
    BodyDecoder() = default;  // a body of no bytes
    BodyDecoder(Framing framing, std::uint64_t content_length);

    struct Piece {
        std::size_t consumed = 0;  // bytes of the input that are done with; what is behind them is not the body's or waits
        std::string_view data;     // content among them, a view of the input; may be empty (framing only)
    };

    // Takes the next piece off the front of `input`. Call again with the rest while it consumes something and has not
    // ended. A framing error is final: bad hexadecimal digits (only 0-9a-fA-F, at most 16), a chunk extension with CR, LF
    // or more than 256 bytes, a missing CRLF, trailers beyond 8 KiB. Trailers are dropped.
    std::expected<Piece, std::string_view> next(std::string_view input);

    // All of the body has been seen; never of until_close, whose end is the connection's.
    bool ended() const;
    // Whether the end of the connection, now, is the end of a whole body.
    bool may_end_here() const;
    Framing framing() const { return framing_; }
    // Content bytes still to come, where framing is length.
    std::uint64_t remaining() const { return remaining_; }

private:
    enum class State : std::uint8_t { size, extension, size_lf, data, data_cr, data_lf, trailer, done };
    std::expected<Piece, std::string_view> next_chunked(std::string_view input);

    Framing framing_ = Framing::none;
    State state_ = State::done;
    std::uint64_t remaining_ = 0;
    std::uint32_t digits_ = 0;
    std::uint32_t extra_ = 0;       // bytes of extension or trailers so far
    std::uint32_t line_length_ = 0;  // of the trailer line being read
    bool after_cr_ = false;
};

}  // namespace tallygate::http
