// Upstream URLs and address ranges, from their text.
#include "gateway/gateway_config.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "http/grammar.h"

namespace tallygate::gateway {
namespace {

constexpr int kMappedBits = 96;  // ::ffff:0:0 before an IPv4 address

std::unexpected<Error> invalid(std::string message) {
    return failure(Errc::invalid_argument, "", std::move(message));
}

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t greatest) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number > greatest) {
        return std::nullopt;
    }
    return number;
}

struct Address {
    std::array<std::uint8_t, 16> bytes{};
    bool is_v4 = false;
};

std::optional<Address> parse_address(std::string_view text) {
    const std::string name(text);
    Address address;
    if (inet_pton(AF_INET6, name.c_str(), address.bytes.data()) == 1) return address;
    address.bytes = {};
    address.bytes[10] = address.bytes[11] = 0xff;
    address.is_v4 = true;
    if (inet_pton(AF_INET, name.c_str(), address.bytes.data() + 12) == 1) return address;
    return std::nullopt;
}

bool is_host_name(std::string_view text) {
    return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.' || c == '_';
    });
}

// Whether `path`, empty or "/base/more", may stand before the path of a request as it is.
bool is_base_path(std::string_view path) {
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view segment = path.substr(0, path.find('/'));
        path.remove_prefix(segment.size());
        if (segment.empty() || segment == "." || segment == "..") return false;
        if (!std::ranges::all_of(segment, [](char c) { return c > 0x20 && c < 0x7f; }))
            return false;
    }
    return true;
}

// Takes the host off the front of `authority`; what is left is empty or begins with a colon.
std::optional<std::string> take_host(std::string_view& authority) {
    if (authority.starts_with('[')) {
        const std::size_t close = authority.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        std::string host(authority.substr(1, close - 1));
        authority.remove_prefix(close + 1);
        const auto address = parse_address(host);
        if (!address || address->is_v4) return std::nullopt;
        return host;
    }
    const std::string_view host = authority.substr(0, authority.find(':'));
    if (!is_host_name(host)) return std::nullopt;
    authority.remove_prefix(host.size());
    return std::string(host);
}

}  // namespace

Result<UpstreamUrl> parse_upstream_url(std::string_view url) {
    constexpr std::string_view kHttp = "http://";
    constexpr std::string_view kForm = "write it as http://HOST[:PORT][/BASE]";
    const auto has_prefix = [&](std::string_view prefix) {
        return url.size() >= prefix.size() && http::iequals(url.substr(0, prefix.size()), prefix);
    };
    if (url.find('@') != std::string_view::npos) {
        return invalid("a URL with a user or a password is not taken; use auth and credential_env");
    }
    if (has_prefix("https://")) {
        return invalid(
            fmt::format("{}: https is not supported by this version yet; put a proxy "
                        "that speaks it between, and write its http:// address",
                        http::shown(url)));
    }
    if (!has_prefix(kHttp)) {
        return invalid(fmt::format("{} is not an http URL; {}", http::shown(url), kForm));
    }
    std::string_view rest = url.substr(kHttp.size());
    if (rest.find_first_of("?#") != std::string_view::npos) {
        return invalid(fmt::format("{} has a query or a fragment; {}", http::shown(url), kForm));
    }
    std::string_view authority = rest.substr(0, rest.find('/'));
    rest.remove_prefix(authority.size());
    UpstreamUrl parsed;
    auto host = take_host(authority);
    if (!host) return invalid(fmt::format("{} has no proper host; {}", http::shown(url), kForm));
    parsed.host = std::move(*host);
    if (!authority.empty()) {
        const auto port =
            authority.starts_with(':') ? parse_number(authority.substr(1), 65'535) : std::nullopt;
        if (!port || *port == 0) {
            return invalid(fmt::format("{} has no port from 1 to 65535 behind its host; {}",
                                       http::shown(url), kForm));
        }
        parsed.port = static_cast<std::uint16_t>(*port);
    }
    while (rest.ends_with('/'))
        rest.remove_suffix(1);
    if (!is_base_path(rest)) {
        return invalid(
            fmt::format("{} has a path with an empty segment, \".\", \"..\" or a "
                        "character that must be percent-encoded; {}",
                        http::shown(url), kForm));
    }
    parsed.base_path = rest;
    return parsed;
}

bool Cidr::contains(const std::array<std::uint8_t, 16>& address) const {
    const auto whole = static_cast<std::size_t>(prefix_bits / 8);
    if (!std::equal(network.begin(), network.begin() + static_cast<std::ptrdiff_t>(whole),
                    address.begin())) {
        return false;
    }
    const int left = prefix_bits % 8;
    if (left == 0) return true;
    const int differing = network[whole] ^ address[whole];
    return (differing >> (8 - left)) == 0;
}

Result<Cidr> parse_cidr(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) {
        return invalid(
            fmt::format("{} is not an address range; write it as \"10.0.0.0/8\", "
                        "\"192.168.1.7\" or \"fd00::/8\"",
                        http::shown(text)));
    }
    Cidr range{address->bytes, 128};
    if (slash == std::string_view::npos) return range;
    const std::uint32_t most = address->is_v4 ? 32 : 128;
    const auto bits = parse_number(text.substr(slash + 1), most);
    if (!bits) {
        return invalid(fmt::format("{}: the number behind the slash is not from 0 to {}",
                                   http::shown(text), most));
    }
    range.prefix_bits = static_cast<int>(*bits) + (address->is_v4 ? kMappedBits : 0);
    return range;
}

}  // namespace tallygate::gateway
