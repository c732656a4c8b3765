// Decides whose request it is: one of our own routes, a metered one, one that goes through, or
// nobody's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/route.h"
#include "auth/authenticator.h"
#include "base/secret.h"
#include "gateway/gateway.h"
#include "http/blocking_pool.h"
#include "http/exchange.h"
#include "http/router.h"

namespace tallygate::app {

// Our own routes, sorted into those that are always ours and those that yield. Filled once, read by
// any thread.
class OwnRoutes {
public:
    // Throws std::logic_error on a route that is not one: a bug of ours.
    explicit OwnRoutes(std::vector<api::Route> routes);

    http::Router::Match find(std::string_view method, std::string_view path) const {
        return fixed_.find(method, path);
    }
    http::Router::Match find_alias(std::string_view method, std::string_view path) const {
        return aliases_.find(method, path);
    }
    const api::Route& route(std::size_t value) const { return routes_[value]; }

private:
    std::vector<api::Route> routes_;
    http::Router fixed_;
    http::Router aliases_;
};

// One loop's handler of every request. What it refers to must outlive it.
class Dispatcher final : public http::ExchangeHandler {
public:
    struct Services {
        const OwnRoutes& own;
        auth::Authenticator& authenticator;
        http::BlockingPool& blocking;
        const Secret& scrape_token;  // empty: none
    };
    Dispatcher(const Services& services, gateway::Gateway& gateway)
        : services_(services), gateway_(gateway) {}

    http::Task<void> handle(http::Exchange& exchange) override;

private:
    http::Task<void> answer_own(http::Exchange& exchange, const api::Route& route,
                                const http::Router::Match& match);
    http::Task<void> route_others(http::Exchange& exchange);
    // The principal of a request that may use `route`, null where it needs none; else why not.
    Result<std::shared_ptr<const auth::Principal>> admit(const http::Exchange& exchange,
                                                         const api::Route& route) const;
    bool is_scraper(std::string_view authorization) const;

    Services services_;
    gateway::Gateway& gateway_;
};

}  // namespace tallygate::app
