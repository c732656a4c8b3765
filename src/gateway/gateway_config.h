// What configuration says about the gateway. Values, filled by app/config.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace tallygate::gateway {

// What becomes of the client's Authorization on its way to an upstream.
enum class UpstreamAuth : std::uint8_t {
    forward,  // as it came; never a token that we signed
    strip,    // removed
    bearer,   // replaced: Authorization: Bearer <credential>
    header,   // removed, and `auth_header: <credential>` set
};

// The provider whose routes an upstream adds.
enum class ProviderApi : std::uint8_t { none, openai, anthropic, gemini, ollama };

struct UpstreamConfig {
    std::string name;
    std::string host;  // a name or an address, without brackets
    std::uint16_t port = 80;
    std::string base_path;  // put before every path; empty or "/x", without a trailing slash
    ProviderApi api = ProviderApi::none;
    UpstreamAuth auth = UpstreamAuth::forward;
    std::string auth_header;  // of UpstreamAuth::header
    Secret credential;        // of bearer and header
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds first_byte_timeout{600'000};
    std::chrono::milliseconds idle_timeout{300'000};
    std::chrono::milliseconds pool_idle{1'500};
};

// The parts of http://HOST[:PORT][/BASE]; invalid_argument on anything else, saying what.
struct UpstreamUrl {
    std::string host;
    std::uint16_t port = 80;
    std::string base_path;
};
Result<UpstreamUrl> parse_upstream_url(std::string_view url);

struct RouteConfig {
    std::string method;
    std::string pattern;  // the event's `endpoint`
    std::string upstream;
    std::string operation;
    std::int64_t estimate_tokens = 0;
    std::string usage_pointer;  // JSON pointer into the answer; empty: it carries no usage
    std::string provider;       // openai …, whose calls are recorded without tokens; empty for
                                // applications
};

struct PassthroughConfig {
    std::string path;  // a router pattern
    std::string upstream;
};

// An address range: "10.0.0.0/8", "::1", "192.168.1.7".
struct Cidr {
    std::array<std::uint8_t, 16> network{};  // IPv4 as ::ffff:a.b.c.d
    int prefix_bits = 128;

    bool contains(const std::array<std::uint8_t, 16>& address) const;
};
Result<Cidr> parse_cidr(std::string_view text);

struct GatewayConfig {
    std::vector<UpstreamConfig> upstreams;
    std::vector<RouteConfig> routes;
    std::vector<PassthroughConfig> passthroughs;
    std::vector<std::string> cors_origins;
    std::vector<Cidr> trusted_proxies;
    std::uint64_t max_body_bytes = std::uint64_t{200} << 20;
    bool serve_unmetered_on_failure = false;  // journal.on_failure
};

// The seed's nine endpoints, to `upstream`.
std::vector<RouteConfig> default_routes(std::string_view upstream);
// The routes that a provider's API adds, to `upstream`.
std::vector<RouteConfig> provider_routes(ProviderApi api, std::string_view upstream);

// Every problem in `config` that single values do not show (a route to an upstream that is not
// there, a bad pattern, a provider that the client's token would be forwarded to), as one line each
// that names the key and the mend.
std::vector<std::string> problems_of(const GatewayConfig& config);

}  // namespace tallygate::gateway
