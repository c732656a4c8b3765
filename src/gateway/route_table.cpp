#include "gateway/route_table.h"

#include <algorithm>

namespace tallygate::gateway {

Result<RouteTable> RouteTable::build(const GatewayConfig& config) {
    RouteTable table;
    const auto upstream_index = [&](std::string_view name) -> Result<std::size_t> {
        const auto found = std::ranges::find(config.upstreams, name, &UpstreamConfig::name);
        if (found == config.upstreams.end()) {
            return failure(Errc::invalid_argument, "",
                           "there is no upstream called " + std::string(name));
        }
        return static_cast<std::size_t>(found - config.upstreams.begin());
    };
    for (const RouteConfig& route : config.routes) {
        const auto upstream = upstream_index(route.upstream);
        if (!upstream) return std::unexpected(upstream.error());
        if (const auto added =
                table.metered_.add(route.method, route.pattern, table.routes_.size());
            !added) {
            return std::unexpected(added.error());
        }
        table.routes_.push_back({route, *upstream});
    }
    for (const PassthroughConfig& through : config.passthroughs) {
        const auto upstream = upstream_index(through.upstream);
        if (!upstream) return std::unexpected(upstream.error());
        if (const auto added = table.unmetered_.add("*", through.path, *upstream); !added) {
            return std::unexpected(added.error());
        }
    }
    return table;
}

std::optional<std::size_t> RouteTable::passthrough(std::string_view path) const {
    const auto match = unmetered_.find("GET", path);
    if (match.outcome != http::Router::Match::Outcome::found || metered_.shadows(path))
        return std::nullopt;
    return match.value;
}

}  // namespace tallygate::gateway
