// The answers of the usage API as JSON text, key by key in the order that the OpenAPI document
// shows.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/service_state.h"
#include "auth/principal.h"
#include "tracker/live_views.h"
#include "tracker/usage_queries.h"

namespace tallygate::api {

// Numbers with a fraction have two decimals, rounded half up from integers. A rate or an average
// over no operations is 0.00. A limit of 0 tokens counts as used up: 100.00.

std::string user_usage_json(const tracker::UserUsage& usage, int days);
std::string global_usage_json(const tracker::GlobalUsage& usage, int days);
std::string realtime_json(const tracker::LastHour& hour, std::int64_t in_flight);

// Who the bearer of a token is: what a page must know before it asks for anything else.
std::string session_json(const auth::Principal& caller);

// What /health tells anybody.
struct Health {
    std::string_view version;
    std::chrono::seconds uptime{0};
    std::string_view store_kind;
    ServiceState state;
    std::uint64_t pending_events = 0;
    tracker::LastHour last_hour;
};
// Shows the newest ten operations, without their users.
std::string health_json(const Health& health);

}  // namespace tallygate::api
