// A few users who use the demo AI engine through the gateway, so that there is something to see.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "app/demo_users.h"
#include "http/blocking_pool.h"
#include "http/connection_pool.h"
#include "http/endpoint.h"
#include "http/task.h"

namespace tallygate::app {

// Light traffic against `gateway`: everybody once within the first seconds, then now and then, as
// `pause` says; the longer it runs, the less, so that today does not tower over the days before.
// Belongs to the loop's thread; ends with EventLoop::stop_sleeping. The loop and the pool must
// outlive it.
class DemoTraffic {
public:
    struct User {
        std::string name;
        std::string token;
        DemoMix mix{};
        std::chrono::milliseconds pause{0};  // between two calls at first, on average
    };
    DemoTraffic(http::EventLoop& loop, http::BlockingPool& blocking, const http::Endpoint& gateway,
                std::vector<User> users);

    void start();
    bool running() const { return running_ > 0; }

private:
    http::Task<void> use(const User& user);
    // One call, read to its end; what goes wrong is the demo's affair.
    http::Task<void> call(const std::string& request);
    std::string next_request(const User& user, DemoDice& dice);

    http::EventLoop& loop_;
    http::ConnectionPool pool_;
    std::vector<User> users_;
    std::vector<gateway::RouteConfig> routes_ = gateway::default_routes("");
    std::mt19937_64 random_{42};
    std::size_t running_ = 0;
};

}  // namespace tallygate::app
