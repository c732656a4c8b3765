#include "http/head_syntax.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "http/grammar.h"

namespace tallygate::http {
namespace {

// The number after "HTTP/1."
std::expected<int, Problem> minor_version_of(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() != 8 || !text.starts_with("HTTP/") || !is_digit(text[5]) || text[6] != '.' ||
        !is_digit(text[7])) {
        return malformed(fmt::format("{} is no HTTP version; write HTTP/1.1", shown(text)));
    }
    if (text[5] != '1') {
        return refused(505, "version_not_supported",
                       fmt::format("{} is not spoken here; use HTTP/1.1", shown(text)));
    }
    return std::min(text[7] - '0', 1);
}

}  // namespace

std::unexpected<Problem> refused(int status, std::string_view code, std::string detail) {
    return std::unexpected(Problem{status, std::string(code), std::move(detail), {}});
}
std::unexpected<Problem> malformed(std::string detail) {
    return refused(400, "malformed_request", std::move(detail));
}
Checked check_request_begin(std::string_view buffer) {
    if (buffer.empty() || is_token_char(buffer.front())) return {};
    if (buffer.front() == '\x16') {
        return malformed("this port speaks plain HTTP, and a TLS handshake came; use http://");
    }
    return malformed(fmt::format("{} does not begin with a method; write METHOD /path HTTP/1.1",
                                 shown(buffer.substr(0, 16))));
}

Checked check_response_begin(std::string_view buffer) {
    constexpr std::string_view kBegin = "HTTP/";
    const std::string_view begin = buffer.substr(0, kBegin.size());
    if (begin == kBegin.substr(0, begin.size())) return {};
    return malformed(fmt::format("{} is not the beginning of an HTTP/1.1 answer", shown(begin)));
}

std::expected<std::size_t, Problem> head_size(std::string_view buffer, const HeadLimits& limits) {
    constexpr std::size_t kMaxLines = MessageHead::kMaxFields + 1;
    std::size_t begin = 0;
    for (std::size_t lines = 0; begin < buffer.size(); ++lines) {
        const std::size_t lf = buffer.find('\n', begin);
        const bool cut = lf == std::string_view::npos;
        const std::size_t line_bytes = (cut ? buffer.size() : lf) - begin;  // its CR included
        if (lines == 0 && line_bytes > limits.line_bytes + 1) {
            return refused(414, "target_too_long",
                           fmt::format("the first line is longer than {} bytes; shorten the target",
                                       limits.line_bytes));
        }
        if ((cut ? buffer.size() : lf + 1) > limits.head_bytes) {
            return refused(
                431, "header_too_large",
                fmt::format("the head is longer than {} bytes; send fewer or shorter fields",
                            limits.head_bytes));
        }
        if (cut) return 0;
        if (line_bytes == 0 || buffer[lf - 1] != '\r') {
            return malformed("a line ends in LF without CR; end lines with CRLF");
        }
        if (line_bytes == 1) return lf + 1;
        if (lines == kMaxLines) {
            return refused(431, "header_too_large",
                           fmt::format("the head has more than {} fields; send fewer",
                                       MessageHead::kMaxFields));
        }
        begin = lf + 1;
    }
    return 0;
}

std::string_view take_line(std::string_view& rest) {
    const std::size_t lf = rest.find('\n');
    const std::string_view line = rest.substr(0, lf - 1);
    rest.remove_prefix(lf + 1);
    return line;
}

Checked parse_request_line(std::string_view line, RequestHead& out) {
    const std::size_t method_end = line.find(' ');
    out.method = line.substr(0, method_end);
    if (!is_token(out.method)) {
        return malformed(fmt::format("{} does not begin with a method; write METHOD /path HTTP/1.1",
                                     shown(line)));
    }
    if (method_end == std::string_view::npos) {
        return malformed("the request line has neither target nor version");
    }
    line.remove_prefix(method_end + 1);
    const std::size_t target_end = line.find(' ');
    out.target = line.substr(0, target_end);
    if (target_end == std::string_view::npos) {
        return malformed("the request line has no HTTP version; write METHOD /path HTTP/1.1");
    }
    if (out.target.empty()) {
        return malformed("two spaces follow the method; write one, then the target");
    }
    if (!is_field_text(out.target) || out.target.contains('\t')) {
        return malformed("the target holds a control byte; percent-encode it");
    }
    const auto minor = minor_version_of(line.substr(target_end + 1));
    if (!minor) return std::unexpected(minor.error());
    out.minor_version = *minor;
    return {};
}

Checked parse_status_line(std::string_view line, ResponseHead& out) {
    const std::size_t version_end = line.find(' ');
    const auto minor = minor_version_of(line.substr(0, version_end));
    if (!minor) return std::unexpected(minor.error());
    out.minor_version = *minor;
    line.remove_prefix(version_end == std::string_view::npos ? line.size() : version_end + 1);
    const std::string_view digits = line.substr(0, line.find(' '));
    const bool is_number = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    if (digits.size() != 3 || !is_number || digits.front() == '0') {
        return malformed(
            fmt::format("{} is no status; three digits from 100 to 999 are", shown(digits)));
    }
    out.status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
    out.reason = line.substr(std::min<std::size_t>(4, line.size()));
    if (!is_field_text(out.reason)) return malformed("the reason phrase holds a control byte");
    return {};
}

Checked parse_field(std::string_view line, FieldView& out) {
    if (line.front() == ' ' || line.front() == '\t') {
        return malformed("a field goes on over a second line; write it on one");
    }
    std::size_t colon = 0;
    while (colon < line.size() && is_token_char(line[colon])) {
        ++colon;
    }
    const std::string_view name = line.substr(0, colon);
    if (colon == line.size()) {
        return malformed(fmt::format("the field line {} has no colon", shown(name)));
    }
    if (line[colon] != ':') {
        return malformed(fmt::format(
            "a space or another byte that no name has follows {} in a field's name", shown(name)));
    }
    if (name.empty()) return malformed("a field has no name before its colon");
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!is_field_text(value)) {
        return malformed(fmt::format("the value of {} holds a control byte (CR, NUL …); remove it",
                                     shown(name)));
    }
    out.id = boost::beast::http::string_to_field({name.data(), name.size()});
    out.name = name;
    out.value = value;
    return {};
}

}  // namespace tallygate::http
