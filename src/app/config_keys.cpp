#include "app/config_keys.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "app/nearest_name.h"

namespace tallygate::app {
namespace {

constexpr std::string_view kNoTls =
    "let a proxy before this one speak TLS, and name it in trusted_proxies";
constexpr std::string_view kNoKeyPairs = "use jwt_secret_file";

constexpr auto kKeys = std::to_array<KnownKey>({
    {"listen", KeyKind::text},
    {"data", KeyKind::text},
    {"store", KeyKind::text},
    {"tls_certificate", KeyKind::unsupported, kNoTls},
    {"tls_key", KeyKind::unsupported, kNoTls},
    {"trusted_proxies", KeyKind::texts},
    {"max_body_bytes", KeyKind::size},
    {"default_tier", KeyKind::text},
    {"default_routes", KeyKind::flag},
    {"auth.admin_users", KeyKind::texts},
    {"auth.issuer.*.jwt_secret", KeyKind::secret},
    {"auth.issuer.*.jwt_secret_file", KeyKind::text},
    {"auth.issuer.*.jwt_public_key_file", KeyKind::unsupported, kNoKeyPairs},
    {"auth.issuer.*.jwks_url", KeyKind::unsupported, kNoKeyPairs},
    {"auth.issuer.*.issuer", KeyKind::text},
    {"auth.issuer.*.audience", KeyKind::text},
    {"auth.issuer.*.leeway_seconds", KeyKind::count},
    {"auth.issuer.*.claims.user", KeyKind::text},
    {"auth.issuer.*.claims.role", KeyKind::text},
    {"auth.issuer.*.claims.tier", KeyKind::text},
    {"auth.issuer.*.claims.team", KeyKind::text},
    {"auth.issuer.*.claims.email", KeyKind::text},
    {"auth.issuer.*.admin_values", KeyKind::texts},
    {"cors.origins", KeyKind::texts},
    {"upstream.*.url", KeyKind::text},
    {"upstream.*.api", KeyKind::text},
    {"upstream.*.auth", KeyKind::text},
    {"upstream.*.auth_header", KeyKind::text},
    {"upstream.*.credential_env", KeyKind::text},
    {"upstream.*.connect_timeout_seconds", KeyKind::seconds},
    {"upstream.*.first_byte_timeout_seconds", KeyKind::seconds},
    {"upstream.*.idle_timeout_seconds", KeyKind::seconds},
    {"upstream.*.pool_idle_seconds", KeyKind::seconds},
    {"route.*.match", KeyKind::text},
    {"route.*.upstream", KeyKind::text},
    {"route.*.operation", KeyKind::text},
    {"route.*.estimate_tokens", KeyKind::count},
    {"route.*.usage_pointer", KeyKind::text},
    {"passthrough.*.path", KeyKind::text},
    {"passthrough.*.upstream", KeyKind::text},
    {"metrics.token_file", KeyKind::text},
    {"tiers.*.tokens_per_month", KeyKind::tokens},
    {"journal.sync", KeyKind::text},
    {"journal.sync_interval_ms", KeyKind::count},
    {"journal.keep_hours", KeyKind::count},
    {"journal.keep_bytes", KeyKind::size},
    {"journal.on_failure", KeyKind::text},
});

// How many names of `path` the pattern takes, and whether it then is used up.
struct Match {
    std::size_t names = 0;
    bool whole = false;
};

Match match(std::string_view pattern, const KeyPath& path) {
    for (std::size_t taken = 0; taken < path.size(); ++taken) {
        const std::string_view wanted = pattern.substr(0, pattern.find('.'));
        if (wanted != "*" && wanted != path[taken]) return {taken, false};
        pattern.remove_prefix(std::min(pattern.size(), wanted.size() + 1));
        if (pattern.empty()) return {taken + 1, true};
    }
    return {path.size(), false};
}

// The name at `depth` of a key's pattern; empty behind its end.
std::string name_at(const KnownKey& key, std::size_t depth) {
    std::string_view rest = key.pattern;
    for (; depth > 0; --depth) {
        const std::size_t dot = rest.find('.');
        if (dot == std::string_view::npos) return {};
        rest.remove_prefix(dot + 1);
    }
    return std::string(rest.substr(0, rest.find('.')));
}

// upstream.NAME.url
std::string shown_pattern(const KnownKey& key) {
    const std::size_t star = key.pattern.find('*');
    if (star == std::string_view::npos) return std::string(key.pattern);
    return fmt::format("{}NAME{}", key.pattern.substr(0, star), key.pattern.substr(star + 1));
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

}  // namespace

const KnownKey* find_key(const KeyPath& path) {
    const auto* const found = std::ranges::find_if(kKeys, [&](const KnownKey& key) {
        const Match found_names = match(key.pattern, path);
        return found_names.whole && found_names.names == path.size();
    });
    return found == kKeys.end() ? nullptr : found;
}

bool is_table(const KeyPath& path) {
    return std::ranges::any_of(kKeys, [&](const KnownKey& key) {
        const Match found = match(key.pattern, path);
        return !found.whole && found.names == path.size();
    });
}

std::string unknown_key_text(const KeyPath& path) {
    const bool is_known_table = is_table(path);
    const std::string_view what =
        is_known_table ? "this is a table of keys, not a value" : "there is no such key";
    std::size_t known = 0;  // so many names are right
    for (const KnownKey& key : kKeys)
        known = std::max(known, match(key.pattern, path).names);
    known = std::min(known, path.size() - 1);

    std::vector<std::string> neighbours;
    for (const KnownKey& key : kKeys) {
        if (match(key.pattern, path).names >= known) neighbours.push_back(name_at(key, known));
    }
    auto nearest = nearest_name(path[known], neighbours);
    if (nearest && !is_known_table) {
        KeyPath meant = path;
        meant[known] = std::move(*nearest);
        return fmt::format("{}; did you mean {}?", what, key_text(meant));
    }
    for (const KnownKey& key : kKeys) {  // right, but in another table
        if (!key.pattern.ends_with("." + path.back())) continue;
        return fmt::format("{}; did you mean {}?", what, shown_pattern(key));
    }
    return std::string(what);
}

std::optional<KeyPath> path_of_variable(std::string_view name) {
    constexpr std::string_view kPrefix = "TALLYGATE_";
    if (!name.starts_with(kPrefix)) return std::nullopt;
    name.remove_prefix(kPrefix.size());
    if (name == "UPSTREAM") return KeyPath{"upstream", "app", "url"};
    if (name == "JWT_SECRET") return KeyPath{"auth", "issuer", "app", "jwt_secret"};
    if (name == "JWT_SECRET_FILE") return KeyPath{"auth", "issuer", "app", "jwt_secret_file"};
    KeyPath path;
    for (;;) {
        const std::size_t end = name.find("__");
        path.push_back(lower(name.substr(0, end)));
        if (path.back().empty()) return std::nullopt;
        if (end == std::string_view::npos) break;
        name.remove_prefix(end + 2);
    }
    if (path.front() == "route" || path.front() == "passthrough" || !find_key(path)) {
        return std::nullopt;
    }
    return path;
}

}  // namespace tallygate::app
