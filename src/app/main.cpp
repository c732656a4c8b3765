#include <csignal>
#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "app/commands.h"

namespace {

// Signals are waited for by the main thread alone; a client that has gone is an error of a write,
// not of the process.
void set_up_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto command = tallygate::app::parse_command_line(argc, argv);
        if (!command) {
            fmt::print(stderr, "tallygate: {}\n", command.error().message);
            return tallygate::app::exit_usage;
        }
        if (command->kind == tallygate::app::Command::Kind::serve) set_up_signals();
        return tallygate::app::run_command(*command);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tallygate: %s\n", error.what());
        return tallygate::app::exit_failed;
    }
}
