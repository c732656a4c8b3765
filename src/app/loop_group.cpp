#include "app/loop_group.h"

#include <future>

namespace tallygate::app {

LoopGroup::LoopGroup(const LoopServices& services,
                     const std::shared_ptr<const gateway::GatewaySettings>& settings,
                     std::vector<http::ListeningSocket> sockets) {
    for (http::ListeningSocket& socket : sockets) {
        cores_.push_back(std::make_unique<Core>(services, settings));
        cores_.back()->server.listen(std::move(socket));
    }
    for (const auto& core : cores_)
        core->thread = std::thread([&loop = core->loop] { loop.run(); });
}

template <class Job>
auto LoopGroup::ask(Core& core, Job job) {
    std::packaged_task<decltype(job())()> task(std::move(job));
    auto answer = task.get_future();
    core.loop.post([&task] { task(); });
    return answer.get();
}

std::size_t LoopGroup::sessions() {
    std::size_t count = 0;
    for (const auto& core : cores_)
        count += ask(*core, [&server = core->server] { return server.sessions(); });
    return count;
}

bool LoopGroup::drain(std::chrono::milliseconds patience) {
    constexpr std::chrono::milliseconds kStep{20};
    for (const auto& core : cores_)
        core->loop.post([&server = core->server] { server.drain(); });
    const auto until = std::chrono::steady_clock::now() + patience;
    while (sessions() > 0) {
        if (std::chrono::steady_clock::now() >= until) return false;
        std::this_thread::sleep_for(kStep);
    }
    return true;
}

void LoopGroup::reload(const std::shared_ptr<const gateway::GatewaySettings>& settings) {
    for (const auto& core : cores_)
        core->loop.post([&gateway = core->gateway, settings] { gateway.reload(settings); });
}

LoopGroup::~LoopGroup() {
    constexpr std::chrono::milliseconds kPatience{5'000};
    for (const auto& core : cores_)
        core->loop.post([&server = core->server] { server.abort(); });
    drain(kPatience);
    for (const auto& core : cores_) {
        ask(*core, [&c = *core] {
            c.loop.stop_sleeping();
            c.gateway.close_idle();
            return true;
        });
        core->loop.stop();
        core->thread.join();
    }
}

}  // namespace tallygate::app
