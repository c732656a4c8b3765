#include "app/dispatcher.h"

#include <stdexcept>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "gateway/cors.h"

namespace tallygate::app {

using http::FieldId;
using http::Problem;
using http::Task;
using Outcome = http::Router::Match::Outcome;

namespace {

Problem method_problem(std::string_view method, const std::string& allow) {
    return {405,
            "method_not_allowed",
            fmt::format("This path does not take {}; use {}.", method, allow),
            {{"Allow", allow}}};
}

Problem path_problem(std::string_view path) {
    return {
        404,
        "not_found",
        fmt::format("Nothing is served at {}. Metered routes and passthroughs are configuration; "
                    "/tallygate/openapi.json lists the rest.",
                    path.substr(0, 256)),
        {}};
}

const Problem kAmbiguousEscape{400,
                               "malformed_target",
                               "The path holds %2F, %2E or %5C, which could be read in two ways; "
                               "write slashes and dots as they are.",
                               {}};
const Problem kBusy{503,
                    "too_many_requests_waiting",
                    "Too many requests wait for the store; try again shortly.",
                    {{"Retry-After", "1"}}};

// Whether nothing but what is ours is served there, whatever the routes say. An application that
// knows no case would take /AI/Usage for ours, too.
bool is_reserved(std::string_view path) {
    for (const std::string_view place : {"/ai/usage", "/tallygate"}) {
        if (path.size() < place.size() || !http::iequals(path.substr(0, place.size()), place))
            continue;
        if (path.size() == place.size() || path[place.size()] == '/') return true;
    }
    return false;
}

http::Request to_request(const http::Exchange& exchange, const http::Router::Match& match) {
    http::Request request;
    request.method = exchange.head().method;
    request.path = exchange.target().path();
    for (std::size_t i = 0; i < match.capture_count; ++i) {
        request.captures.push_back(http::percent_decode(match.captures[i]));
    }
    request.query = exchange.target().query;
    request.authorization = exchange.head().find(FieldId::authorization).value;
    request.if_none_match = exchange.head().find(FieldId::if_none_match).value;
    request.accept_encoding = exchange.head().find(FieldId::accept_encoding).value;
    request.request_id = exchange.request_id();
    request.on_loopback = exchange.peer().on_loopback_listener;
    return request;
}

}  // namespace

OwnRoutes::OwnRoutes(std::vector<api::Route> routes) : routes_(std::move(routes)) {
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        const auto added =
            (routes_[i].is_alias ? aliases_ : fixed_).add(routes_[i].method, routes_[i].pattern, i);
        if (!added) throw std::logic_error(added.error().message);
    }
}

Task<void> Dispatcher::handle(http::Exchange& exchange) {
    const auto& origins = gateway_.settings().config.cors_origins;
    if (!origins.empty()) {
        exchange.add_field(
            gateway::cors_fields(exchange.head().find(FieldId::origin).value, origins));
        if (gateway::is_preflight(exchange.head()))
            co_return co_await exchange.reply(gateway::preflight_reply(exchange.head()));
    }
    const auto own = services_.own.find(exchange.head().method, exchange.target().path());
    const bool is_own = own.outcome == Outcome::found;
    if (exchange.target().has_ambiguous_escape &&
        !(is_own && services_.own.route(own.value).takes_ambiguous_escape)) {
        co_return co_await gateway_.refuse(exchange, kAmbiguousEscape);
    }
    if (!is_own && own.outcome != Outcome::no_such_method && is_reserved(exchange.target().path()))
        co_return co_await gateway_.refuse(exchange, path_problem(exchange.target().path()));
    if (is_own) co_return co_await answer_own(exchange, services_.own.route(own.value), own);
    if (own.outcome == Outcome::no_such_method) {
        co_return co_await exchange.reply(method_problem(exchange.head().method, own.allow));
    }
    co_await route_others(exchange);
}

Task<void> Dispatcher::route_others(http::Exchange& exchange) {
    const std::string_view method = exchange.head().method;
    const std::string_view path = exchange.target().path();
    const gateway::RouteTable& routes = gateway_.settings().routes;
    const auto metered = routes.find(method, path);
    if (metered.outcome == Outcome::found)
        co_return co_await gateway_.metered(exchange, metered.value);
    // Without [cors] the application answers its browsers' preflights itself, on metered paths too.
    if (gateway::is_preflight(exchange.head())) {
        const auto asked =
            routes.find(exchange.head().find(FieldId::access_control_request_method).value, path);
        if (asked.outcome == Outcome::found) {
            co_return co_await gateway_.unmetered(exchange, routes.route(asked.value).upstream);
        }
    }
    if (const auto upstream = routes.passthrough(path))
        co_return co_await gateway_.unmetered(exchange, *upstream);
    const auto alias = services_.own.find_alias(method, path);
    if (alias.outcome == Outcome::found) {
        co_return co_await answer_own(exchange, services_.own.route(alias.value), alias);
    }
    const std::string& allow =
        metered.outcome == Outcome::no_such_method ? metered.allow : alias.allow;
    if (!allow.empty()) co_return co_await gateway_.refuse(exchange, method_problem(method, allow));
    co_await gateway_.refuse(exchange, path_problem(path));
}

bool Dispatcher::is_scraper(std::string_view authorization) const {
    constexpr std::string_view kScheme = "Bearer ";
    const std::string& token = services_.scrape_token.reveal();
    if (token.empty() || !authorization.starts_with(kScheme)) return false;
    const std::string_view given = authorization.substr(kScheme.size());
    return given.size() == token.size() &&
           CRYPTO_memcmp(given.data(), token.data(), token.size()) == 0;
}

Result<std::shared_ptr<const auth::Principal>> Dispatcher::admit(const http::Exchange& exchange,
                                                                 const api::Route& route) const {
    using Caller = std::shared_ptr<const auth::Principal>;
    const std::string_view authorization = exchange.head().find(FieldId::authorization).value;
    if (route.access == http::Access::open) return Caller{};
    if (route.access == http::Access::admin_or_scraper &&
        (exchange.peer().on_loopback_listener || is_scraper(authorization))) {
        return Caller{};
    }
    auto principal = services_.authenticator.authenticate(authorization);
    if (!principal) return principal;
    if (route.access != http::Access::user && !(*principal)->is_admin) {
        return failure(Errc::permission_denied, "not_admin",
                       fmt::format("{} is for administrators; the token's role is not one of them.",
                                   route.pattern));
    }
    return principal;
}

Task<void> Dispatcher::answer_own(http::Exchange& exchange, const api::Route& route,
                                  const http::Router::Match& match) {
    const auto principal = admit(exchange, route);
    if (!principal)
        co_return co_await gateway_.refuse(exchange, http::problem_of(principal.error()));
    const http::Request request = to_request(exchange, match);
    // None of our routes takes a body: what comes is neither asked for nor kept.
    exchange.release_head();
    if (route.answers_from_memory) {
        co_return co_await exchange.reply(route.handler(request, principal->get()));
    }
    auto reply = co_await services_.blocking.run(
        exchange.loop(), [&] { return route.handler(request, principal->get()); });
    if (!reply) co_return co_await exchange.reply(kBusy);
    co_await exchange.reply(std::move(*reply));
}

}  // namespace tallygate::app
