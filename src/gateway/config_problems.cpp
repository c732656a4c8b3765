// What is wrong with a gateway's configuration as a whole.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "gateway/gateway_config.h"
#include "http/grammar.h"
#include "http/router.h"

namespace tallygate::gateway {
namespace {

using Problems = std::vector<std::string>;

constexpr std::string_view name_of(ProviderApi api) {
    constexpr std::array<std::string_view, 5> kNames = {"none", "openai", "anthropic", "gemini",
                                                        "ollama"};
    return kNames[static_cast<std::size_t>(api)];
}

// A field that we or the message's framing set must not become the credential's.
bool may_hold_credential(std::string_view field) {
    constexpr std::array<std::string_view, 9> kTaken = {
        "host", "content-length", "transfer-encoding", "connection", "upgrade", "trailer",
        "te",   "expect",         "x-request-id"};
    return std::ranges::none_of(
               kTaken, [&](std::string_view taken) { return http::iequals(field, taken); }) &&
           !http::iequals(field.substr(0, 12), "x-tallygate-") &&
           !http::iequals(field.substr(0, 12), "x-forwarded-");
}

void check_credential(const UpstreamConfig& upstream, Problems& problems) {
    const auto add = [&](std::string_view key, std::string text) {
        problems.push_back(fmt::format("upstream.{}.{}: {}", upstream.name, key, text));
    };
    if (upstream.auth == UpstreamAuth::forward && upstream.api != ProviderApi::none) {
        add("auth",
            fmt::format("\"forward\" would hand your users' tokens to {}; use \"bearer\" or "
                        "\"header\" with credential_env, or \"strip\"",
                        name_of(upstream.api)));
    }
    if (upstream.auth != UpstreamAuth::bearer && upstream.auth != UpstreamAuth::header) return;
    const std::string_view kind = upstream.auth == UpstreamAuth::bearer ? "bearer" : "header";
    if (upstream.credential.empty()) {
        add("credential_env", fmt::format("auth = \"{}\" needs a credential; name the environment "
                                          "variable that holds it",
                                          kind));
    } else if (!http::is_field_text(upstream.credential.reveal())) {
        add("credential_env", "the credential holds a line break or another control character");
    }
    if (upstream.auth != UpstreamAuth::header) return;
    if (!http::is_token(upstream.auth_header)) {
        add("auth_header",
            fmt::format("{} is not the name of a header; auth = \"header\" needs one, such as "
                        "\"X-Api-Key\"",
                        http::shown(upstream.auth_header)));
    } else if (!may_hold_credential(upstream.auth_header)) {
        add("auth_header", fmt::format("{} is set by the gateway itself; choose another",
                                       http::shown(upstream.auth_header)));
    }
}

void check_upstreams(const GatewayConfig& config, Problems& problems) {
    for (std::size_t i = 0; i < config.upstreams.size(); ++i) {
        const UpstreamConfig& upstream = config.upstreams[i];
        check_credential(upstream, problems);
        for (std::size_t k = 0; k < i; ++k) {
            const UpstreamConfig& other = config.upstreams[k];
            if (other.name == upstream.name) {
                problems.push_back(fmt::format("upstream.{}: this name is there twice; rename one",
                                               upstream.name));
            } else if (other.api == upstream.api && upstream.api != ProviderApi::none) {
                problems.push_back(fmt::format(
                    "upstream.{}.api: upstream.{} takes the routes of \"{}\" already; leave it out "
                    "here and write a [[route]] for each",
                    upstream.name, other.name, name_of(upstream.api)));
            }
        }
    }
}

// Whether a path is one that is never looked up among the routes.
bool is_our_own(std::string_view path) {
    return path == "/health" || path.starts_with("/ai/usage/") || path.starts_with("/tallygate/");
}

// It is stored with each event and is a name in every view.
constexpr std::size_t kOperationBytes = 64;
bool is_operation(std::string_view name) {
    return name.size() <= kOperationBytes && std::ranges::all_of(name, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '-' || c == '_';
           });
}

// RFC 6901; empty stands for the whole document, and here for none.
bool is_json_pointer(std::string_view text) {
    if (!text.empty() && text.front() != '/') return false;
    for (std::size_t at = text.find('~'); at != std::string_view::npos;
         at = text.find('~', at + 1)) {
        const std::string_view escaped = text.substr(at + 1, 1);
        if (escaped != "0" && escaped != "1") return false;
    }
    return true;
}

// A path as it counts where case and a trailing slash do not.
std::string folded(std::string_view path) {
    if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    std::string out(path);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

// Checks what a `[[route]]` and a `[[passthrough]]` have in common.
class PathCheck {
public:
    PathCheck(const GatewayConfig& config, Problems& problems)
        : config_(config), problems_(problems) {}

    void route(const RouteConfig& route) {
        const std::string key = fmt::format("route \"{} {}\"", route.method, route.pattern);
        upstream(key, route.upstream);
        const auto added = metered_.add(route.method, route.pattern, 0);
        if (!added) {
            add(key, "match", added.error().message);
        } else if (is_our_own(route.pattern)) {
            add(key, "match", "this path is Tallygate's own and never reaches a route");
        }
        patterns_.insert(folded(route.pattern));
        if (route.operation.empty()) {
            add(key, "operation", "is missing; name what a call does, such as \"chat\"");
        } else if (!is_operation(route.operation)) {
            add(key, "operation",
                fmt::format("{} is not a name of 1 to {} letters, digits, \".\", \"-\" and \"_\"",
                            http::shown(route.operation), kOperationBytes));
        }
        if (route.estimate_tokens < 0) {
            add(key, "estimate_tokens", fmt::format("{} is below zero", route.estimate_tokens));
        }
        if (!is_json_pointer(route.usage_pointer)) {
            add(key, "usage_pointer",
                fmt::format("{} is not a JSON pointer; write it as \"/usage\"",
                            http::shown(route.usage_pointer)));
        }
    }

    // After every route.
    void passthrough(const PassthroughConfig& through) {
        const std::string key = fmt::format("passthrough \"{}\"", through.path);
        upstream(key, through.upstream);
        const auto added = http::Router().add("*", through.path, 0);
        if (!added) {
            add(key, "path", added.error().message);
        } else if (is_our_own(through.path)) {
            add(key, "path", "this path is Tallygate's own and never goes through");
        } else if (is_metered(through.path)) {
            add(key, "path",
                "a metered route takes this path, or one that differs in case or a trailing slash "
                "alone; leave one of them out");
        }
    }

private:
    void add(std::string_view key, std::string_view member, std::string_view text) {
        problems_.push_back(fmt::format("{}.{}: {}", key, member, text));
    }
    void upstream(std::string_view key, std::string_view name) {
        if (std::ranges::find(config_.upstreams, name, &UpstreamConfig::name) !=
            config_.upstreams.end()) {
            return;
        }
        std::vector<std::string_view> names;
        for (const UpstreamConfig& known : config_.upstreams)
            names.push_back(known.name);
        add(key, "upstream",
            fmt::format("there is no upstream {}; write [upstream.NAME] with its url, or take one "
                        "that is there: {}",
                        http::shown(name), fmt::join(names, ", ")));
    }
    bool is_metered(std::string_view path) const {
        const bool is_literal = path.find_first_of("{*") == std::string_view::npos;
        return patterns_.contains(folded(path)) || (is_literal && metered_.shadows(path));
    }

    const GatewayConfig& config_;
    Problems& problems_;
    http::Router metered_;
    std::set<std::string> patterns_;
};

// "https://app.example", with a port where it has one: what a browser sends as Origin.
bool is_origin(std::string_view text) {
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos || scheme == 0) return false;
    const std::string_view host = text.substr(scheme + 3);
    const auto is_origin_char = [](char c) {
        return c > 0x20 && c < 0x7f && !(c >= 'A' && c <= 'Z') &&
               std::string_view("/?#@*,\"\\").find(c) == std::string_view::npos;
    };
    // A browser leaves the scheme's own port out.
    const bool has_default_port = (text.starts_with("http://") && host.ends_with(":80")) ||
                                  (text.starts_with("https://") && host.ends_with(":443"));
    return !host.empty() && !has_default_port && std::ranges::all_of(host, is_origin_char) &&
           std::ranges::all_of(text.substr(0, scheme), is_origin_char);
}

}  // namespace

std::vector<std::string> problems_of(const GatewayConfig& config) {
    Problems problems;
    check_upstreams(config, problems);
    PathCheck paths(config, problems);
    for (const RouteConfig& route : config.routes)
        paths.route(route);
    for (const PassthroughConfig& through : config.passthroughs)
        paths.passthrough(through);
    for (const std::string& origin : config.cors_origins) {
        if (is_origin(origin)) continue;
        problems.push_back(fmt::format(
            "cors.origins: {} is not an origin; write it as browsers send it, in lower "
            "case, without a path and without the scheme's own port: \"https://app.example\"",
            http::shown(origin)));
    }
    return problems;
}

}  // namespace tallygate::gateway
