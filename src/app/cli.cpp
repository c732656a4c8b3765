#include "app/cli.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/nearest_name.h"
#include "http/grammar.h"

namespace tallygate::app {
namespace {

using Kind = Command::Kind;

// What was written, before it is looked at.
struct Written {
    ConfigFlags flags;
    std::string user, role, tier, ttl;
    std::string from, to, what, format;
    std::vector<std::string> topic;
    bool link = false;
    bool help = false;
    bool version = false;
};

std::unexpected<Error> mistake(const std::string& message) {
    return failure(Errc::invalid_argument, "", message);
}

// The commands and flags; values go to `written`.
class Grammar {
public:
    explicit Grammar(Written& written) : written_(written) {
        app_.set_help_flag();
        app_.require_subcommand(0, 1);
        app_.allow_extras();
        app_.add_option("--config", written_.flags.config);
        app_.add_option("--data", written_.flags.data);
        app_.add_option("--store", written_.flags.store);
        app_.add_flag("-h,--help", written_.help)->disable_flag_override();
        app_.add_flag("-v,--version", written_.version)->disable_flag_override();
        add_commands();
    }

    CLI::App& app() { return app_; }

    // The command in full, "config show"; empty where there is none.
    std::string command() const {
        std::string name;
        for (const CLI::App* level = &app_; !level->get_subcommands().empty();) {
            level = level->get_subcommands().front();
            name += (name.empty() ? "" : " ") + level->get_name();
        }
        return name;
    }

    // The names of the flags that the command takes.
    std::vector<std::string> flags() const {
        std::vector<std::string> names;
        for (const CLI::Option* option : options()) {
            for (const std::string& name : option->get_lnames())
                names.push_back("--" + name);
        }
        return names;
    }

    // The command that takes `flag`: the one that was written, or, where none was, any; or empty.
    std::string command_with(const std::string& flag) const {
        if (const std::string name = command(); !name.empty()) {
            const std::vector<std::string> names = flags();
            return std::ranges::find(names, flag) != names.end() ? name : std::string();
        }
        for (const CLI::App* taker : app_.get_subcommands({})) {
            if (taker->get_option_no_throw(flag)) return taker->get_name();
        }
        return {};
    }

    // A flag that took the next flag for its value, "--listen" of `--listen --demo`; or empty.
    std::string flag_without_value() const {
        const std::vector<std::string> names = flags();
        for (const CLI::Option* option : options()) {
            for (const std::string& value : option->results()) {
                if (std::ranges::find(names, value) != names.end()) return option->get_name();
            }
        }
        return {};
    }

private:
    // Those of the command and of all around it.
    std::vector<const CLI::Option*> options() const {
        std::vector<const CLI::Option*> found;
        for (const CLI::App* level = &app_;;) {
            for (const CLI::Option* option : level->get_options())
                found.push_back(option);
            if (level->get_subcommands().empty()) return found;
            level = level->get_subcommands().front();
        }
    }

    CLI::App* add(CLI::App& parent, const std::string& name) {
        CLI::App* command = parent.add_subcommand(name);
        command->set_help_flag();
        command->fallthrough();
        return command;
    }

    void add_commands() {
        CLI::App* serve = add(app_, "serve");
        add_flags_of_serve(*serve);
        CLI::App* token = add(app_, "token");
        token->add_option("--user", written_.user);
        token->add_option("--role", written_.role);
        token->add_option("--tier", written_.tier);
        token->add_option("--ttl", written_.ttl);
        token->add_flag("--link", written_.link)->disable_flag_override();
        token->add_option("--listen", written_.flags.listen);
        CLI::App* verify = add(app_, "verify");
        verify->add_option("--from", written_.from);
        verify->add_option("--to", written_.to);
        add(app_, "rebuild")->add_option("--from", written_.from);
        CLI::App* exports = add(app_, "export");
        exports->add_option("--what", written_.what);
        exports->add_option("--format", written_.format);
        exports->add_option("--from", written_.from);
        exports->add_option("--to", written_.to);
        CLI::App* config = add(app_, "config");
        config->require_subcommand(0, 1);
        for (const char* name : {"check", "show"})
            add_flags_of_serve(*add(*config, name));
        add(*config, "init");
        add(app_, "help")->add_option("COMMAND", written_.topic)->expected(0, 2);
        add(app_, "version");
    }

    void add_flags_of_serve(CLI::App& command) {
        command.add_option("--listen", written_.flags.listen);
        command.add_option("--upstream", written_.flags.upstream);
        command.add_flag("--demo", written_.flags.demo)->disable_flag_override();
    }

    Written& written_;
    CLI::App app_;
};

std::vector<std::string> command_names() {
    return {"serve", "token", "verify", "rebuild", "export", "config", "help", "version"};
}

std::string see_help(std::string_view command) {
    return command.empty()
               ? "; see `tallygate help`"
               : fmt::format("; see `tallygate help {}`", command.substr(0, command.find(' ')));
}

// What is wrong with a word that nothing takes.
std::unexpected<Error> unknown_word(const Grammar& grammar, const std::string& word) {
    const std::string command = grammar.command();
    if (word.starts_with('-')) {
        const std::string flag = word.substr(0, word.find('='));
        if (const std::string taker = grammar.command_with(flag); !taker.empty())
            return mistake(fmt::format("write {} behind {}{}", flag, taker, see_help(taker)));
        const std::string meant = did_you_mean(flag, grammar.flags());
        return mistake(fmt::format("there is no flag {}{}{}", http::shown(flag),
                                   command.empty() ? "" : " of " + command,
                                   meant.empty() ? see_help(command) : meant));
    }
    std::vector<std::string> names;
    if (command.empty()) names = command_names();
    if (command == "config") names = {"check", "show", "init"};
    if (names.empty()) {
        return mistake(fmt::format("{} is not expected behind {}{}", http::shown(word), command,
                                   see_help(command)));
    }
    const std::string meant = did_you_mean(word, names);
    return mistake(fmt::format("there is no command {}{}",
                               http::shown(command.empty() ? word : command + " " + word),
                               meant.empty() ? see_help(command) : meant));
}

Result<void> read_day(std::string_view flag, const std::string& text, std::optional<Day>& day) {
    if (text.empty()) return {};
    day = parse_day(text);
    if (day) return {};
    return mistake(
        fmt::format("{}: {} is not a day; write it as 2026-11-24", flag, http::shown(text)));
}

Result<void> read_days(const Written& written, Command& command) {
    if (auto from = read_day("--from", written.from, command.from); !from) return from;
    if (auto to = read_day("--to", written.to, command.to); !to) return to;
    if (command.from && command.to && *command.from >= *command.to) {
        return mistake(
            fmt::format("--to: {} is not behind --from; its day is out, so write the "
                        "day after the last",
                        written.to));
    }
    return {};
}

Result<void> read_token(const Written& written, Command& command) {
    if (written.user.empty()) return mistake("token needs --user ID; see `tallygate help token`");
    command.token.user_id = written.user;
    command.token.role = written.role;
    command.token.tier = written.tier;
    command.wants_link = written.link;
    // A browser's history keeps the links that were opened.
    constexpr std::chrono::hours kLinkLife{1};
    if (written.link) command.token.ttl = kLinkLife;
    if (written.ttl.empty()) return {};
    const auto ttl = parse_duration(written.ttl);
    if (!ttl) {
        return mistake(fmt::format("--ttl: {} is not a time; write it as 90s, 30m, 12h or 7d",
                                   http::shown(written.ttl)));
    }
    command.token.ttl = *ttl;
    return {};
}

Result<void> read_export(const Written& written, Command& command) {
    const auto what = reports::parse_export_what(written.what);
    if (!what) {
        return mistake(written.what.empty()
                           ? "export needs --what events or --what daily"
                           : fmt::format("--what: {} is not \"events\" or \"daily\"",
                                         http::shown(written.what)));
    }
    const auto format = reports::parse_export_format(written.format);
    if (!format) {
        return mistake(written.format.empty()
                           ? "export needs --format csv or --format jsonl"
                           : fmt::format("--format: {} is not \"csv\" or \"jsonl\"",
                                         http::shown(written.format)));
    }
    command.exports = {*what, *format, command.from, command.to};
    return {};
}

Result<Command> help_about(std::string_view topic) {
    if (topic == "help" || topic == "version") topic = "";
    constexpr auto kParts =
        std::to_array<std::string_view>({"config check", "config show", "config init"});
    const bool is_part = std::ranges::find(kParts, topic) != kParts.end();
    const auto text = help_text(is_part ? "config" : topic);
    if (!text) {
        const std::string meant = did_you_mean(topic, command_names());
        return mistake(fmt::format("there is no command {}{}", http::shown(topic),
                                   meant.empty() ? see_help("") : meant));
    }
    Command command;
    command.text = *text;
    return command;
}

Result<Kind> kind_of(const std::string& name) {
    constexpr std::array<std::pair<std::string_view, Kind>, 8> kKinds = {
        {{"serve", Kind::serve},
         {"token", Kind::token},
         {"verify", Kind::verify},
         {"rebuild", Kind::rebuild},
         {"export", Kind::export_rows},
         {"config check", Kind::config_check},
         {"config show", Kind::config_show},
         {"config init", Kind::config_init}}};
    for (const auto& [known, kind] : kKinds) {
        if (known == name) return kind;
    }
    return mistake("config needs one of check, show, init; see `tallygate help config`");
}

Result<Command> command_of(const std::string& name, const Written& written) {
    const auto kind = kind_of(name);
    if (!kind) return std::unexpected(kind.error());
    Command command;
    command.kind = *kind;
    command.flags = written.flags;
    Result<void> read = read_days(written, command);
    if (read && command.kind == Kind::token) read = read_token(written, command);
    if (read && command.kind == Kind::export_rows) read = read_export(written, command);
    if (!read) return std::unexpected(read.error());
    return command;
}

}  // namespace

Result<Command> parse_command_line(int argc, const char* const* argv) {
    Written written;
    Grammar grammar(written);
    try {
        grammar.app().parse(argc, argv);
    } catch (const CLI::ArgumentMismatch& error) {
        const std::string text = error.what();
        return mistake(fmt::format("{} needs one value, once{}", text.substr(0, text.find(':')),
                                   see_help(grammar.command())));
    } catch (const CLI::ParseError& error) {
        return mistake(fmt::format("{}{}", error.what(), see_help(grammar.command())));
    }
    const std::vector<std::string> extras = grammar.app().remaining(true);
    const std::string name = grammar.command();
    if (!extras.empty()) return unknown_word(grammar, extras.front());
    if (const std::string flag = grammar.flag_without_value(); !flag.empty()) {
        return mistake(fmt::format("{} needs one value, once{}", flag, see_help(name)));
    }
    if (written.version || name == "version") return Command{.kind = Kind::version};
    if (name == "help") return help_about(fmt::format("{}", fmt::join(written.topic, " ")));
    if (written.help || name.empty()) return help_about(name);
    return command_of(name, written);
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != &text.back()) return std::nullopt;
    switch (*end) {
        case 's':
            return std::chrono::seconds(number);
        case 'm':
            return std::chrono::minutes(number);
        case 'h':
            return std::chrono::hours(number);
        case 'd':
            return std::chrono::days(number);
        default:
            return std::nullopt;
    }
}

}  // namespace tallygate::app
