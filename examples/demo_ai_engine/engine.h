// A make-believe AI engine: the nine endpoints of an AI application, with plausible answers, delays
// and failures.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "http/exchange.h"

namespace tallygate::demo {

struct EngineOptions {
    std::uint64_t seed = 1;
    double latency_scale = 1.0;  // 0 answers at once
    double failure_rate = 0.02;  // of calls: half answer 500, half break off
};

// POST /ai/chat, /ai/summarize, /ai/qa, /ai/mindmap take JSON and answer JSON; …/stream answers
// server-sent events; /ai/qa/file and /ai/upload take any body, multipart or not, as a stream, and
// answer its size and SHA-256. Every answer carries `usage`. GET /ready answers 200. One per loop,
// on the loop's thread.
class Engine final : public http::ExchangeHandler {
public:
    explicit Engine(const EngineOptions& options) : options_(options), random_(options.seed) {}

    http::Task<void> handle(http::Exchange& exchange) override;

private:
    enum class Fate : std::uint8_t { answer, fail, break_off };
    Fate draw_fate();
    std::chrono::milliseconds draw_delay(double typical_ms);

    http::Task<void> answer_json(http::Exchange& exchange, std::string_view operation);
    http::Task<void> answer_stream(http::Exchange& exchange, std::string_view operation);
    http::Task<void> answer_file(http::Exchange& exchange, std::string_view operation);
    std::string sentence(std::size_t words);

    EngineOptions options_;
    std::mt19937_64 random_;
};

}  // namespace tallygate::demo
