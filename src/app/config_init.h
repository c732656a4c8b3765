// `tallygate config init`.
#pragma once

#include <filesystem>
#include <string>

#include "app/config.h"
#include "base/result.h"

namespace tallygate::app {

struct InitReport {
    std::filesystem::path file;  // that was written
    std::filesystem::path data;  // where jwt.secret is
};

// Writes a commented configuration file (to --config, else ./tallygate.toml), with what --data and
// --store say in it, and makes the data directory (0700) with the secret of the issuer `tallygate`.
// Fails with conflict where the file is there, as load_config does where flags or environment are
// wrong, and with unavailable where the disk refuses; no configuration is written then.
Result<InitReport> init_config(const ConfigSources& sources);

// That file's content.
std::string config_template(const ConfigFlags& flags);

}  // namespace tallygate::app
