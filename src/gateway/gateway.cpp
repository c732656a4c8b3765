#include "gateway/gateway.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tallygate::gateway {

using http::FieldId;
using http::Problem;
using http::Task;

namespace {

// An observer for what nobody counts.
class Unobserved final : public RelayObserver {
public:
    void on_answer(const http::ResponseHead&) override {}
    void on_content(std::string_view) override {}
    Task<bool> settle(const RelayResult&) override { co_return true; }
};

// What a request cannot be, whoever sends it; its body has not been asked for yet.
std::optional<Problem> impossible(const http::RequestHead& head, const GatewayConfig& config,
                                  bool metered) {
    if (metered && !head.upgrade.empty()) {
        return Problem{
            501,
            "upgrade_not_supported",
            fmt::format("A metered route cannot change to {}; reach it by HTTP.", head.upgrade),
            {}};
    }
    if (std::ranges::count(head.fields(), FieldId::authorization, &http::FieldView::id) > 1) {
        return Problem{400,
                       "malformed_request",
                       "The request has more than one Authorization field; send one.",
                       {}};
    }
    if (head.method == "CONNECT") {
        return Problem{
            501, "method_not_supported", "This server forwards requests, not connections.", {}};
    }
    if (head.framing == http::Framing::length && head.content_length > config.max_body_bytes) {
        return Problem{413,
                       "payload_too_large",
                       fmt::format("The request's body has {} bytes; at most {} are taken.",
                                   head.content_length, config.max_body_bytes),
                       {}};
    }
    return std::nullopt;
}

}  // namespace

Gateway::Gateway(http::EventLoop& loop, const Services& services,
                 std::shared_ptr<const GatewaySettings> settings)
    : loop_(loop), services_(services), state_(make_state(std::move(settings))) {}

std::shared_ptr<Gateway::State> Gateway::make_state(
    std::shared_ptr<const GatewaySettings> settings) {
    auto state = std::make_shared<State>();
    for (const UpstreamConfig& config : settings->config.upstreams) {
        state->upstreams.push_back(std::make_unique<Upstream>(loop_, services_.blocking, config));
    }
    for (const RouteTable::Route& route : settings->routes.routes()) {
        state->counters.push_back(&services_.counters.operation(route.config.operation));
    }
    state->settings = std::move(settings);
    return state;
}

void Gateway::reload(std::shared_ptr<const GatewaySettings> settings) {
    state_ = make_state(std::move(settings));
}

void Gateway::close_idle() {
    for (const auto& upstream : state_->upstreams)
        upstream->pool.close_idle();
}

Task<void> Gateway::refuse(http::Exchange& exchange, const Problem& problem) {
    services_.counters.count_refused(problem.code);
    co_await exchange.reply(problem);
}

Result<void> Gateway::open(MeteredCall& call) {
    auto opened = call.open();
    if (opened || !settings().config.serve_unmetered_on_failure) return opened;
    call.go_unmetered();
    services_.counters.count_unmetered();
    return {};
}

Task<void> Gateway::metered(http::Exchange& exchange, std::size_t route_index) {
    const std::shared_ptr<State> state = state_;
    const GatewaySettings& settings = *state->settings;
    const RouteTable::Route& route = settings.routes.route(route_index);

    const auto principal =
        services_.authenticator.authenticate(exchange.head().find(FieldId::authorization).value);
    if (!principal) co_return co_await refuse(exchange, http::problem_of(principal.error()));
    if (const auto problem = impossible(exchange.head(), settings.config, true))
        co_return co_await refuse(exchange, *problem);
    const auth::Principal& caller = **principal;
    const Tier& tier = settings.tiers.resolve(caller.tier);

    MeteredCall call(services_.metering, route, exchange, caller, *state->counters[route_index]);
    if (const auto opened = open(call); !opened)
        co_return co_await refuse(exchange, http::problem_of(opened.error()));

    Upstream& upstream = *state->upstreams[route.upstream];
    const ForwardedIdentity identity{caller.user_id, tier.name};
    std::string head =
        upstream_request_head(exchange, {.upstream = upstream.config,
                                         .trusted_proxies = settings.config.trusted_proxies,
                                         .identity = &identity,
                                         .authenticator = services_.authenticator,
                                         .own_authorization = caller.signed_by_us});
    co_await exchange.send_continue();
    Relay relay(exchange, upstream, call,
                {.body_bytes = settings.config.max_body_bytes,
                 .own_cors = !settings.config.cors_origins.empty()});
    co_await relay.run(std::move(head));
}

Task<void> Gateway::unmetered(http::Exchange& exchange, std::size_t upstream_index) {
    const std::shared_ptr<State> state = state_;
    const GatewaySettings& settings = *state->settings;
    if (const auto problem = impossible(exchange.head(), settings.config, false))
        co_return co_await refuse(exchange, *problem);

    Upstream& upstream = *state->upstreams[upstream_index];
    const bool upgrade = is_websocket(exchange.head());
    const std::string_view authorization = exchange.head().find(FieldId::authorization).value;
    std::string head = upstream_request_head(
        exchange, {.upstream = upstream.config,
                   .trusted_proxies = settings.config.trusted_proxies,
                   .identity = nullptr,
                   .authenticator = services_.authenticator,
                   .own_authorization = services_.authenticator.holds_own_credential(authorization),
                   .upgrade = upgrade});
    co_await exchange.send_continue();
    Unobserved observer;
    Relay relay(exchange, upstream, observer,
                {.body_bytes = settings.config.max_body_bytes,
                 .own_cors = !settings.config.cors_origins.empty(),
                 .upgrade = upgrade});
    co_await relay.run(std::move(head));
}

}  // namespace tallygate::gateway
