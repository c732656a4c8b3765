#include "http/head.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "http/head_syntax.h"

namespace tallygate::http {
namespace {

std::unexpected<Problem> ambiguous(std::string detail) {
    return refused(400, "ambiguous_framing", std::move(detail));
}

// Fields that decide framing, the connection's life and validity, as they are met.
struct Noted {
    int hosts = 0;
    int content_lengths = 0;
    int transfer_encodings = 0;
    bool close = false;
    bool keep_alive = false;
    bool names_upgrade = false;
    std::string_view host;
    std::string_view content_length;
    std::string_view transfer_encoding;
    std::string_view keep_alive_parameters;
    std::string_view upgrade;
    std::string_view other_expectation;
    bool expects = false;
    bool expects_other = false;
};

void note_connection(std::string_view options, Noted& noted) {
    std::string_view option;
    while (next_element(options, option)) {
        noted.close |= iequals(option, "close");
        noted.keep_alive |= iequals(option, "keep-alive");
        noted.names_upgrade |= iequals(option, "upgrade");
    }
}

void note(const FieldView& field, Noted& noted) {
    switch (field.id) {
        case FieldId::host:
            ++noted.hosts;
            noted.host = field.value;
            break;
        case FieldId::content_length:
            ++noted.content_lengths;
            noted.content_length = field.value;
            break;
        case FieldId::transfer_encoding:
            ++noted.transfer_encodings;
            noted.transfer_encoding = field.value;
            break;
        case FieldId::connection:
            note_connection(field.value, noted);
            break;
        case FieldId::keep_alive:
            noted.keep_alive_parameters = field.value;
            break;
        case FieldId::upgrade:
            if (noted.upgrade.empty()) noted.upgrade = field.value;
            break;
        case FieldId::expect:
            noted.expects = true;
            if (!iequals(field.value, "100-continue")) {
                noted.expects_other = true;
                noted.other_expectation = field.value;
            }
            break;
        default:
            break;
    }
}

// Parses the lines between the first one and the blank one.
Checked parse_fields(std::string_view lines, MessageHead& out, Noted& noted) {
    out.field_count = 0;
    while (!lines.empty()) {
        FieldView& field = out.field_store[out.field_count];
        if (auto parsed = parse_field(take_line(lines), field); !parsed) return parsed;
        ++out.field_count;
        note(field, noted);
    }
    return {};
}

std::expected<std::uint64_t, Problem> parse_length(std::string_view text) {
    constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
    if (text.empty()) return malformed("Content-Length is empty; write a whole number");
    std::uint64_t length = 0;
    bool too_large = false;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return malformed(fmt::format(
                "Content-Length is {}; write one whole number, digits alone", shown(text)));
        }
        const auto digit = static_cast<std::uint64_t>(c - '0');
        too_large |= length > (kMax - digit) / 10;
        length = length * 10 + digit;
    }
    if (too_large) {
        return refused(413, "payload_too_large",
                       fmt::format("Content-Length {} is beyond any limit", shown(text)));
    }
    return length;
}

Checked check_transfer_coding(const Noted& noted, int minor_version) {
    if (noted.content_lengths > 0) {
        return ambiguous("both Content-Length and Transfer-Encoding are given; send one of them");
    }
    if (noted.transfer_encodings > 1) {
        return ambiguous("Transfer-Encoding is given twice; send one");
    }
    if (minor_version == 0) {
        return ambiguous("Transfer-Encoding does not exist in HTTP/1.0; send Content-Length");
    }
    if (iequals(noted.transfer_encoding, "chunked")) return {};
    std::string_view list = noted.transfer_encoding;
    std::string_view coding;
    int chunked = 0;
    bool chunked_is_last = false;
    while (next_element(list, coding)) {
        chunked_is_last = iequals(coding, "chunked");
        chunked += chunked_is_last ? 1 : 0;
    }
    if (chunked == 1 && chunked_is_last) {
        return refused(501, "unsupported_transfer_coding",
                       fmt::format("Transfer-Encoding is {}; only \"chunked\" is understood",
                                   shown(noted.transfer_encoding)));
    }
    return ambiguous(fmt::format("Transfer-Encoding is {}; send \"chunked\" or nothing",
                                 shown(noted.transfer_encoding)));
}

// The framing that the fields give, `none` where they give none.
Checked decide_framing(const Noted& noted, MessageHead& out) {
    out.framing = Framing::none;
    out.content_length = 0;
    if (noted.transfer_encodings > 0) {
        if (auto checked = check_transfer_coding(noted, out.minor_version); !checked) {
            return checked;
        }
        out.framing = Framing::chunked;
    } else if (noted.content_lengths > 1) {
        return ambiguous("Content-Length is given twice; send one");
    } else if (noted.content_lengths == 1) {
        const auto length = parse_length(noted.content_length);
        if (!length) return std::unexpected(length.error());
        out.framing = Framing::length;
        out.content_length = *length;
    }
    return {};
}

void decide_connection(const Noted& noted, MessageHead& out) {
    out.keep_alive = !noted.close && (out.minor_version >= 1 || noted.keep_alive);
    out.upgrade =
        out.minor_version >= 1 && noted.names_upgrade ? noted.upgrade : std::string_view{};
}

// host or [address], and then :port or nothing.
bool is_host(std::string_view text) {
    const auto is_alnum = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    std::size_t end = 0;
    if (text.starts_with('[')) {
        end = text.find(']');
        if (end == std::string_view::npos || end == 1) return false;
        const auto in_address = [](char c) { return hex_digit(c) >= 0 || c == ':' || c == '.'; };
        if (!std::ranges::all_of(text.substr(1, end - 1), in_address)) return false;
        ++end;
    } else {
        while (end < text.size() &&
               (is_alnum(text[end]) || std::string_view("-._~").contains(text[end]))) {
            ++end;
        }
        if (end == 0) return false;
    }
    if (end == text.size()) return true;
    const std::string_view port = text.substr(end + 1);
    return text[end] == ':' && port.size() <= 5 &&
           std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
}

Checked check_host(const Noted& noted, int minor_version) {
    if (noted.hosts == 0) {
        if (minor_version == 0) return {};
        return malformed("Host is missing; HTTP/1.1 requires it");
    }
    if (noted.hosts > 1) return malformed("Host is given twice; send one");
    if (!is_host(noted.host)) {
        return malformed(
            fmt::format("Host is {}; write a name or address, and :port", shown(noted.host)));
    }
    return {};
}

// N of "timeout=N, max=100"; 0 where it is not there or is no sensible number.
std::uint64_t keep_alive_timeout(std::string_view parameters) {
    std::string_view parameter;
    while (next_element(parameters, parameter)) {
        const std::size_t equals = parameter.find('=');
        if (equals == std::string_view::npos ||
            !iequals(trimmed(parameter.substr(0, equals)), "timeout")) {
            continue;
        }
        const std::string_view digits = trimmed(parameter.substr(equals + 1));
        const bool is_short = !digits.empty() && digits.size() <= 9;
        const auto seconds = is_short ? parse_length(digits) : 0;
        return seconds ? *seconds : 0;
    }
    return 0;
}

// RFC 9112, 6.3: where an answer's body ends, given what its fields say.
Checked decide_response_framing(std::string_view method, const Noted& noted, ResponseHead& out) {
    if (auto framed = decide_framing(noted, out); !framed) return framed;
    const bool interim = out.status < 200;
    const bool announces = out.framing == Framing::chunked ||
                           (out.framing == Framing::length && out.content_length > 0);
    if (interim && announces) {
        return ambiguous(
            fmt::format("status {} cannot have a body, but announces one", out.status));
    }
    const bool tunnel = method == "CONNECT" && out.status < 300;
    if (interim || out.status == 204 || tunnel) {
        out.keep_alive = out.keep_alive && !announces;
        out.framing = Framing::none;
        out.content_length = 0;
    } else if (method == "HEAD" || out.status == 304) {
        out.framing = Framing::none;
        out.content_length = 0;
    } else if (out.framing == Framing::none) {
        out.framing = Framing::until_close;
        out.keep_alive = false;
    }
    return {};
}

std::expected<bool, Problem> parse_response(std::string_view buffer, std::string_view method,
                                            ResponseHead& out, const HeadLimits& limits) {
    if (auto begins = check_response_begin(buffer); !begins) return std::unexpected(begins.error());
    const auto size = head_size(buffer, limits);
    if (!size) return std::unexpected(size.error());
    if (*size == 0) return false;

    std::string_view lines = buffer.substr(0, *size - 2);
    Noted noted;
    out.bytes = *size;
    if (auto parsed = parse_status_line(take_line(lines), out); !parsed) {
        return std::unexpected(parsed.error());
    }
    if (auto parsed = parse_fields(lines, out, noted); !parsed) {
        return std::unexpected(parsed.error());
    }
    decide_connection(noted, out);
    out.keep_alive_timeout_seconds = keep_alive_timeout(noted.keep_alive_parameters);
    if (auto framed = decide_response_framing(method, noted, out); !framed) {
        return std::unexpected(framed.error());
    }
    return true;
}

}  // namespace

const FieldView& MessageHead::find(FieldId id) const {
    static constexpr FieldView kNone;
    if (id == FieldId::unknown) return kNone;
    for (const FieldView& field : fields()) {
        if (field.id == id) return field;
    }
    return kNone;
}

const FieldView& MessageHead::find(std::string_view name) const {
    static constexpr FieldView kNone;
    for (const FieldView& field : fields()) {
        if (iequals(field.name, name)) return field;
    }
    return kNone;
}

bool MessageHead::connection_lists(std::string_view name) const {
    for (const FieldView& field : fields()) {
        if (field.id != FieldId::connection) continue;
        std::string_view options = field.value;
        std::string_view option;
        while (next_element(options, option)) {
            if (iequals(option, name)) return true;
        }
    }
    return false;
}

std::expected<bool, Problem> parse_request_head(std::string_view buffer, RequestHead& out,
                                                const HeadLimits& limits) {
    constexpr std::string_view kBlankLine = "\r\n";
    if (buffer == kBlankLine.substr(0, buffer.size())) return false;
    const std::size_t skipped = buffer.starts_with(kBlankLine) ? kBlankLine.size() : 0;
    buffer.remove_prefix(skipped);
    if (auto begins = check_request_begin(buffer); !begins) return std::unexpected(begins.error());
    const auto size = head_size(buffer, limits);
    if (!size) return std::unexpected(size.error());
    if (*size == 0) return false;

    std::string_view lines = buffer.substr(0, *size - 2);
    Noted noted;
    out.bytes = skipped + *size;
    if (auto parsed = parse_request_line(take_line(lines), out); !parsed) {
        return std::unexpected(parsed.error());
    }
    if (auto parsed = parse_fields(lines, out, noted); !parsed) {
        return std::unexpected(parsed.error());
    }
    if (auto checked = check_host(noted, out.minor_version); !checked) {
        return std::unexpected(checked.error());
    }
    if (auto framed = decide_framing(noted, out); !framed) return std::unexpected(framed.error());
    decide_connection(noted, out);
    out.expect_continue = out.minor_version >= 1 && noted.expects;
    if (noted.expects_other) {
        return refused(417, "expectation_failed",
                       fmt::format("Expect is {}; only \"100-continue\" is understood",
                                   shown(noted.other_expectation)));
    }
    return true;
}

std::expected<bool, Problem> parse_response_head(std::string_view buffer, std::string_view method,
                                                 ResponseHead& out, const HeadLimits& limits) {
    auto parsed = parse_response(buffer, method, out, limits);
    if (!parsed) {
        Problem& problem = parsed.error();
        problem.status = 502;
        if (problem.code == "malformed_request") problem.code = "malformed_response";
    }
    return parsed;
}

}  // namespace tallygate::http
