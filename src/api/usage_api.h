// Our own routes: usage, health, metrics, probes, the OpenAPI document and the dashboard.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/dashboard_files.h"
#include "api/fixed_document.h"
#include "api/metrics.h"
#include "api/route.h"
#include "api/service_state.h"
#include "base/clock.h"
#include "base/result.h"
#include "journal/journal.h"
#include "store/usage_store.h"
#include "tracker/usage_tracker.h"
#include "usage/tier.h"

namespace tallygate::api {

struct UsageApiOptions {
    std::string version;
    bool demo = false;              // the dashboard says so
    bool serves_unmetered = false;  // journal.on_failure = "serve_unmetered"
    // The tiers of now: a reload may put others in their place. Called once in each request that
    // shows a limit; the table is shared with whoever holds the newest one.
    std::function<std::shared_ptr<const TierTable>()> tiers;
    std::function<GatewayMetrics()> gateway_metrics;
};

// Made once by the server, before it listens: uptime counts from here. Its routes hold a reference
// to it, and all that it is given must outlive it. Any thread may call a handler.
class UsageApi {
public:
    UsageApi(tracker::UsageTracker& tracker, store::UsageStore& store,
             const journal::Journal& journal, const Clock& clock, UsageApiOptions options);
    ~UsageApi() = default;
    UsageApi(const UsageApi&) = delete;
    UsageApi(UsageApi&&) = delete;
    UsageApi& operator=(const UsageApi&) = delete;
    UsageApi& operator=(UsageApi&&) = delete;

    std::vector<Route> routes() const;

private:
    http::Reply my_usage(const http::Request& request, const auth::Principal& caller) const;
    http::Reply user_usage(const http::Request& request, const auth::Principal& caller) const;
    http::Reply global_usage(const http::Request& request) const;
    http::Reply realtime() const;
    http::Reply health() const;
    http::Reply session(const auth::Principal& caller) const;
    http::Reply metrics() const;
    http::Reply liveness(const http::Request& request) const;
    http::Reply readiness(const http::Request& request) const;

    http::Reply usage_of(const http::Request& request, const std::string& user_id,
                         const auth::Principal& caller) const;
    ServiceState state(bool store_ok) const;

    tracker::UsageTracker& tracker_;
    store::UsageStore& store_;
    const journal::Journal& journal_;
    const Clock& clock_;
    UsageApiOptions options_;
    Timestamp started_;
    std::chrono::steady_clock::time_point started_steady_;
    FixedDocument openapi_;
    DashboardFiles dashboard_;
};

}  // namespace tallygate::api
