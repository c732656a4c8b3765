// What a request asks for, parsed once: routing, authorisation and the upstream all use this.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "http/problem.h"

namespace tallygate::http {

// `raw` and `query` are views of the text that was parsed. path() is decoded but for %2F, %2E, %5C
// and %25, which stay as they were written: so a slash in it always separates, and what a route
// captures is decoded exactly once, by percent_decode.
struct Target {
    std::string_view raw;               // path and query as sent, for the upstream
    std::string_view query;             // as sent, without the '?'
    bool has_ambiguous_escape = false;  // %2F, %2E or %5C
    bool is_asterisk = false;           // OPTIONS *

    std::string_view path() const {
        return decoded_.empty() ? raw_path_ : std::string_view(decoded_);
    }

private:
    friend std::expected<Target, Problem> parse_target(std::string_view method,
                                                       std::string_view text);
    std::string_view raw_path_;
    std::string decoded_;  // empty where the path holds no '%'
};

// Takes origin-form, and `*` for OPTIONS. Refuses with 400 (`malformed_target`, naming what): other
// forms, no leading slash, a fragment, bytes outside printable ASCII; in the path also a bad %XX,
// `//`, `.` and `..` segments, `\`, `;`, any %-encoded control byte, and what is not UTF-8 once
// decoded. %2F, %2E and %5C set has_ambiguous_escape; who routes decides. The query is the
// upstream's to read: a bad %XX in it stays.
std::expected<Target, Problem> parse_target(std::string_view method, std::string_view text);

// Decodes every %XX of a captured segment, %2F too. A bad one stays as it is.
std::string percent_decode(std::string_view text);
// Encodes all bytes but unreserved characters (RFC 3986, 2.3), with capital digits.
std::string percent_encode(std::string_view text);

}  // namespace tallygate::http
