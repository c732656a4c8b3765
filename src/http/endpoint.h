// Network addresses.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <netinet/in.h>

#include "base/result.h"

namespace tallygate::http {

// An IP address and a port. A value.
struct Endpoint {
    sockaddr_storage address{};
    socklen_t size = 0;

    static Endpoint from(const sockaddr* address, socklen_t size);

    std::string host() const;  // "127.0.0.1", "::1"
    std::uint16_t port() const;
    std::string text() const;  // "127.0.0.1:8000", "[::1]:8000"
    bool is_loopback() const;
    // The address as IPv6; IPv4 as ::ffff:a.b.c.d.
    std::array<std::uint8_t, 16> bytes() const;
    const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&address); }
};

// `host` where it is an address already, "127.0.0.1" or "::1"; nothing for a name. Never blocks.
std::optional<Endpoint> literal_endpoint(std::string_view host, std::uint16_t port);

// The addresses of `host` (a name or an address). Blocks while the system's resolver works; fails
// with unavailable.
Result<std::vector<Endpoint>> resolve(std::string_view host, std::uint16_t port);

}  // namespace tallygate::http
