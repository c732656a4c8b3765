// Where a browser finds the dashboard.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tallygate::app {

// Whether `host` stands for every address of the machine: 0.0.0.0 or ::.
bool is_wildcard(std::string_view host);

// "http://127.0.0.1:8000/tallygate/", where the server listens on `host`, a name or an address
// without brackets. A wildcard becomes the loopback address of its kind.
std::string dashboard_address(std::string_view host, std::uint16_t port);

// That address with a token, which signs in whoever opens it. It is in the fragment: browsers send
// that to no server, so that no log on the way has it.
std::string sign_in_link(std::string_view dashboard, std::string_view token);

}  // namespace tallygate::app
