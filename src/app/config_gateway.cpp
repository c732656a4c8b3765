// Upstreams, routes and what goes through.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "app/config_parts.h"
#include "http/grammar.h"

namespace tallygate::app {
namespace {

using gateway::ProviderApi;
using gateway::RouteConfig;
using gateway::UpstreamAuth;
using gateway::UpstreamConfig;

constexpr std::string_view kDefaultUpstream = "app";
constexpr std::string_view kDefaultUrl = "http://127.0.0.1:9000";
constexpr std::array<std::pair<std::string_view, ProviderApi>, 5> kApis = {
    {{"none", ProviderApi::none},
     {"openai", ProviderApi::openai},
     {"anthropic", ProviderApi::anthropic},
     {"gemini", ProviderApi::gemini},
     {"ollama", ProviderApi::ollama}}};
constexpr std::array<std::pair<std::string_view, UpstreamAuth>, 4> kAuths = {
    {{"forward", UpstreamAuth::forward},
     {"strip", UpstreamAuth::strip},
     {"bearer", UpstreamAuth::bearer},
     {"header", UpstreamAuth::header}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> kOnFailure = {
    {{"refuse", false}, {"serve_unmetered", true}}};

void read_url(SettingReader& reader, const std::string& key, UpstreamConfig& upstream) {
    const std::string url_key = child_key(key, "url");
    const bool is_default = upstream.name == kDefaultUpstream;
    if (!is_default && !reader.settings().find(url_key)) {
        reader.problems().add(url_key, "is missing; write it as http://HOST[:PORT][/BASE]");
        return;
    }
    auto url = gateway::parse_upstream_url(reader.text(url_key, kDefaultUrl));
    if (!url) {
        reader.problems().add(url_key, url.error().message);
        return;
    }
    upstream.host = std::move(url->host);
    upstream.port = url->port;
    upstream.base_path = std::move(url->base_path);
}

void read_credential(SettingReader& reader, const std::string& key, UpstreamConfig& upstream,
                     const std::map<std::string, std::string>& environment) {
    const std::string env_key = child_key(key, "credential_env");
    const std::string name = reader.optional_text(env_key);
    if (name.empty()) return;
    const auto found = environment.find(name);
    if (found == environment.end() || found->second.empty()) {
        reader.problems().add(env_key, fmt::format("the environment variable {} is not set; set it "
                                                   "to the credential",
                                                   name));
        return;
    }
    upstream.credential = Secret(found->second);
}

UpstreamConfig read_upstream(SettingReader& reader, const std::string& name,
                             const std::map<std::string, std::string>& environment) {
    using std::chrono::milliseconds;
    const std::string key = child_key("upstream", name);
    UpstreamConfig upstream;
    upstream.name = name;
    read_url(reader, key, upstream);
    upstream.api = reader.choice<ProviderApi>(child_key(key, "api"), "none", kApis);
    upstream.auth = reader.choice<UpstreamAuth>(
        child_key(key, "auth"), upstream.api == ProviderApi::none ? "forward" : "strip", kAuths);
    upstream.auth_header = reader.optional_text(child_key(key, "auth_header"));
    read_credential(reader, key, upstream, environment);
    for (const auto& [member, timeout, least] :
         {std::tuple{"connect_timeout_seconds", &upstream.connect_timeout, milliseconds{1}},
          std::tuple{"first_byte_timeout_seconds", &upstream.first_byte_timeout, milliseconds{1}},
          std::tuple{"idle_timeout_seconds", &upstream.idle_timeout, milliseconds{1}},
          std::tuple{"pool_idle_seconds", &upstream.pool_idle, milliseconds{0}}}) {
        *timeout = reader.seconds(child_key(key, member), *timeout, least);
    }
    return upstream;
}

// A route of the table and where it was written.
struct PlacedRoute {
    RouteConfig route;
    Place place;
};

std::string route_key(const RouteConfig& route) {
    return fmt::format("route \"{} {}\"", route.method, route.pattern);
}

// A pattern without the names in its braces, which make no difference to what it takes.
std::string without_names(std::string_view pattern) {
    std::string out;
    bool in_name = false;
    for (const char c : pattern) {
        if (c == '}') in_name = false;
        if (!in_name) out += c;
        if (c == '{') in_name = true;
    }
    return out;
}

// What takes the same calls replaces.
void put(std::vector<PlacedRoute>& routes, PlacedRoute added) {
    const auto same = std::ranges::find_if(routes, [&](const PlacedRoute& known) {
        return known.route.method == added.route.method &&
               without_names(known.route.pattern) == without_names(added.route.pattern);
    });
    if (same != routes.end()) {
        *same = std::move(added);
    } else {
        routes.push_back(std::move(added));
    }
}

bool read_match(SettingReader& reader, const std::string& key, RouteConfig& route) {
    const Setting* setting = reader.settings().find(key);
    if (!setting) {
        reader.problems().add(key, "is missing; write it as \"POST /ai/chat\"");
        return false;
    }
    const std::string& text = std::get<std::string>(setting->value);
    const std::size_t space = text.find(' ');
    route.method = text.substr(0, space);
    if (space != std::string::npos) route.pattern = text.substr(space + 1);
    const bool has_lower =
        std::ranges::any_of(route.method, [](char c) { return c >= 'a' && c <= 'z'; });
    if (route.pattern.starts_with('/') && !route.method.empty() && !has_lower) return true;
    reader.problems().add(
        key, fmt::format("{} is not a method in capitals and a path; write it as \"POST /ai/chat\"",
                         http::shown(text)));
    return false;
}

// Values of a list's table are not noted one by one; the route is, as a whole.
std::string member_text(const SettingReader& reader, const std::string& key,
                        std::string_view fallback) {
    const Setting* setting = reader.settings().find(key);
    return setting ? std::get<std::string>(setting->value) : std::string(fallback);
}

std::optional<PlacedRoute> read_route(SettingReader& reader, const std::string& number) {
    const std::string key = child_key("route", number);
    if (reader.problems().has_in(key)) return std::nullopt;
    RouteConfig route;
    if (!read_match(reader, child_key(key, "match"), route)) return std::nullopt;
    route.upstream = member_text(reader, child_key(key, "upstream"), kDefaultUpstream);
    route.operation = member_text(reader, child_key(key, "operation"), "");
    route.usage_pointer = member_text(reader, child_key(key, "usage_pointer"), "");
    if (const Setting* setting = reader.settings().find(child_key(key, "estimate_tokens"))) {
        route.estimate_tokens = std::get<std::int64_t>(setting->value);
    }
    for (const char* member :
         {"match", "upstream", "operation", "estimate_tokens", "usage_pointer"}) {
        reader.set_place(fmt::format("{}.{}", route_key(route), member),
                         reader.settings().place_of(child_key(key, member)));
    }
    return PlacedRoute{std::move(route), reader.settings().place_of(child_key(key, "match"))};
}

std::string shown_route(const RouteConfig& route) {
    std::string text =
        fmt::format("{{ upstream = {}, operation = {}, estimate_tokens = {}",
                    toml_text(route.upstream), toml_text(route.operation), route.estimate_tokens);
    if (!route.usage_pointer.empty()) {
        text += fmt::format(", usage_pointer = {}", toml_text(route.usage_pointer));
    }
    return text + " }";
}

std::string_view api_name(ProviderApi api) {
    return api == ProviderApi::none ? "" : kApis[static_cast<std::size_t>(api)].first;
}

void read_routes(SettingReader& reader, gateway::GatewayConfig& config, bool default_routes) {
    std::vector<PlacedRoute> routes;
    if (default_routes) {
        for (RouteConfig& route : gateway::default_routes(kDefaultUpstream)) {
            put(routes, {std::move(route), Place{}});
        }
    }
    for (const UpstreamConfig& upstream : config.upstreams) {
        const Place place =
            reader.settings().place_of(child_key(child_key("upstream", upstream.name), "api"));
        for (RouteConfig& route : gateway::provider_routes(upstream.api, upstream.name)) {
            put(routes, {std::move(route), place});
        }
    }
    for (const std::string& number : reader.settings().names_under("route")) {
        auto added = read_route(reader, number);
        if (!added) continue;
        const auto upstream =
            std::ranges::find(config.upstreams, added->route.upstream, &UpstreamConfig::name);
        if (upstream != config.upstreams.end()) added->route.provider = api_name(upstream->api);
        put(routes, std::move(*added));
    }
    for (PlacedRoute& placed : routes) {
        reader.note(route_key(placed.route), shown_route(placed.route), placed.place);
        config.routes.push_back(std::move(placed.route));
    }
}

void read_passthroughs(SettingReader& reader, gateway::GatewayConfig& config) {
    for (const std::string& number : reader.settings().names_under("passthrough")) {
        const std::string key = child_key("passthrough", number);
        const std::string path_key = child_key(key, "path");
        const Setting* path = reader.settings().find(path_key);
        if (!path) {
            reader.problems().add(path_key,
                                  "is missing; write it as \"/docs/*\", or \"/*\" for all");
            continue;
        }
        gateway::PassthroughConfig through{
            std::get<std::string>(path->value),
            member_text(reader, child_key(key, "upstream"), kDefaultUpstream)};
        const std::string shown_key = fmt::format("passthrough \"{}\"", through.path);
        reader.set_place(shown_key + ".path", path->place);
        reader.set_place(shown_key + ".upstream",
                         reader.settings().place_of(child_key(key, "upstream")));
        reader.note(shown_key, fmt::format("{{ upstream = {} }}", toml_text(through.upstream)),
                    path->place);
        config.passthroughs.push_back(std::move(through));
    }
}

void read_trusted_proxies(SettingReader& reader, gateway::GatewayConfig& config) {
    for (const std::string& text : reader.texts("trusted_proxies", {})) {
        if (auto range = gateway::parse_cidr(text)) {
            config.trusted_proxies.push_back(*range);
        } else {
            reader.problems().add("trusted_proxies", range.error().message);
        }
    }
}

}  // namespace

bool is_plain_name(SettingReader& reader, std::string_view table, std::string_view name) {
    const std::string key = child_key(table, name);
    if (key == fmt::format("{}.{}", table, name)) return true;
    reader.problems().add(key, "a name here is made of letters, digits, - and _; choose another");
    return false;
}

gateway::GatewayConfig read_gateway(SettingReader& reader,
                                    const std::map<std::string, std::string>& environment) {
    gateway::GatewayConfig config;
    read_trusted_proxies(reader, config);
    config.max_body_bytes = static_cast<std::uint64_t>(
        reader.size("max_body_bytes", "200 MiB", static_cast<std::int64_t>(config.max_body_bytes)));
    config.cors_origins = reader.texts("cors.origins", {});
    config.serve_unmetered_on_failure =
        reader.choice<bool>("journal.on_failure", "refuse", kOnFailure);

    const bool default_routes = reader.flag("default_routes", true);
    std::vector<std::string> names = reader.settings().names_under("upstream");
    if ((default_routes || names.empty()) &&
        std::ranges::find(names, kDefaultUpstream) == names.end()) {
        names.insert(names.begin(), std::string(kDefaultUpstream));
    }
    for (const std::string& name : names) {
        if (!is_plain_name(reader, "upstream", name)) continue;
        config.upstreams.push_back(read_upstream(reader, name, environment));
    }
    read_routes(reader, config, default_routes);
    read_passthroughs(reader, config);
    for (const std::string& line : gateway::problems_of(config))
        reader.problems().add_line(line);
    return config;
}

}  // namespace tallygate::app
