#include "app/dashboard_link.h"

#include <fmt/format.h>

namespace tallygate::app {

bool is_wildcard(std::string_view host) {
    return host == "0.0.0.0" || host == "::";
}

std::string dashboard_address(std::string_view host, std::uint16_t port) {
    if (is_wildcard(host)) host = host == "::" ? "::1" : "127.0.0.1";
    const bool is_v6 = host.find(':') != std::string_view::npos;
    return fmt::format("http://{}{}{}:{}/tallygate/", is_v6 ? "[" : "", host, is_v6 ? "]" : "",
                       port);
}

std::string sign_in_link(std::string_view dashboard, std::string_view token) {
    return fmt::format("{}#token={}", dashboard, token);
}

}  // namespace tallygate::app
