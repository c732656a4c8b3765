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
        std::size_t consumed = 0;  // bytes of the input that are done with; what is behind them is
                                   // not the body's or waits
        std::string_view
            data;  // content among them, a view of the input; may be empty (framing only)
    };

    // Takes the next piece off the front of `input`. Call again with the rest while it consumes
    // something and has not ended. A framing error is final and every later call repeats it: bad
    // hexadecimal digits (only 0-9a-fA-F, at most 16, nothing around them), a chunk extension with
    // control bytes or more than 256 bytes, a missing CRLF, trailers that are not `name: value`
    // lines or go beyond 8 KiB. Trailers are dropped.
    std::expected<Piece, std::string_view> next(std::string_view input);

    // All of the body has been seen; never of until_close, whose end is the connection's.
    bool ended() const;
    // Whether the end of the connection, now, is the end of a whole body.
    bool may_end_here() const;
    Framing framing() const { return framing_; }
    // Content bytes still to come, where framing is length.
    std::uint64_t remaining() const { return remaining_; }

private:
    enum class State : std::uint8_t {
        size,       // hexadecimal digits
        extension,  // behind a ';'
        size_lf,    // the LF of the size's line
        data,       // remaining_ bytes of content
        data_cr,    // the CRLF behind them
        data_lf,
        trailer_begin,  // the first byte of a trailer's line, or the blank line's CR
        trailer_name,
        trailer_value,
        trailer_lf,
        last_lf,  // the blank line's LF
        done,
        failed,
    };
    std::expected<Piece, std::string_view> next_chunked(std::string_view input);
    // Takes one byte of framing; whether it may stand there.
    bool take(char c);
    bool take_size(char c);
    bool take_trailer(char c);

    Framing framing_ = Framing::none;
    State state_ = State::done;
    std::uint64_t remaining_ = 0;  // of the body, or of the chunk
    std::uint32_t digits_ = 0;     // of the size being read
    std::uint32_t extra_ = 0;      // bytes of the extension or the trailers so far
    std::string_view error_;       // of State::failed
};

}  // namespace tallygate::http
