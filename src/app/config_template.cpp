// The commented tallygate.toml that `config init` writes.
#include <fmt/format.h>

#include "app/config_init.h"
#include "app/setting_reader.h"

namespace tallygate::app {
namespace {

constexpr std::string_view kHead =
    R"(# Tallygate's configuration. What is commented out is the default, or an example.
# Stronger than this file are the environment (TALLYGATE_ and the key in capitals, "__" for the dot:
# TALLYGATE_JOURNAL__SYNC) and flags. `tallygate config check` checks it, `tallygate config show`
# prints what is in force and where it came from. Relative paths begin at the working directory.

# Where clients reach it; "0.0.0.0:8000" for every interface.
# listen = "127.0.0.1:8000"

# The folder for the journal, its state and the embedded database.
)";

constexpr std::string_view kStoreHead = R"(
# The database: "sqlite:" (usage.db in the data folder), "sqlite:PATH", "mongodb://HOST/DATABASE",
# which several nodes may share, or "memory:" for tests.
)";

constexpr std::string_view kRest = R"(
# Proxies before this one, as addresses or ranges, whose X-Forwarded-* are kept and extended.
# trusted_proxies = ["10.0.0.0/8"]

# The largest body that is taken of a client.
# max_body_bytes = "200 MiB"

# The tier of a user whom nothing gives another.
# default_tier = "free"

# The routes /ai/chat, /ai/qa and so on, to the upstream "app".
# default_routes = true

[auth]
# User ids that are administrators without a claim in their token.
# admin_users = ["alice@example.com"]

# Whose tokens are taken: your application's, signed with a shared secret (HS256, HS384, HS512) of at
# least 32 bytes. Any number of issuers. TALLYGATE_JWT_SECRET sets the secret of the one called "app".
# [auth.issuer.app]
# jwt_secret_file = "/etc/tallygate/app.secret"
# issuer = "https://app.example"      # checked against iss, where it is set
# audience = "tallygate"              # checked against aud, where it is set
# leeway_seconds = 60
# claims = { user = "/sub", role = "/role", tier = "/tier", team = "/team", email = "/email" }
# admin_values = ["admin"]            # of the role, which may be a text or a list

[cors]
# Pages whose scripts may call. Without any, preflights go to the upstream.
# origins = ["https://app.example"]

# Your AI application, or a provider's API.
[upstream.app]
# url = "http://127.0.0.1:9000"
# api = "none"                        # openai, anthropic, gemini, ollama: adds that provider's routes
# auth = "forward"                    # the client's Authorization goes along; "strip": it does not;
#                                     # "bearer", "header": credential_env's content instead.
#                                     # With an api: "strip"
# auth_header = "X-Api-Key"           # of auth = "header"
# credential_env = "APP_KEY"          # the environment variable that holds the credential
# connect_timeout_seconds = 5
# first_byte_timeout_seconds = 600
# idle_timeout_seconds = 300
# pool_idle_seconds = 1.5

# Another path that is metered; the same match as a route that is there replaces it. {id} stands for
# one segment of the path.
# [[route]]
# match = "POST /ai/chat/{id}"
# upstream = "app"
# operation = "chat"
# estimate_tokens = 500               # counted where the answer says nothing
# usage_pointer = "/usage"            # where the answer says what it used

# What no route takes goes through, unmetered and without a token. Without any: 404.
# [[passthrough]]
# path = "/*"
# upstream = "app"

[metrics]
# A token for scrapers of /tallygate/metrics, beside administrators.
# token_file = "/etc/tallygate/metrics.token"

# Tokens that a user may use in a month (UTC): a whole number or "unlimited".
[tiers.free]
# tokens_per_month = 10000
[tiers.basic]
# tokens_per_month = 50000
[tiers.pro]
# tokens_per_month = 200000
[tiers.enterprise]
# tokens_per_month = 1000000

[journal]
# "interval": a power cut loses at most the last few milliseconds; "always": nothing, answers wait
# for the disk.
# sync = "interval"
# sync_interval_ms = 5
# How long, and how much at most, is kept of what is in the database already.
# keep_hours = 24
# keep_bytes = "4 GiB"
# When nothing can be written: "refuse" calls, or "serve_unmetered": counted and alarmed.
# on_failure = "refuse"
)";

std::string line(std::string_view key, const std::optional<std::string>& given,
                 std::string_view fallback) {
    return fmt::format("{}{} = {}\n", given ? "" : "# ", key,
                       toml_text(given.value_or(std::string(fallback))));
}

}  // namespace

std::string config_template(const ConfigFlags& flags) {
    std::string text(kHead);
    text += line("data", flags.data, "./tallygate-data");
    text += kStoreHead;
    text += line("store", flags.store, "sqlite:");
    text += kRest;
    return text;
}

}  // namespace tallygate::app
