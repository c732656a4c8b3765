// Which requests are metered, and how.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/gateway_config.h"
#include "http/router.h"
#include "usage/tier.h"

namespace tallygate::gateway {

// The routes of one configuration. Filled once, then read by any thread.
class RouteTable {
public:
    // Fails with invalid_argument where problems_of(config) would name a problem.
    static Result<RouteTable> build(const GatewayConfig& config);

    struct Route {
        RouteConfig config;
        std::size_t upstream = 0;  // in GatewayConfig::upstreams
    };

    http::Router::Match find(std::string_view method, std::string_view path) const {
        return metered_.find(method, path);
    }
    const Route& route(std::size_t value) const { return routes_[value]; }
    const std::vector<Route>& routes() const { return routes_; }

    // The upstream that an unmetered request goes to; nothing where no passthrough takes it, or
    // where it looks like a metered path but for case and a trailing slash.
    std::optional<std::size_t> passthrough(std::string_view path) const;

private:
    std::vector<Route> routes_;
    http::Router metered_;
    http::Router unmetered_;
};

// What the gateway works with; replaced whole when configuration is read again. Calls under way
// keep the one they began with.
struct GatewaySettings {
    GatewayConfig config;
    RouteTable routes;
    TierTable tiers;
};

}  // namespace tallygate::gateway
