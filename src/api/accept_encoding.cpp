#include "api/accept_encoding.h"

#include <algorithm>
#include <cstddef>

#include "http/grammar.h"

namespace tallygate::api {
namespace {

constexpr int kMost = 1000;  // weights are in thousandths

// "0.5"; at most three digits behind the point.
int parse_qvalue(std::string_view text) {
    constexpr std::size_t kDigitsFrom = 2;
    constexpr std::size_t kLongest = 5;
    if (text.empty() || text.size() > kLongest) return 0;
    if (text[0] != '0' && text[0] != '1') return 0;
    if (text.size() > 1 && text[1] != '.') return 0;
    int weight = text[0] - '0';
    for (std::size_t i = kDigitsFrom; i < kLongest; ++i) {
        const char digit = i < text.size() ? text[i] : '0';
        if (digit < '0' || digit > '9') return 0;
        weight = weight * 10 + (digit - '0');
    }
    return weight <= kMost ? weight : 0;
}

// Of "gzip;q=0.5" what is behind the name.
int parse_weight(std::string_view parameter) {
    if (parameter.empty()) return kMost;
    parameter = http::trimmed(parameter.substr(1));
    constexpr std::string_view kName = "q=";
    if (!http::iequals(parameter.substr(0, kName.size()), kName)) return 0;
    return parse_qvalue(parameter.substr(kName.size()));
}

bool names(std::string_view name, Coding coding) {
    return http::iequals(name, name_of(coding)) ||
           (coding == Coding::gzip && http::iequals(name, "x-gzip"));
}

int weight_of(Coding coding, std::string_view accept_encoding) {
    int of_any_other = 0;
    for (std::string_view element; http::next_element(accept_encoding, element);) {
        const std::size_t end = std::min(element.find(';'), element.size());
        const std::string_view name = http::trimmed(element.substr(0, end));
        const int weight = parse_weight(element.substr(end));
        if (names(name, coding)) return weight;
        if (name == "*") of_any_other = weight;
    }
    return of_any_other;
}

}  // namespace

std::string_view name_of(Coding coding) {
    switch (coding) {
        case Coding::gzip:
            return "gzip";
        case Coding::brotli:
            return "br";
        case Coding::identity:
            break;
    }
    return "identity";
}

Coding choose_coding(std::string_view accept_encoding, std::span<const Coding> there) {
    Coding best = Coding::identity;
    int most = 0;
    for (const Coding coding : there) {
        const int weight = weight_of(coding, accept_encoding);
        if (weight > most) {
            best = coding;
            most = weight;
        }
    }
    return best;
}

}  // namespace tallygate::api
