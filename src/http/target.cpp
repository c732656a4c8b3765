#include "http/target.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "http/grammar.h"

namespace tallygate::http {
namespace {

using Checked = std::expected<void, Problem>;

std::unexpected<Problem> refused(std::string detail) {
    return std::unexpected(Problem{400, "malformed_target", std::move(detail), {}});
}

bool is_printable(char c) {
    return c > 0x20 && c < 0x7f;
}

// The byte that the %XX at `at` stands for, -1 where it is not one.
int decoded_byte(std::string_view text, std::size_t at) {
    if (text.size() - at < 3) return -1;
    const int high = hex_digit(text[at + 1]);
    const int low = hex_digit(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

Checked check_form(std::string_view text) {
    if (text.empty()) return refused("the target is empty; begin it with a slash");
    const auto bad = std::ranges::find_if_not(text, is_printable);
    if (bad != text.end()) {
        return refused(fmt::format("the target holds the byte 0x{:02x}; percent-encode it",
                                   static_cast<unsigned char>(*bad)));
    }
    if (text.contains('#')) return refused("the target holds a fragment (#); leave it out");
    if (text.front() != '/') {
        return refused(fmt::format(
            "the target {} does not begin with a slash; write the path alone, the host goes "
            "into Host",
            shown(text.substr(0, text.find('?')))));
    }
    return {};
}

// What several servers read in several ways.
Checked check_raw_path(std::string_view path) {
    const std::size_t bad = path.find_first_of("\\;");
    if (bad != std::string_view::npos) {
        return refused(fmt::format("the path holds {}; percent-encode it or leave it out",
                                   shown(path.substr(bad, 1))));
    }
    std::string_view rest = path.substr(1);
    while (true) {
        const std::size_t end = rest.find('/');
        const std::string_view segment = rest.substr(0, end);
        if (segment == "." || segment == "..") {
            return refused(fmt::format("the path holds the segment {}; write the path without it",
                                       shown(segment)));
        }
        if (end == std::string_view::npos) return {};
        if (segment.empty()) return refused("the path holds //; write one slash");
        rest.remove_prefix(end + 1);
    }
}

// Decodes `path` but for %2F, %2E, %5C and %25.
std::expected<std::string, Problem> decoded_path(std::string_view path,
                                                 bool& has_ambiguous_escape) {
    std::string out;
    out.reserve(path.size());
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (path[i] != '%') {
            out += path[i];
            continue;
        }
        const std::string_view escape = path.substr(i, 3);
        const int byte = decoded_byte(path, i);
        if (byte < 0) {
            return refused(fmt::format(
                "the path holds {}, which is no %XX; write %25 for a percent sign", shown(escape)));
        }
        if (byte < 0x20 || byte == 0x7f) {
            return refused(fmt::format("the path holds {}; leave it out", shown(escape)));
        }
        const bool is_ambiguous = byte == '/' || byte == '.' || byte == '\\';
        has_ambiguous_escape |= is_ambiguous;
        if (is_ambiguous || byte == '%') {
            out += escape;
        } else {
            out += static_cast<char>(byte);
        }
        i += 2;
    }
    if (!is_utf8(out)) {
        return refused("the path is not UTF-8 once decoded; encode the bytes of UTF-8");
    }
    return out;
}

}  // namespace

std::expected<Target, Problem> parse_target(std::string_view method, std::string_view text) {
    Target target;
    target.raw = text;
    if (text == "*" && method == "OPTIONS") {
        target.raw_path_ = text;
        target.is_asterisk = true;
        return target;
    }
    if (auto checked = check_form(text); !checked) return std::unexpected(checked.error());
    const std::size_t question = text.find('?');
    target.raw_path_ = text.substr(0, question);
    if (question != std::string_view::npos) target.query = text.substr(question + 1);
    if (auto checked = check_raw_path(target.raw_path_); !checked) {
        return std::unexpected(checked.error());
    }
    if (target.raw_path_.contains('%')) {
        auto decoded = decoded_path(target.raw_path_, target.has_ambiguous_escape);
        if (!decoded) return std::unexpected(std::move(decoded.error()));
        target.decoded_ = std::move(*decoded);
    }
    return target;
}

std::string percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int byte = text[i] == '%' ? decoded_byte(text, i) : -1;
        if (byte < 0) {
            out += text[i];
        } else {
            out += static_cast<char>(byte);
            i += 2;
        }
    }
    return out;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const bool unreserved = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                                (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_' ||
                                c == '~';
        if (unreserved) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += kDigits[byte >> 4];
            out += kDigits[byte & 0xf];
        }
    }
    return out;
}

}  // namespace tallygate::http
