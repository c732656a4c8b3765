// The head of a message, parsed once into views of the read buffer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include <boost/beast/http/field.hpp>

#include "http/grammar.h"
#include "http/problem.h"

namespace tallygate::http {

using FieldId = boost::beast::http::field;

// One header field. Views of the buffer that was parsed; `id` is `unknown` for names outside the
// standard ones.
struct FieldView {
    FieldId id = FieldId::unknown;
    std::string_view name;
    std::string_view value;
};

// How the end of a body is found (RFC 9112, 6).
enum class Framing : std::uint8_t { none, length, chunked, until_close };

// What requests and answers share. Field order is kept; at most kMaxFields.
struct MessageHead {
    static constexpr std::size_t kMaxFields = 100;

    int minor_version = 1;  // of HTTP/1.x; what is above 1 counts as 1
    Framing framing = Framing::none;
    std::uint64_t content_length = 0;  // where framing is length
    bool keep_alive = true;
    std::string_view upgrade;  // the Upgrade field's value where Connection names it, else empty;
                               // never on HTTP/1.0
    std::size_t bytes = 0;     // the head's own size in the buffer, blank line included
    std::size_t field_count = 0;
    std::array<FieldView, kMaxFields> field_store;

    std::span<const FieldView> fields() const { return {field_store.data(), field_count}; }
    // The first field of that id or (ignoring case) name; its value is empty and its name too where
    // there is none, and for FieldId::unknown.
    const FieldView& find(FieldId id) const;
    const FieldView& find(std::string_view name) const;
    // Whether Connection lists `name`, so that the field belongs to this hop alone.
    bool connection_lists(std::string_view name) const;
};

struct RequestHead : MessageHead {
    std::string_view method;
    std::string_view target;
    bool expect_continue = false;  // never on HTTP/1.0
};

struct ResponseHead : MessageHead {
    int status = 0;
    std::string_view reason;
    std::uint64_t keep_alive_timeout_seconds = 0;  // Keep-Alive: timeout=N; 0 where it does not say
};

struct HeadLimits {
    std::size_t line_bytes = 8'192;   // of the first line, without its CRLF
    std::size_t head_bytes = 32'768;  // of all of the head
};

// Parses the head at the front of `buffer`. true: `out` is filled, its views live as long as the
// buffer stays put. false: the head is not complete yet; call again with more (limits, bare LFs and
// bytes that begin no request are found at once). A Problem: the connection must be closed after
// the answer. They are
//   400 malformed_request: a broken line, name, value, version or Host; folded lines, bare CR or
//   LF, NUL and other control
//       bytes, a space before a colon, a missing or second Host on HTTP/1.1 (a second or empty one
//       on HTTP/1.0 too), a Host with bytes outside names and addresses, a length that is not
//       digits
//   400 ambiguous_framing: Content-Length with Transfer-Encoding, more than one of either,
//   Transfer-Encoding on HTTP/1.0 or
//       not ending in `chunked`
//   413 payload_too_large: a length beyond 2^64 - 1          414 target_too_long: the first line is
//   over `limits` 417 expectation_failed: Expect other than 100-continue     431 header_too_large:
//   the head or its fields are 501 unsupported_transfer_coding: another coding before `chunked` 505
//   version_not_supported: not HTTP/1.x
// One CRLF in front of a request is passed over (RFC 9112, 2.2); `bytes` counts it.
std::expected<bool, Problem> parse_request_head(std::string_view buffer, RequestHead& out,
                                                const HeadLimits& limits = {});

// The same for an answer to a request with `method`; the Problem is for our log and always 502,
// with the codes above but for `malformed_response`. Interim answers (1xx) parse like any other
// with framing none. A body follows as RFC 9112 6.3 says (none for HEAD, 1xx, 204, 304). keep_alive
// is false where the end of the connection ends the body, and where an answer without a body
// announces one.
std::expected<bool, Problem> parse_response_head(std::string_view buffer, std::string_view method,
                                                 ResponseHead& out, const HeadLimits& limits = {});

}  // namespace tallygate::http
