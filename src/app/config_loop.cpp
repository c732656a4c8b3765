#include "app/config_loop.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/config_parts.h"

namespace tallygate::app {
namespace {

// Whether a connection to `host` reaches a socket that is bound to `listen`.
bool reaches(std::string_view host, std::string_view listen) {
    if (host == listen) return true;
    const bool is_v6 = host.find(':') != std::string_view::npos;
    if (listen == "0.0.0.0") return is_loopback(host) && !is_v6;
    if (listen == "::") return host == "::1" || host == "localhost";
    const bool one_is_a_name = host == "localhost" || listen == "localhost";
    return one_is_a_name &&
           (host == "127.0.0.1" || host == "::1" || listen == "127.0.0.1" || listen == "::1");
}

// Where the key was set, as problems begin.
std::string place_of(const Config& config, const std::string& key) {
    const auto entry = std::ranges::find(config.entries, key, &ConfigEntry::key);
    const std::string origin = entry == config.entries.end() ? "default" : entry->origin;
    if (origin == "default") return key;
    const bool says_the_key = origin.starts_with("--") || origin.starts_with("TALLYGATE_");
    return says_the_key ? origin : fmt::format("{}: {}", origin, key);
}

}  // namespace

Result<void> refuse_loop(const Config& config) {
    if (config.demo || config.listen_port == 0) return {};
    for (const gateway::UpstreamConfig& upstream : config.gateway.upstreams) {
        if (upstream.port != config.listen_port || !reaches(upstream.host, config.listen_host))
            continue;
        const std::string key = child_key(child_key("upstream", upstream.name), "url");
        return failure(Errc::invalid_argument, "",
                       fmt::format("{}: port {} of {} is where Tallygate itself listens, so calls "
                                   "would go in a circle; write the application's own address, or "
                                   "listen elsewhere",
                                   place_of(config, key), upstream.port, upstream.host));
    }
    return {};
}

}  // namespace tallygate::app
