// Who uses the demo: its past and its traffic are of the same people.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/gateway_config.h"

namespace tallygate::app {

// How often somebody asks for each of the application's operations, against the others: a weight
// for each route, in the order of gateway::default_routes.
using DemoMix = std::array<double, 9>;

struct DemoUser {
    // How much of the tier's limit the current month has used by now, as the month goes on.
    enum class Pace : std::uint8_t {
        even,   // as much of `share` as of the month has passed
        early,  // more in the first days than in the last
        done,   // all of `share`, whatever the day
    };

    std::string_view id;
    std::string_view tier;
    double share = 0;  // tokens of a whole month, as a part of the tier's limit
    Pace pace = Pace::even;
    bool sleeps = true;  // a person; else a service, which works day and night
    DemoMix mix{};
};

std::span<const DemoUser> demo_users();

// Draws the place of a route in gateway::default_routes.
using DemoDice = std::discrete_distribution<std::size_t>;
DemoDice dice_of(const DemoMix& mix);

// The tokens of a whole month, and the successful calls that use them.
double monthly_tokens(const DemoUser& user);
double monthly_calls(const DemoUser& user, std::span<const gateway::RouteConfig> routes);

}  // namespace tallygate::app
