#include "api/usage_api.h"

#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "api/embedded_dashboard.h"
#include "api/embedded_documents.h"
#include "api/query_parameters.h"
#include "api/usage_json.h"
#include "auth/authenticator.h"
#include "base/log.h"
#include "http/problem.h"
#include "tracker/usage_queries.h"

namespace tallygate::api {
namespace {

using http::Access;
using http::Reply;
using http::Request;
using JournalState = journal::JournalStatus::State;

Reply fresh(int status, std::string_view content_type, std::string body) {
    return {.status = status,
            .content_type = std::string(content_type),
            .body = std::move(body),
            .fields = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}}};
}

Reply json_reply(std::string body, int status = 200) {
    return fresh(status, "application/json", std::move(body));
}

Reply refuse(const Request& request, const Error& error) {
    if (error.errc == Errc::data_loss || error.errc == Errc::internal) {
        log::error(
            "a request to the usage API failed",
            {{"request_id", request.request_id}, {"code", error.code}, {"reason", error.message}});
    }
    return http::to_reply(http::problem_of(error), request.request_id);
}

Reply not_served(const Request& request, std::string_view detail) {
    const Error error{Errc::unavailable, "journal_unavailable", std::string(detail)};
    return http::to_reply(http::problem_of(error), request.request_id);
}

// The dispatcher gives a principal to every route that is not open; one without is a bug, not a
// stranger.
const auth::Principal& required(const auth::Principal* caller) {
    if (caller == nullptr) throw std::logic_error("a route of a user was called without one");
    return *caller;
}

}  // namespace

UsageApi::UsageApi(tracker::UsageTracker& tracker, store::UsageStore& store,
                   const journal::Journal& journal, const Clock& clock, UsageApiOptions options)
    : tracker_(tracker),
      store_(store),
      journal_(journal),
      clock_(clock),
      options_(std::move(options)),
      started_(clock.now()),
      started_steady_(clock.steady_now()),
      openapi_(std::string(openapi_document()), "application/json"),
      dashboard_(embedded_dashboard(), options_.version, options_.demo) {}

std::vector<Route> UsageApi::routes() const {
    std::vector<Route> routes;
    const auto add = [&routes](Access access, std::string pattern, Handler handler) -> Route& {
        return routes.emplace_back(access, "GET", std::move(pattern), std::move(handler));
    };
    const auto add_quick = [&add](Access access, std::string pattern, Handler handler) -> Route& {
        Route& route = add(access, std::move(pattern), std::move(handler));
        route.answers_from_memory = true;
        return route;
    };
    // The same answer at a short path, as long as nobody else wants that.
    const auto add_with_alias = [&add_quick](Access access, std::string pattern, std::string alias,
                                             const Handler& handler) {
        add_quick(access, std::move(pattern), handler);
        add_quick(access, std::move(alias), handler).is_alias = true;
    };

    add(Access::user, "/ai/usage/me", [this](const Request& request, const auth::Principal* who) {
        return my_usage(request, required(who));
    });
    add(Access::admin, "/ai/usage/user/{user_id}",
        [this](const Request& request, const auth::Principal* who) {
            return user_usage(request, required(who));
        })
        .takes_ambiguous_escape = true;
    add(Access::admin, "/ai/usage/global",
        [this](const Request& request, const auth::Principal*) { return global_usage(request); });
    add_quick(Access::admin, "/ai/usage/realtime",
              [this](const Request&, const auth::Principal*) { return realtime(); });
    add_quick(Access::open, "/health",
              [this](const Request&, const auth::Principal*) { return health(); });

    add_quick(
        Access::user, "/tallygate/session",
        [this](const Request&, const auth::Principal* who) { return session(required(who)); });
    add_with_alias(Access::open, "/tallygate/openapi.json", "/openapi.json",
                   [this](const Request& request, const auth::Principal*) {
                       return openapi_.answer(request);
                   });
    add_with_alias(Access::admin_or_scraper, "/tallygate/metrics", "/metrics",
                   [this](const Request&, const auth::Principal*) { return metrics(); });
    add_with_alias(
        Access::open, "/tallygate/livez", "/livez",
        [this](const Request& request, const auth::Principal*) { return liveness(request); });
    add_with_alias(
        Access::open, "/tallygate/readyz", "/readyz",
        [this](const Request& request, const auth::Principal*) { return readiness(request); });
    for (Route& route : dashboard_.routes())
        routes.push_back(std::move(route));
    return routes;
}

Reply UsageApi::my_usage(const Request& request, const auth::Principal& caller) const {
    return usage_of(request, caller.user_id, caller);
}

Reply UsageApi::user_usage(const Request& request, const auth::Principal& caller) const {
    const std::string& user_id = request.captures.at(0);
    if (!auth::is_valid_user_id(user_id)) {
        return refuse(
            request, {Errc::invalid_argument, "user_id_invalid",
                      fmt::format("the user id in the path has {} bytes; it must be 1 to 256 bytes "
                                  "of UTF-8 without control characters",
                                  user_id.size())});
    }
    return usage_of(request, user_id, caller);
}

Reply UsageApi::usage_of(const Request& request, const std::string& user_id,
                         const auth::Principal& caller) const {
    const auto days = days_parameter(request.query);
    if (!days) return refuse(request, days.error());
    if (const auto all = tracker_.catch_up(user_id); !all) return refuse(request, all.error());

    // Only the user's own token speaks for the user's tier.
    std::optional<std::string_view> tier_claim;
    if (user_id == caller.user_id) tier_claim = caller.tier;
    const auto tiers = options_.tiers();
    const auto usage =
        tracker::user_usage(store_, user_id, *days, day_of(clock_.now()), tier_claim, *tiers);
    if (!usage) return refuse(request, usage.error());
    return json_reply(user_usage_json(*usage, *days));
}

Reply UsageApi::global_usage(const Request& request) const {
    const auto days = days_parameter(request.query);
    if (!days) return refuse(request, days.error());
    const auto top = top_parameter(request.query);
    if (!top) return refuse(request, top.error());
    if (const auto all = tracker_.catch_up(); !all) return refuse(request, all.error());

    const auto tiers = options_.tiers();
    const auto usage = tracker::global_usage(store_, *days, *top, day_of(clock_.now()), *tiers);
    if (!usage) return refuse(request, usage.error());
    return json_reply(global_usage_json(*usage, *days));
}

Reply UsageApi::realtime() const {
    const tracker::LiveViews& live = tracker_.live();
    return json_reply(realtime_json(live.last_hour(), live.in_flight()));
}

Reply UsageApi::health() const {
    Health health;
    health.version = options_.version;
    health.uptime =
        std::chrono::duration_cast<std::chrono::seconds>(clock_.steady_now() - started_steady_);
    health.store_kind = store_.kind();
    const tracker::TrackerStatus tracked = tracker_.status();
    health.state = state(tracked.store_ok);
    health.pending_events = tracked.pending_events;
    health.last_hour = tracker_.live().last_hour();
    return json_reply(health_json(health), health.state.serves_calls() ? 200 : 503);
}

Reply UsageApi::session(const auth::Principal& caller) const {
    return json_reply(session_json(caller));
}

Reply UsageApi::metrics() const {
    MetricsSnapshot snapshot;
    snapshot.gateway = options_.gateway_metrics();
    snapshot.in_flight = tracker_.live().in_flight();
    snapshot.journal = journal_.status();
    snapshot.tracker = tracker_.status();
    snapshot.store_kind = store_.kind();
    snapshot.process = read_process_figures();
    snapshot.process.started = started_;
    snapshot.version = options_.version;
    return fresh(200, kMetricsContentType, metrics_text(snapshot));
}

Reply UsageApi::liveness(const Request& request) const {
    if (journal_.status().state == JournalState::failed) {
        return not_served(request,
                          "the journal could not be synced to disk, so what the disk holds "
                          "is unknown; restart the server once the disk is sound");
    }
    return fresh(200, "text/plain; charset=utf-8", "ok\n");
}

Reply UsageApi::readiness(const Request& request) const {
    if (!state(tracker_.status().store_ok).serves_calls()) {
        return not_served(request,
                          "calls are refused because the journal cannot take them; look at "
                          "the space on its disk and at the server's log");
    }
    return fresh(200, "text/plain; charset=utf-8", "ok\n");
}

ServiceState UsageApi::state(bool store_ok) const {
    return {.store_ok = store_ok,
            .journal = journal_.status().state,
            .serves_unmetered = options_.serves_unmetered};
}

}  // namespace tallygate::api
