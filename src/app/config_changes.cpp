#include "app/config_changes.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tallygate::app {
namespace {

bool is_taken_up(std::string_view key) {
    constexpr auto kKeys =
        std::to_array<std::string_view>({"default_routes", "default_tier", "max_body_bytes",
                                         "trusted_proxies", "journal.on_failure"});
    constexpr auto kBeginnings =
        std::to_array<std::string_view>({"upstream.", "route ", "passthrough ", "tiers.", "cors."});
    return std::ranges::find(kKeys, key) != kKeys.end() ||
           std::ranges::any_of(kBeginnings, [&](auto begin) { return key.starts_with(begin); });
}

// Appends what stands in `entries` and not with the same value in `others`.
void add_differing(const std::vector<ConfigEntry>& entries, const std::vector<ConfigEntry>& others,
                   std::vector<std::string>& keys) {
    for (const ConfigEntry& entry : entries) {
        if (is_taken_up(entry.key)) continue;
        const auto other = std::ranges::find(others, entry.key, &ConfigEntry::key);
        const bool is_same = other != others.end() && other->value == entry.value;
        if (!is_same && std::ranges::find(keys, entry.key) == keys.end()) keys.push_back(entry.key);
    }
}

}  // namespace

std::vector<std::string> keys_for_restart(const Config& in_force, const Config& read) {
    std::vector<std::string> keys;
    add_differing(read.entries, in_force.entries, keys);
    add_differing(in_force.entries, read.entries, keys);
    // Secrets are *** in the entries, or a file's name.
    for (const auth::IssuerConfig& issuer : read.issuers) {
        const auto before =
            std::ranges::find(in_force.issuers, issuer.name, &auth::IssuerConfig::name);
        if (before == in_force.issuers.end() || before->hmac_secret == issuer.hmac_secret) continue;
        const std::string key = fmt::format("auth.issuer.{}.jwt_secret", issuer.name);
        const bool is_named = std::ranges::any_of(
            keys, [&](const std::string& known) { return known.starts_with(key); });
        if (!is_named) keys.push_back(key);
    }
    const std::string store_key = "store";  // two URLs may differ in their passwords alone
    if (in_force.store.url != read.store.url && std::ranges::find(keys, store_key) == keys.end()) {
        keys.push_back(store_key);
    }
    const std::string metrics_key = "metrics.token_file";
    if (in_force.metrics_token != read.metrics_token &&
        std::ranges::find(keys, metrics_key) == keys.end()) {
        keys.push_back(metrics_key);
    }
    return keys;
}

}  // namespace tallygate::app
