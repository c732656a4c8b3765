// The program `demo_ai_engine`; see its --help.
#include <charconv>
#include <csignal>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/clock.h"
#include "engine.h"
#include "http/endpoint.h"
#include "http/server.h"

namespace {

namespace demo = tallygate::demo;
namespace http = tallygate::http;

struct Options {
    demo::EngineOptions engine;
    std::string listen = "127.0.0.1:9000";
};

void add_options(CLI::App& app, Options& options) {
    app.add_option("--listen", options.listen, "HOST:PORT")->capture_default_str();
    app.add_option("--seed", options.engine.seed, "of delays and failures")->capture_default_str();
    app.add_option("--latency-scale", options.engine.latency_scale, "0 answers at once")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--failure-rate", options.engine.failure_rate, "of calls")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
}

tallygate::Result<std::vector<http::ListeningSocket>> listen_on(const std::string& listen) {
    const std::size_t colon = listen.rfind(':');
    const std::string_view digits = colon == std::string::npos
                                        ? std::string_view()
                                        : std::string_view(listen).substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
        return tallygate::failure(tallygate::Errc::invalid_argument, "",
                                  fmt::format("{} is not HOST:PORT", listen));
    }
    const auto endpoints = http::resolve(listen.substr(0, colon), port);
    if (!endpoints) return std::unexpected(endpoints.error());
    return http::ListeningSocket::bind(endpoints->front(), 1);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app(
        "A make-believe AI engine: nine endpoints with plausible answers, delays and failures.");
    add_options(app, options);
    CLI11_PARSE(app, argc, argv);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    auto sockets = listen_on(options.listen);
    if (!sockets) {
        fmt::print(stderr, "demo_ai_engine: {}\n", sockets.error().message);
        return 1;
    }
    fmt::print(stderr, "msg=\"listening\" address={}\n", sockets->front().endpoint().text());

    const tallygate::SystemClock clock;
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
