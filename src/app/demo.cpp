#include "app/demo.h"

#include <array>
#include <future>

#include "auth/authenticator.h"

namespace tallygate::app {
namespace {

struct DemoUser {
    const char* name;
    const char* tier;
};
constexpr std::array<DemoUser, 6> kUsers = {{{"alice", "pro"},
                                             {"bob", "basic"},
                                             {"chandra", "pro"},
                                             {"dora", "free"},
                                             {"emeka", "enterprise"},
                                             {"yuki", "free"}}};

// Runs `job` on the loop and waits.
template <class Job>
void ask(http::EventLoop& loop, Job job) {
    std::promise<void> done;
    loop.post([&] {
        job();
        done.set_value();
    });
    done.get_future().wait();
}

}  // namespace

Result<std::unique_ptr<Demo>> Demo::start(const Clock& clock) {
    const auto address = http::resolve("127.0.0.1", 0);
    if (!address) return std::unexpected(address.error());
    auto sockets = http::ListeningSocket::bind(address->front(), 1);
    if (!sockets) return std::unexpected(sockets.error());
    std::unique_ptr<Demo> demo(new Demo(clock));
    demo->engine_endpoint_ = sockets->front().endpoint();
    demo->server_.listen(std::move(sockets->front()));
    demo->thread_ = std::thread([&loop = demo->loop_] { loop.run(); });
    return demo;
}

Result<void> Demo::send_traffic(const http::Endpoint& gateway, const Secret& secret) {
    constexpr std::chrono::hours kLife{24 * 365};
    std::vector<DemoTraffic::User> users;
    for (const DemoUser& user : kUsers) {
        auto token = auth::sign_token({.user_id = user.name, .tier = user.tier, .ttl = kLife},
                                      secret, clock_);
        if (!token) return std::unexpected(token.error());
        users.push_back({user.name, std::move(*token)});
    }
    ask(loop_, [&] {
        traffic_ = std::make_unique<DemoTraffic>(loop_, blocking_, gateway, std::move(users));
        traffic_->start();
    });
    return {};
}

void Demo::stop_traffic() {
    ask(loop_, [this] { loop_.stop_sleeping(); });
}

Demo::~Demo() {
    if (!thread_.joinable()) return;
    stop_traffic();
    ask(loop_, [this] {
        server_.drain();
        server_.abort();
    });
    for (bool busy = true; busy;) {
        ask(loop_, [&] { busy = server_.sessions() > 0 || (traffic_ && traffic_->running()); });
        if (busy) std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    ask(loop_, [this] { traffic_.reset(); });
    loop_.stop();
    thread_.join();
}

}  // namespace tallygate::app
