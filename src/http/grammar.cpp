#include "http/grammar.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tallygate::http {
namespace {

constexpr std::array<bool, 256> token_chars() {
    std::array<bool, 256> table{};
    for (unsigned char c = '0'; c <= '9'; ++c) {
        table[c] = true;
    }
    for (unsigned char c = 'a'; c <= 'z'; ++c) {
        table[c] = true;
    }
    for (unsigned char c = 'A'; c <= 'Z'; ++c) {
        table[c] = true;
    }
    for (const char c : std::string_view("!#$%&'*+-.^_`|~")) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}
constexpr std::array<bool, 256> kTokenChars = token_chars();

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

}  // namespace

bool is_token_char(char c) {
    return kTokenChars[static_cast<unsigned char>(c)];
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_token_char);
}

bool is_field_text(std::string_view text) {
    // Without a branch, so that the compiler checks 16 bytes at a time.
    bool bad = false;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        bad |= (byte < 0x20 && byte != '\t') || byte == 0x7f;
    }
    return !bad;
}

bool iequals(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

bool next_element(std::string_view& list, std::string_view& element) {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        element = trimmed(list.substr(0, comma));
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
        if (!element.empty()) return true;
    }
    return false;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char small = lower(c);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

std::string shown(std::string_view text) {
    constexpr std::size_t kMost = 64;
    std::string out = "\"";
    for (const char c : text.substr(0, kMost)) {
        out += c >= 0x20 && c < 0x7f ? c : '?';
    }
    out += text.size() > kMost ? "…\"" : "\"";
    return out;
}

}  // namespace tallygate::http
