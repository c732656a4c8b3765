// demo_ai_engine [--listen HOST:PORT] [--seed N] [--latency-scale X] [--failure-rate P]
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "base/clock.h"
#include "engine.h"
#include "http/endpoint.h"
#include "http/server.h"

namespace {

using namespace tallygate;

struct Options {
    demo::EngineOptions engine;
    std::string host = "127.0.0.1";
    std::uint16_t port = 9'000;
};

[[noreturn]] void usage(std::string_view problem) {
    fmt::print(stderr,
               "demo_ai_engine: {}\n"
               "usage: demo_ai_engine [--listen HOST:PORT] [--seed N] [--latency-scale X] "
               "[--failure-rate P]\n",
               problem);
    std::exit(2);
}

double number(std::string_view flag, const char* text) {
    char* end = nullptr;
    const double value = std::strtod(text, &end);
    if (end == text || *end != 0 || value < 0)
        usage(fmt::format("{} takes a number from 0 up, not \"{}\"", flag, text));
    return value;
}

Options parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; i += 2) {
        const std::string_view flag = argv[i];
        if (i + 1 == argc) usage(fmt::format("{} needs a value", flag));
        const char* value = argv[i + 1];
        if (flag == "--listen") {
            const std::string_view address = value;
            const std::size_t colon = address.rfind(':');
            if (colon == std::string_view::npos) usage("--listen takes HOST:PORT");
            options.host = address.substr(0, colon);
            options.port = static_cast<std::uint16_t>(number(flag, value + colon + 1));
        } else if (flag == "--seed") {
            options.engine.seed = static_cast<std::uint64_t>(number(flag, value));
        } else if (flag == "--latency-scale") {
            options.engine.latency_scale = number(flag, value);
        } else if (flag == "--failure-rate") {
            options.engine.failure_rate = number(flag, value);
        } else {
            usage(fmt::format("there is no {}", flag));
        }
    }
    return options;
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse(argc, argv);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    const auto endpoints = http::resolve(options.host, options.port);
    if (!endpoints) usage(endpoints.error().message);
    auto sockets = http::ListeningSocket::bind(endpoints->front(), 1);
    if (!sockets) usage(sockets.error().message);
    fmt::print(stderr, "msg=\"listening\" address={}\n", sockets->front().endpoint().text());

    const SystemClock clock;
    http::EventLoop loop;
    demo::Engine engine(options.engine);
    http::Server server(loop, engine, clock);
    server.listen(std::move(sockets->front()));
    std::thread worker([&] { loop.run(); });

    int signal = 0;
    sigwait(&signals, &signal);
    loop.post([&] {
        server.drain();
        server.abort();
        loop.stop_sleeping();
        loop.stop();
    });
    worker.join();
    return 0;
}
