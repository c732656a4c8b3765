#include "app/commands.h"

#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "app/application.h"
#include "app/config_init.h"
#include "app/config_show.h"
#include "app/version.h"
#include "auth/authenticator.h"
#include "base/log.h"
#include "journal/data_directory.h"
#include "reports/export.h"
#include "store/usage_store.h"
#include "tracker/rebuild.h"
#include "tracker/verify.h"

namespace tallygate::app {
namespace {

int say(const Error& error) {
    fmt::print(stderr, "tallygate: {}\n", error.message);
    return error.errc == Errc::invalid_argument ? exit_usage : exit_failed;
}

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

// Says how far a long command is, where somebody is looking.
void show_progress(std::uint64_t events) {
    if (events > 0 && events % 100'000 == 0) fmt::print(stderr, "{} events …\n", events);
}

int serve(const ConfigSources& sources, Config config) {
    static const SystemClock clock;
    for (const std::string& warning : config.warnings)
        log::warn(warning);
    auto application =
        Application::start(std::move(config), clock, [sources] { return load_config(sources); });
    if (!application) return say(application.error());
    (*application)->run();
    return exit_ok;
}

int token(const Command& command, const Config& config) {
    const auto secret = read_own_secret(config.data);
    if (!secret) return say(secret.error());
    const auto signed_token = auth::sign_token(command.token, *secret, SystemClock());
    if (!signed_token) return say(signed_token.error());
    print(*signed_token + "\n");
    return exit_ok;
}

Result<std::unique_ptr<store::UsageStore>> open_for_reading(const Config& config) {
    store::StoreOptions options = config.store;
    options.read_only = true;
    return store::open_store(options);
}

int verify(const Command& command, const Config& config) {
    auto store = open_for_reading(config);
    if (!store) return say(store.error());
    tracker::VerifyOptions options{
        .journal_path = std::nullopt, .from = command.from, .to = command.to};
    const auto journal = journal::DataDirectory::read_writer(config.data);
    if (!journal) return say(journal.error());
    if (*journal) {
        options.journal_path = config.data / "journal";
    } else {
        fmt::print("{} holds no journal: the store alone is checked\n", config.data.string());
    }
    const auto report = tracker::verify(
        **store, options,
        [](const tracker::Difference& d) {
            fmt::print("{}: expected {}, found {}\n", d.what, d.expected, d.found);
        },
        show_progress);
    if (!report) return say(report.error());
    fmt::print(
        "{} events and {} totals checked, {} events held against the journal\n{} differences\n",
        report->events, report->totals, report->journal_events, report->differences);
    return report->differences == 0 ? exit_ok : exit_failed;
}

int rebuild(const Command& command, const Config& config) {
    const auto directory = journal::DataDirectory::lock(config.data);
    if (!directory) return say(directory.error());
    auto store = store::open_store(config.store);
    if (!store) return say(store.error());
    const auto report = tracker::rebuild(**store, directory->writer(), directory->journal_path(),
                                         command.from, show_progress);
    if (!report) return say(report.error());
    fmt::print(
        "{} events restored from the journal; {} totals of {} days computed from {} events\n",
        report->events_restored, report->totals, report->days, report->events);
    return exit_ok;
}

int export_rows(const Command& command, const Config& config) {
    auto store = open_for_reading(config);
    if (!store) return say(store.error());
    const auto rows =
        reports::export_rows(**store, command.exports, [](std::string_view text) -> Result<void> {
            if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return {};
            return failure(Errc::unavailable, "", "cannot write to standard output");
        });
    if (!rows) return say(rows.error());
    if (std::fflush(stdout) != 0)
        return say({Errc::unavailable, "", "cannot write to standard output"});
    return exit_ok;
}

int init(const ConfigSources& sources) {
    const auto report = init_config(sources);
    if (!report) return say(report.error());
    fmt::print("wrote {}\nmade {}\nnext: tallygate config check, then tallygate serve\n",
               report->file.string(), (report->data / "jwt.secret").string());
    return exit_ok;
}

int with_config(const Command& command, const ConfigSources& sources) {
    auto config = load_config(sources);
    if (!config) return say(config.error());
    switch (command.kind) {
        case Command::Kind::serve:
            return serve(sources, std::move(*config));
        case Command::Kind::token:
            return token(command, *config);
        case Command::Kind::verify:
            return verify(command, *config);
        case Command::Kind::rebuild:
            return rebuild(command, *config);
        case Command::Kind::export_rows:
            return export_rows(command, *config);
        case Command::Kind::config_check:
            print(check_report(*config));
            return exit_ok;
        default:
            print(shown(*config));
            return exit_ok;
    }
}

}  // namespace

int run_command(const Command& command) {
    const ConfigSources sources{command.flags, process_environment()};
    switch (command.kind) {
        case Command::Kind::help:
            print(command.text);
            return exit_ok;
        case Command::Kind::version:
            fmt::print("tallygate {}\n", kVersion);
            return exit_ok;
        case Command::Kind::config_init:
            return init(sources);
        default:
            return with_config(command, sources);
    }
}

}  // namespace tallygate::app
