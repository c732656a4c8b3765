// The routes that are metered without a word in the configuration.
#include <array>

#include "gateway/gateway_config.h"

namespace tallygate::gateway {
namespace {

struct KnownRoute {
    std::string_view pattern;
    std::string_view operation;
    std::int64_t estimate_tokens = 0;
};

constexpr std::array<KnownRoute, 9> kApplication = {
    {{"/ai/chat", "chat", 500},
     {"/ai/chat/stream", "chat_stream", 750},
     {"/ai/summarize", "summarize", 1'000},
     {"/ai/summarize/stream", "summarize_stream", 1'000},
     {"/ai/qa", "qa", 800},
     {"/ai/qa/stream", "qa_stream", 800},
     {"/ai/qa/file", "qa_file", 800},
     {"/ai/mindmap", "mindmap", 2'000},
     {"/ai/upload", "upload", 0}}};

// OpenAI's own paths, then Azure's: by deployment, and its paths without one.
constexpr std::array<KnownRoute, 11> kOpenai = {
    {{"/v1/chat/completions", "chat"},
     {"/v1/completions", "completion"},
     {"/v1/responses", "response"},
     {"/v1/embeddings", "embedding"},
     {"/openai/deployments/{deployment}/chat/completions", "chat"},
     {"/openai/deployments/{deployment}/completions", "completion"},
     {"/openai/deployments/{deployment}/embeddings", "embedding"},
     {"/openai/responses", "response"},
     {"/openai/v1/chat/completions", "chat"},
     {"/openai/v1/responses", "response"},
     {"/openai/v1/embeddings", "embedding"}}};
constexpr std::array<KnownRoute, 1> kAnthropic = {{{"/v1/messages", "chat"}}};
constexpr std::array<KnownRoute, 2> kGemini = {
    {{"/v1beta/models/{model}:generateContent", "chat"},
     {"/v1beta/models/{model}:streamGenerateContent", "chat"}}};
constexpr std::array<KnownRoute, 2> kOllama = {{{"/api/chat", "chat"}, {"/api/generate", "chat"}}};

// What all routes of a table share.
struct Common {
    std::string_view upstream;
    std::string_view provider;
};

template <std::size_t N>
std::vector<RouteConfig> posts(const std::array<KnownRoute, N>& known, const Common& common) {
    std::vector<RouteConfig> routes;
    for (const KnownRoute& route : known) {
        routes.push_back({.method = "POST",
                          .pattern = std::string(route.pattern),
                          .upstream = std::string(common.upstream),
                          .operation = std::string(route.operation),
                          .estimate_tokens = route.estimate_tokens,
                          .provider = std::string(common.provider)});
    }
    return routes;
}

}  // namespace

std::vector<RouteConfig> default_routes(std::string_view upstream) {
    return posts(kApplication, {.upstream = upstream});
}

std::vector<RouteConfig> provider_routes(ProviderApi api, std::string_view upstream) {
    switch (api) {
        case ProviderApi::none:
            break;
        case ProviderApi::openai:
            return posts(kOpenai, {upstream, "openai"});
        case ProviderApi::anthropic:
            return posts(kAnthropic, {upstream, "anthropic"});
        case ProviderApi::gemini:
            return posts(kGemini, {upstream, "gemini"});
        case ProviderApi::ollama:
            return posts(kOllama, {upstream, "ollama"});
    }
    return {};
}

}  // namespace tallygate::gateway
