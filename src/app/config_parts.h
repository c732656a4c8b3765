// How a Config is put together, for those who make one.
#pragma once

#include "app/config.h"
#include "app/setting_reader.h"

namespace tallygate::app {

// What load_config does, with the file's content given.
Result<Config> build_config(const FileContent& content, const ConfigSources& sources);

// upstream.*, route, passthrough, cors, trusted_proxies, max_body_bytes, journal.on_failure.
// Credentials come from `environment`.
gateway::GatewayConfig read_gateway(SettingReader& reader,
                                    const std::map<std::string, std::string>& environment);

// auth.issuer.*, without our own.
std::vector<auth::IssuerConfig> read_issuers(SettingReader& reader);

// Whether `host`, a name or an address, is this machine's loopback.
bool is_loopback(std::string_view host);

// `name` in `table` must be letters, digits, - and _; a problem where it is not.
bool is_plain_name(SettingReader& reader, std::string_view table, std::string_view name);

}  // namespace tallygate::app
