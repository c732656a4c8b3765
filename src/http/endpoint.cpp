#include "http/endpoint.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>

namespace tallygate::http {
namespace {

const sockaddr_in& v4(const sockaddr_storage& address) {
    return reinterpret_cast<const sockaddr_in&>(address);
}
const sockaddr_in6& v6(const sockaddr_storage& address) {
    return reinterpret_cast<const sockaddr_in6&>(address);
}

}  // namespace

Endpoint Endpoint::from(const sockaddr* address, socklen_t size) {
    Endpoint endpoint;
    endpoint.size = std::min<socklen_t>(size, sizeof endpoint.address);
    std::memcpy(&endpoint.address, address, endpoint.size);
    return endpoint;
}

std::string Endpoint::host() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool is_v4 = address.ss_family == AF_INET;
    const void* source =
        is_v4 ? static_cast<const void*>(&v4(address).sin_addr) : &v6(address).sin6_addr;
    return inet_ntop(address.ss_family, source, text.data(), text.size()) ? text.data() : "";
}

std::uint16_t Endpoint::port() const {
    return ntohs(address.ss_family == AF_INET ? v4(address).sin_port : v6(address).sin6_port);
}

std::string Endpoint::text() const {
    return address.ss_family == AF_INET ? fmt::format("{}:{}", host(), port())
                                        : fmt::format("[{}]:{}", host(), port());
}

std::array<std::uint8_t, 16> Endpoint::bytes() const {
    std::array<std::uint8_t, 16> out{};
    if (address.ss_family == AF_INET) {
        out[10] = out[11] = 0xff;
        std::memcpy(out.data() + 12, &v4(address).sin_addr, 4);
    } else {
        std::memcpy(out.data(), &v6(address).sin6_addr, 16);
    }
    return out;
}

bool Endpoint::is_loopback() const {
    const auto raw_bytes = bytes();
    constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(kMapped.begin(), kMapped.end(), raw_bytes.begin())) return raw_bytes[12] == 127;
    return std::all_of(raw_bytes.begin(), raw_bytes.end() - 1,
                       [](std::uint8_t b) { return b == 0; }) &&
           raw_bytes[15] == 1;
}

std::optional<Endpoint> literal_endpoint(std::string_view host, std::uint16_t port) {
    const std::string text(host);
    sockaddr_in four{};
    if (inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
        four.sin_family = AF_INET;
        four.sin_port = htons(port);
        return Endpoint::from(reinterpret_cast<const sockaddr*>(&four), sizeof four);
    }
    sockaddr_in6 six{};
    if (inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(port);
        return Endpoint::from(reinterpret_cast<const sockaddr*>(&six), sizeof six);
    }
    return std::nullopt;
}

Result<std::vector<Endpoint>> resolve(std::string_view host, std::uint16_t port) {
    if (const auto literal = literal_endpoint(host, port)) return std::vector{*literal};
    const std::string name(host);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
    // With AI_ADDRCONFIG a machine that has nothing but loopback would not find it.
    if (name == "localhost") hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int error = getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (error != 0) {
        return failure(Errc::unavailable, "upstream_unreachable",
                       fmt::format("cannot resolve {}: {}", name, gai_strerror(error)));
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, freeaddrinfo);
    std::vector<Endpoint> endpoints;
    for (const addrinfo* entry = found; entry; entry = entry->ai_next) {
        endpoints.push_back(Endpoint::from(entry->ai_addr, entry->ai_addrlen));
    }
    return endpoints;
}

}  // namespace tallygate::http
