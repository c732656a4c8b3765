#include "app/config.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>
#include <unistd.h>

#include "app/config_environment.h"
#include "app/config_file.h"
#include "app/config_keys.h"
#include "app/config_parts.h"
#include "app/setting_reader.h"
#include "http/grammar.h"
#include "store/store_url.h"

namespace tallygate::app {
namespace {

constexpr const char* kDefaultFile = "tallygate.toml";
constexpr const char* kOwnTokensOnly =
    "no application secret is set: only tokens of `tallygate token` are taken; set "
    "TALLYGATE_JWT_SECRET or [auth.issuer.NAME]";

// Takes settings into `settings` whose keys are known and whose values are what those take.
void take(const std::vector<Setting>& found, Settings& settings, ProblemList& problems) {
    for (const Setting& setting : found) {
        const std::string key = key_text(setting.path);
        const KnownKey* known = find_key(setting.path);
        if (!known) {
            const bool is_list = key == "route" || key == "passthrough";
            problems.add_unknown(setting.place, key,
                                 is_list ? fmt::format("write it as [[{}]], once for each", key)
                                         : unknown_key_text(setting.path));
            continue;
        }
        auto value = value_for(*known, setting.value, setting.place.source);
        if (!value) {
            problems.add_at(setting.place, key, value.error().message);
            continue;
        }
        settings.set({setting.path, std::move(*value), setting.place});
    }
}

void take_file(const FileContent& content, Settings& settings, ProblemList& problems) {
    for (const Table& table : content.tables) {
        if (is_table(table.path)) {
            settings.add(table);
            continue;
        }
        const std::string key = key_text(table.path);
        // What stands in a table that is not one is a problem of the table.
        const bool is_inner = std::ranges::any_of(content.tables, [&](const Table& outer) {
            return outer.path.size() < table.path.size() && !is_table(outer.path) &&
                   std::equal(outer.path.begin(), outer.path.end(), table.path.begin());
        });
        if (is_inner) continue;
        problems.add_unknown(table.place, key,
                             find_key(table.path)
                                 ? std::string("this is a single value, not a table")
                                 : unknown_key_text(table.path));
    }
    std::vector<Setting> in_tables;
    for (const Setting& setting : content.settings) {
        const KeyPath parent(setting.path.begin(), setting.path.end() - 1);
        if (parent.empty() || is_table(parent)) in_tables.push_back(setting);
    }
    take(in_tables, settings, problems);
}

struct Address {
    std::string host;
    std::uint16_t port = 0;
};

Result<Address> parse_listen(std::string_view text) {
    const auto refuse = [&](std::string_view why) {
        return failure(Errc::invalid_argument, "",
                       fmt::format("{} {}; write it as \"127.0.0.1:8000\", \"[::1]:8000\", or "
                                   "\"0.0.0.0:8000\" for every interface",
                                   http::shown(text), why));
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return refuse("is not HOST:PORT");
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    unsigned port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port > 65'535) {
        return refuse("has no port from 0 to 65535 behind its last colon");
    }
    const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
    if (is_bracketed) host = host.substr(1, host.size() - 2);
    const bool is_v6 = host.find(':') != std::string_view::npos;
    const bool is_host = !host.empty() && std::ranges::all_of(host, [](char c) {
        return c > 0x20 && c < 0x7f &&
               std::string_view("/[]@*?#").find(c) == std::string_view::npos;
    });
    if (!is_host || is_v6 != is_bracketed || (is_v6 && !gateway::parse_cidr(host))) {
        return refuse("has no proper host");
    }
    return Address{std::string(host), static_cast<std::uint16_t>(port)};
}

void read_listen(SettingReader& reader, Config& config) {
    auto address = parse_listen(reader.text("listen", "127.0.0.1:8000"));
    if (!address) {
        reader.problems().add("listen", address.error().message);
        return;
    }
    config.listen_host = std::move(address->host);
    config.listen_port = address->port;
    if (!config.demo || is_loopback(config.listen_host)) return;
    reader.problems().add_at(
        {Source::flag, "--demo"}, "demo",
        fmt::format("the demo is for this machine alone, not for {}; listen on 127.0.0.1 or [::1]",
                    http::shown(config.listen_host)));
}

void read_store(SettingReader& reader, Config& config) {
    const Setting* setting = reader.settings().find("store");
    config.store.url = setting ? std::get<std::string>(setting->value) : "sqlite:";
    config.store.default_path = (config.data / "usage.db").string();
    const std::string& url = config.store.url;
    reader.note("store", toml_text(store::shown_store_url(url)),
                setting ? setting->place : Place{});
    if (const auto checked = store::check_store_url(url); !checked) {
        reader.problems().add("store", checked.error().message);
        return;
    }
    if (!config.demo || url == "memory:" || url == "sqlite:") return;
    // A server has no folder for it: whoever writes the command names a database for the demo.
    if (store::is_shared_store(url) && setting->place.source == Source::flag) return;
    reader.problems().add("store",
                          "the demo keeps its figures apart, in DATA/demo; start it with --store "
                          "sqlite:, or with --store and a MongoDB database for the demo alone");
}

void read_places(SettingReader& reader, Config& config) {
    const std::string data = reader.text("data", "./tallygate-data");
    if (data.empty()) {
        reader.problems().add("data", "is empty; name the folder that holds journal and database");
    }
    config.data = config.demo ? std::filesystem::path(data) / "demo" : std::filesystem::path(data);

    read_store(reader, config);
}

TierTable read_tiers(SettingReader& reader) {
    TierTable table = TierTable::standard();
    std::vector<std::string> names = reader.settings().names_under("tiers");
    for (const auto& [name, tier] : table.tiers) {
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    for (const std::string& name : names) {
        const std::string key = child_key(child_key("tiers", name), "tokens_per_month");
        const Setting* setting = reader.settings().find(key);
        Tier& tier = table.tiers[name];
        tier.name = name;
        if (setting) {
            const auto* number = std::get_if<std::int64_t>(&setting->value);
            tier.tokens_per_month = number ? std::optional(*number) : std::nullopt;
        } else if (!tier.tokens_per_month) {
            reader.problems().add(key, "is missing; write a whole number or \"unlimited\"");
        }
        reader.note(key,
                    tier.tokens_per_month ? toml_text(*tier.tokens_per_month)
                                          : toml_text(std::string("unlimited")),
                    setting ? setting->place : Place{});
    }
    table.default_tier = reader.text("default_tier", "free");
    if (!table.tiers.contains(table.default_tier)) {
        std::ranges::sort(names);
        reader.problems().add("default_tier",
                              fmt::format("there is no tier {}; write [tiers.NAME] for it, or "
                                          "choose one of {}",
                                          http::shown(table.default_tier), fmt::join(names, ", ")));
    }
    return table;
}

journal::JournalOptions read_journal(SettingReader& reader) {
    using journal::SyncMode;
    constexpr std::array<std::pair<std::string_view, SyncMode>, 2> kModes = {
        {{"interval", SyncMode::interval}, {"always", SyncMode::always}}};
    journal::JournalOptions options;
    options.sync = reader.choice<SyncMode>("journal.sync", "interval", kModes);
    options.sync_interval = std::chrono::milliseconds(
        reader.count("journal.sync_interval_ms", options.sync_interval.count(), 1, 60'000));
    options.keep =
        std::chrono::hours(reader.count("journal.keep_hours", options.keep.count(), 0, 87'600));
    options.keep_bytes = static_cast<std::uint64_t>(
        reader.size("journal.keep_bytes", "4 GiB", static_cast<std::int64_t>(options.keep_bytes)));
    return options;
}

Secret read_metrics_token(SettingReader& reader) {
    constexpr std::string_view kKey = "metrics.token_file";
    constexpr std::size_t kLeastBytes = 16;
    Secret token = reader.secret_file(kKey);
    if (!token.empty() && token.reveal().size() < kLeastBytes) {
        reader.problems().add(kKey, fmt::format("the token has {} bytes; at least {} are needed, "
                                                "as `openssl rand -hex 32` makes them",
                                                token.reveal().size(), kLeastBytes));
    }
    return token;
}

std::optional<std::filesystem::path> config_file(const ConfigFlags& flags) {
    if (flags.config) return std::filesystem::path(*flags.config);
    std::error_code error;
    if (std::filesystem::exists(kDefaultFile, error)) return std::filesystem::path(kDefaultFile);
    return std::nullopt;
}

}  // namespace

bool is_loopback(std::string_view host) {
    if (host == "localhost" || host == "::1") return true;
    const auto address = gateway::parse_cidr(host);
    return address && gateway::parse_cidr("127.0.0.0/8")->contains(address->network);
}

std::map<std::string, std::string> process_environment() {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; entry && *entry; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

Result<Config> build_config(const FileContent& content, const ConfigSources& sources) {
    Config config;
    config.demo = sources.flags.demo;
    Settings settings;
    ProblemList problems(settings);
    take_file(content, settings, problems);
    take(settings_in(sources.environment, config.unknown_environment), settings, problems);
    take(settings_in(sources.flags), settings, problems);

    SettingReader reader(settings, problems);
    read_listen(reader, config);
    read_places(reader, config);
    config.admin_users = reader.texts("auth.admin_users", {});
    config.issuers = read_issuers(reader);
    if (config.issuers.empty() && !config.demo) config.warnings.emplace_back(kOwnTokensOnly);
    config.gateway = read_gateway(reader, sources.environment);
    config.metrics_token = read_metrics_token(reader);
    config.tiers = read_tiers(reader);
    config.journal = read_journal(reader);
    if (!problems.empty()) return failure(Errc::invalid_argument, "", problems.text());
    config.entries = reader.take_entries();
    for (std::string& warning : reader.take_warnings())
        config.warnings.push_back(std::move(warning));
    return config;
}

Result<Config> load_config(const ConfigSources& sources) {
    const auto file = config_file(sources.flags);
    FileContent content;
    if (file) {
        auto read = read_config_file(*file);
        if (!read) return std::unexpected(read.error());
        content = std::move(*read);
    }
    auto config = build_config(content, sources);
    if (config) config->file = file;
    return config;
}

}  // namespace tallygate::app
