// The program `fake_mongod`; see its --help.
#include <csignal>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/log.h"
#include "server.h"

int main(int argc, char** argv) {
    std::string listen = "127.0.0.1:0";
    std::string control = "127.0.0.1:0";
    CLI::App app(
        "A make-believe MongoDB server for tests: its data is in memory, and it fails on demand.");
    app.add_option("--listen", listen, "HOST:PORT for clients")->capture_default_str();
    app.add_option("--control", control, "HOST:PORT to the same data that no fault reaches")
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    const tallygate::SystemClock clock;
    const auto server = tallygate::fake_mongod::Server::start(clock, listen, control);
    if (!server) {
        fmt::print(stderr, "fake_mongod: {}\n", server.error().message);
        return 1;
    }
    tallygate::log::info("listening", {{"address", (*server)->address()},
                                       {"control", (*server)->control_address()}});
    int signal = 0;
    sigwait(&signals, &signal);
    return 0;
}
