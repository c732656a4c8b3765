// The way of a request from its head to its answer: authenticate, open, forward, meter, close.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "auth/authenticator.h"
#include "gateway/counters.h"
#include "gateway/metered_call.h"
#include "gateway/relay.h"
#include "gateway/route_table.h"
#include "gateway/upstream.h"
#include "http/exchange.h"

namespace tallygate::gateway {

// One loop's gateway; everything it does is on that loop's thread. What it refers to must outlive
// it.
class Gateway {
public:
    struct Services {
        auth::Authenticator& authenticator;
        MeteredCall::Services metering;
        GatewayCounters& counters;
        http::BlockingPool& blocking;  // for name look-ups
    };
    Gateway(http::EventLoop& loop, const Services& services,
            std::shared_ptr<const GatewaySettings> settings);

    const GatewaySettings& settings() const { return *state_->settings; }
    // From now on `settings`; calls under way end as they began.
    void reload(std::shared_ptr<const GatewaySettings> settings);
    // Closes connections that no call is using.
    void close_idle();

    // A request to `settings().routes.route(route)`: authenticated, journalled, forwarded, counted.
    http::Task<void> metered(http::Exchange& exchange, std::size_t route);
    // A request that goes through unmetered and without our authentication.
    http::Task<void> unmetered(http::Exchange& exchange, std::size_t upstream);

    // Answers with `problem` and counts it.
    http::Task<void> refuse(http::Exchange& exchange, const http::Problem& problem);

private:
    // One configuration with the connections to its upstreams; kept by the calls that began with
    // it.
    struct State {
        std::shared_ptr<const GatewaySettings> settings;
        std::vector<std::unique_ptr<Upstream>> upstreams;
        std::vector<OperationCounters*> counters;  // by route
    };
    std::shared_ptr<State> make_state(std::shared_ptr<const GatewaySettings> settings);
    Result<void> open(MeteredCall& call);

    http::EventLoop& loop_;
    Services services_;
    std::shared_ptr<State> state_;
};

}  // namespace tallygate::gateway
