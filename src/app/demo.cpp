#include "app/demo.h"

#include <future>

#include "auth/authenticator.h"

namespace tallygate::app {
namespace {

// Of all users together, at first.
constexpr std::chrono::milliseconds kBetweenCalls{4'000};

// Who calls more in a month calls more often.
std::chrono::milliseconds pause_of(const DemoUser& user,
                                   std::span<const gateway::RouteConfig> routes) {
    double all = 0;
    for (const DemoUser& other : demo_users())
        all += monthly_calls(other, routes);
    return std::chrono::milliseconds(static_cast<std::int64_t>(
        static_cast<double>(kBetweenCalls.count()) * all / monthly_calls(user, routes)));
}

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
    const auto routes = gateway::default_routes("");
    std::vector<DemoTraffic::User> users;
    for (const DemoUser& user : demo_users()) {
        auto token = auth::sign_token(
            {.user_id = std::string(user.id), .tier = std::string(user.tier), .ttl = kLife}, secret,
            clock_);
        if (!token) return std::unexpected(token.error());
        users.push_back(
            {std::string(user.id), std::move(*token), user.mix, pause_of(user, routes)});
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
