// What --demo adds while it runs: an AI engine behind the gateway and a few users in front of it.
#pragma once

#include <memory>
#include <thread>

#include "app/demo_traffic.h"
#include "base/clock.h"
#include "base/secret.h"
#include "demo_ai_engine/engine.h"
#include "http/endpoint.h"
#include "http/event_loop.h"
#include "http/server.h"

namespace tallygate::app {

// Owns a loop and a thread for both. The functions belong to the thread that made it; the clock
// must outlive it.
class Demo {
public:
    // Starts the engine on a free loopback port.
    static Result<std::unique_ptr<Demo>> start(const Clock& clock);
    Demo(const Demo&) = delete;
    Demo& operator=(const Demo&) = delete;
    ~Demo();

    const http::Endpoint& engine_endpoint() const { return engine_endpoint_; }
    // Sends the users' traffic to the gateway from now on; their tokens are signed with `secret`.
    Result<void> send_traffic(const http::Endpoint& gateway, const Secret& secret);
    void stop_traffic();

private:
    explicit Demo(const Clock& clock)
        : clock_(clock), engine_(demo::EngineOptions{}), server_(loop_, engine_, clock) {}

    const Clock& clock_;
    http::EventLoop loop_;
    http::BlockingPool blocking_{1};
    demo::Engine engine_;
    http::Server server_;
    http::Endpoint engine_endpoint_;
    std::unique_ptr<DemoTraffic> traffic_;
    std::thread thread_;
};

}  // namespace tallygate::app
