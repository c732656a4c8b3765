#include "app/commands.h"

#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "app/application.h"
#include "app/config_init.h"
#include "app/config_loop.h"
#include "app/config_show.h"
#include "app/dashboard_link.h"
#include "app/version.h"
#include "auth/authenticator.h"
#include "base/log.h"
#include "http/grammar.h"
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

// A write that fails is found at the end, by run_command.
template <class... Values>
void print(fmt::format_string<Values...> format, Values&&... values) {
    const std::string text = fmt::format(format, std::forward<Values>(values)...);
    std::fwrite(text.data(), 1, text.size(), stdout);
}

// Says how far a long command is, where somebody is looking.
void show_progress(std::uint64_t events) {
    if (events > 0 && events % 100'000 == 0) fmt::print(stderr, "{} events …\n", events);
}

Result<Config> load_to_serve(const ConfigSources& sources) {
    auto config = load_config(sources);
    if (!config) return config;
    if (auto sound = refuse_loop(*config); !sound) return std::unexpected(sound.error());
    return config;
}

int serve(const ConfigSources& sources, Config config) {
    static const SystemClock clock;
    for (const std::string& warning : config.warnings)
        log::warn(warning);
    for (const std::string& name : config.unknown_environment)
        log::warn("an environment variable is ignored: there is no such key", {{"name", name}});
    auto application =
        Application::start(std::move(config), clock, [sources] { return load_to_serve(sources); });
    if (!application) return say(application.error());
    (*application)->run();
    return exit_ok;
}

// Where nothing is in DATA but the demo's data is beside it, that may be what was meant.
Error with_hint_at_demo(Error error, const Config& config) {
    const std::filesystem::path demo = config.data / "demo";
    std::error_code unreadable;
    if (error.errc == Errc::not_found && std::filesystem::is_directory(demo, unreadable)) {
        error.message += fmt::format("; for the demo's add --data {}", demo.string());
    }
    return error;
}

// A tier that nothing limits is more likely a slip than a wish.
void warn_of_tier(const std::string& tier, const TierTable& table) {
    if (tier.empty() || table.tiers.contains(tier)) return;
    fmt::print(stderr,
               "tallygate: warning: no tier {} is configured; its user gets the limit of \"{}\" "
               "until [tiers.NAME] is there for it\n",
               http::shown(tier), table.default_tier);
}

Result<std::string> dashboard_to_link_to(const Config& config) {
    if (config.listen_port == 0) {
        return failure(
            Errc::invalid_argument, "",
            "`listen` has port 0, so the server's port is known only once it runs; take it from "
            "the server's first log line, and name it with --listen HOST:PORT");
    }
    std::string address = dashboard_address(config.listen_host, config.listen_port);
    if (is_wildcard(config.listen_host)) {
        fmt::print(stderr,
                   "tallygate: note: `listen` is every address of this machine, and the link is "
                   "for a browser on it; for another put this machine's name there\n");
    }
    return address;
}

int token(const Command& command, const Config& config) {
    const auto secret = read_own_secret(config.data);
    if (!secret) return say(with_hint_at_demo(secret.error(), config));
    warn_of_tier(command.token.tier, config.tiers);
    const auto signed_token = auth::sign_token(command.token, *secret, SystemClock());
    if (!signed_token) return say(signed_token.error());
    if (!command.wants_link) {
        print("{}\n", *signed_token);
        return exit_ok;
    }
    const auto dashboard = dashboard_to_link_to(config);
    if (!dashboard) return say(dashboard.error());
    print("{}\n", sign_in_link(*dashboard, *signed_token));
    return exit_ok;
}

Result<std::unique_ptr<store::UsageStore>> open_for_reading(const Config& config) {
    if (config.store.url == "memory:") {
        return failure(Errc::not_found, "",
                       "the store memory: is in the server's memory alone, so there is nothing to "
                       "read; name a database with --store sqlite:PATH or --store "
                       "mongodb://HOST/DATABASE");
    }
    store::StoreOptions options = config.store;
    options.read_only = true;
    auto store = store::open_store(options);
    if (!store && config.store.url == "sqlite:")
        return std::unexpected(with_hint_at_demo(store.error(), config));
    return store;
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
        print("{} holds no journal: the store alone is checked\n", config.data.string());
    }
    const auto report = tracker::verify(
        **store, options,
        [](const tracker::Difference& d) {
            print("{}: expected {}, found {}\n", d.what, d.expected, d.found);
        },
        show_progress);
    if (!report) return say(report.error());
    print("{} events and {} totals checked, {} events held against the journal\n{} {}\n",
          report->events, report->totals, report->journal_events, report->differences,
          report->differences == 1 ? "difference" : "differences");
    return report->differences == 0 ? exit_ok : exit_failed;
}

// Whether there is a journal or a database to rebuild from: without one nothing is made.
Result<void> find_data(const Config& config) {
    const auto journal = journal::DataDirectory::read_writer(config.data);
    if (!journal) return std::unexpected(journal.error());
    if (*journal && config.store.url != "memory:") return {};
    if (auto store = open_for_reading(config); !store) return std::unexpected(store.error());
    return {};
}

int rebuild(const Command& command, const Config& config) {
    if (const auto found = find_data(config); !found) return say(found.error());
    const auto directory = journal::DataDirectory::lock(config.data);
    if (!directory) return say(directory.error());
    auto store = store::open_store(config.store);
    if (!store) return say(store.error());
    const auto report = tracker::rebuild(**store, directory->writer(), directory->journal_path(),
                                         command.from, show_progress);
    if (!report) return say(report.error());
    print("{} events restored from the journal; {} totals of {} days computed from {} events\n",
          report->events_restored, report->totals, report->days, report->events);
    if (report->events_altered == 0) return exit_ok;
    print(
        "{} stored events are not what the journal has and were left as they are; `tallygate "
        "verify` names them\n",
        report->events_altered);
    return exit_failed;
}

int export_rows(const Command& command, const Config& config) {
    auto store = open_for_reading(config);
    if (!store) return say(store.error());
    const auto rows =
        reports::export_rows(**store, command.exports, [](std::string_view text) -> Result<void> {
            if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return {};
            return failure(Errc::unavailable, "", "cannot write to standard output");
        });
    if (!rows) return std::ferror(stdout) != 0 ? exit_failed : say(rows.error());
    return exit_ok;
}

int init(const ConfigSources& sources) {
    const auto report = init_config(sources);
    if (!report) return say(report.error());
    print("wrote {}\nmade {}\nnext: tallygate config check, then tallygate serve\n",
          report->file.string(), (report->data / "jwt.secret").string());
    return exit_ok;
}

int with_config(const Command& command, const ConfigSources& sources) {
    const bool is_to_serve =
        command.kind == Command::Kind::serve || command.kind == Command::Kind::config_check;
    auto config = is_to_serve ? load_to_serve(sources) : load_config(sources);
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
            print("{}", check_report(*config));
            return exit_ok;
        default:
            print("{}", shown(*config));
            return exit_ok;
    }
}

int run(const Command& command) {
    const ConfigSources sources{command.flags, process_environment()};
    switch (command.kind) {
        case Command::Kind::help:
            print("{}", command.text);
            return exit_ok;
        case Command::Kind::version:
            print("tallygate {}\n", kVersion);
            return exit_ok;
        case Command::Kind::config_init:
            return init(sources);
        default:
            return with_config(command, sources);
    }
}

}  // namespace

int run_command(const Command& command) {
    const int code = run(command);
    // What a server has to say is in its log.
    if (command.kind == Command::Kind::serve) return code;
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
    return say({Errc::unavailable, "", "cannot write to standard output"});
}

}  // namespace tallygate::app
