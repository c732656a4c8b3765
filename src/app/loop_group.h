// The server's loops: one per core, each with its own gateway, listener and connections.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "app/dispatcher.h"
#include "gateway/gateway.h"
#include "http/server.h"

namespace tallygate::app {

// What the loops of a server share; must outlive them.
struct LoopServices {
    gateway::Gateway::Services gateway;
    Dispatcher::Services dispatcher;
    const Clock& clock;
};

// Starts on construction, with one loop per listening socket. The functions belong to the thread
// that made it.
class LoopGroup {
public:
    LoopGroup(const LoopServices& services,
              const std::shared_ptr<const gateway::GatewaySettings>& settings,
              std::vector<http::ListeningSocket> sockets);
    // Breaks off what is left.
    ~LoopGroup();
    LoopGroup(const LoopGroup&) = delete;
    LoopGroup& operator=(const LoopGroup&) = delete;

    void reload(const std::shared_ptr<const gateway::GatewaySettings>& settings);
    // Accepts no more and waits until every request under way has ended, or `patience` has. True
    // where none is left.
    bool drain(std::chrono::milliseconds patience);
    // The first loop, for guests (the demo's traffic).
    http::EventLoop& first() { return cores_.front()->loop; }

private:
    struct Core {
        Core(const LoopServices& services,
             const std::shared_ptr<const gateway::GatewaySettings>& settings)
            : gateway(loop, services.gateway, settings),
              dispatcher(services.dispatcher, gateway),
              server(loop, dispatcher, services.clock) {}
        http::EventLoop loop;
        gateway::Gateway gateway;
        Dispatcher dispatcher;
        http::Server server;
        std::thread thread;
    };
    // Runs `job` on the core's own thread and waits for it.
    template <class Job>
    static auto ask(Core& core, Job job);
    std::size_t sessions();

    std::vector<std::unique_ptr<Core>> cores_;
};

}  // namespace tallygate::app
