// The lines of a head, for head.cpp alone: what they look like, not what they mean.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "http/head.h"
#include "http/problem.h"

namespace tallygate::http {

using Checked = std::expected<void, Problem>;

std::unexpected<Problem> refused(int status, std::string_view code, std::string detail);
// 400 malformed_request
std::unexpected<Problem> malformed(std::string detail);

// Whether the bytes so far can begin a request or an answer: finds at once what would otherwise
// wait for a blank line that never comes.
Checked check_request_begin(std::string_view buffer);
Checked check_response_begin(std::string_view buffer);

// Finds the blank line that ends the head: its size, 0 where that has not come. The limits hold
// before it has.
std::expected<std::size_t, Problem> head_size(std::string_view buffer, const HeadLimits& limits);

// Takes the next line, which is known to end in CRLF, off the front of `rest`.
std::string_view take_line(std::string_view& rest);

// method SP target SP version
Checked parse_request_line(std::string_view line, RequestHead& out);
// version SP status SP reason; the last space may be missing where there is no reason.
Checked parse_status_line(std::string_view line, ResponseHead& out);
// name ":" blanks value blanks
Checked parse_field(std::string_view line, FieldView& out);

}  // namespace tallygate::http
