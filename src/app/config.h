// What the server runs with, from flags, environment, tallygate.toml and defaults.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "auth/authenticator.h"
#include "base/result.h"
#include "base/secret.h"
#include "gateway/gateway_config.h"
#include "journal/journal.h"
#include "store/usage_store.h"
#include "usage/tier.h"

namespace tallygate::app {

// What the command line says; each beats every other source.
struct ConfigFlags {
    std::optional<std::string> config;  // --config FILE
    std::optional<std::string> data;
    std::optional<std::string> store;
    std::optional<std::string> listen;
    std::optional<std::string> upstream;
    bool demo = false;

    bool operator==(const ConfigFlags&) const = default;
};

struct ConfigSources {
    ConfigFlags flags;
    std::map<std::string, std::string> environment;  // all of it: credentials are looked up in it
};
// The environment of this process.
std::map<std::string, std::string> process_environment();

// One line of `config show`: KEY = VALUE   # ORIGIN. Secrets are *** already.
struct ConfigEntry {
    std::string key;
    std::string value;   // as TOML
    std::string origin;  // "default", "tallygate.toml:12", "TALLYGATE_LISTEN", "--listen"

    bool operator==(const ConfigEntry&) const = default;
};

struct Config {
    std::filesystem::path data;
    std::string listen_host;  // a name or an address, without brackets
    std::uint16_t listen_port = 0;
    store::StoreOptions store;
    TierTable tiers;
    std::vector<auth::IssuerConfig> issuers;
    std::vector<std::string> admin_users;
    gateway::GatewayConfig gateway;
    journal::JournalOptions journal;
    Secret metrics_token;  // empty: none
    bool demo = false;

    std::optional<std::filesystem::path> file;     // that was read
    std::vector<ConfigEntry> entries;              // every value in force
    std::vector<std::string> warnings;             // sound, but not wise: a line for each
    std::vector<std::string> unknown_environment;  // TALLYGATE_ names that stand for no key
};

// Fails with invalid_argument where anything is wrong; the message then has a line for each
// problem, `[PLACE: ]KEY: what and the mend`, and no secret. Reads the configuration file and the
// files that hold secrets; makes and changes nothing.
Result<Config> load_config(const ConfigSources& sources);

// Adds the issuer `tallygate` behind all others, with the secret in DATA/jwt.secret, which is made
// (0600, 64 hexadecimal digits) where it is missing. The data directory must be there. Fails with
// unavailable where the disk refuses, with data_loss where the file holds no secret of ours.
Result<void> add_own_issuer(Config& config);
// That secret, for `tallygate token`; not_found where nothing has made it yet.
Result<Secret> read_own_secret(const std::filesystem::path& data);

}  // namespace tallygate::app
