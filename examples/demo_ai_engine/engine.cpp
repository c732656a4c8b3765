#include "engine.h"

#include <array>
#include <memory>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/json_writer.h"

namespace tallygate::demo {

using http::Task;

namespace {

constexpr std::size_t kMaxPrompt = std::size_t{1} << 20;
constexpr std::array<std::string_view, 24> kWords = {
    "usage", "grows", "with",   "every",  "question", "while",  "a",   "model",
    "reads", "the",   "prompt", "and",    "writes",   "tokens", "one", "by",
    "until", "an",    "answer", "stands", "there",    "to",     "be",  "counted"};

// SHA-256 of what passes.
class Digest {
public:
    Digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
        EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
    }
    void add(std::string_view bytes) {
        EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
    }
    std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
        unsigned size = 0;
        EVP_DigestFinal_ex(context_.get(), bytes.data(), &size);
        std::string text;
        for (unsigned i = 0; i < size; ++i)
            text += fmt::format("{:02x}", bytes[i]);
        return text;
    }

private:
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

void write_usage(JsonWriter& json, std::size_t input_tokens, std::size_t output_tokens) {
    json.key("usage").begin_object();
    json.member("input_tokens", input_tokens).member("output_tokens", output_tokens).end_object();
}

// The field that an application would put its text in.
std::string_view text_field(std::string_view operation) {
    if (operation == "summarize") return "summary";
    return operation == "mindmap" ? "title" : "answer";
}

Task<bool> write_text(http::Exchange& exchange, const std::string& text) {
    std::array piece = {iovec{const_cast<char*>(text.data()), text.size()}};
    const http::IoResult written =
        co_await exchange.client().write(piece, exchange.limits().write_timeout);
    co_return static_cast<bool>(written);
}

std::string chunk(std::string_view content) {
    return fmt::format("{:x}\r\n{}\r\n", content.size(), content);
}

http::Reply json_reply(JsonWriter& json) {
    return {200, "application/json", json.take(), {}};
}

http::Reply failure_reply() {
    return {500,
            "application/json",
            R"({"error":"The demo engine fails now and then, as real ones do."})",
            {}};
}

}  // namespace

Engine::Fate Engine::draw_fate() {
    const double roll = std::uniform_real_distribution<>(0, 1)(random_);
    if (roll >= options_.failure_rate) return Fate::answer;
    return roll < options_.failure_rate / 2 ? Fate::fail : Fate::break_off;
}

std::chrono::milliseconds Engine::draw_delay(double typical_ms) {
    const double ms =
        typical_ms * options_.latency_scale * std::lognormal_distribution<>(0, 0.4)(random_);
    return std::chrono::milliseconds(static_cast<std::int64_t>(ms));
}

std::string Engine::sentence(std::size_t words) {
    std::string text;
    for (std::size_t i = 0; i < words; ++i) {
        if (i > 0) text += ' ';
        text += kWords[random_() % kWords.size()];
    }
    return text;
}

Task<void> Engine::handle(http::Exchange& exchange) {
    const std::string method(exchange.head().method);
    const std::string path(exchange.target().path());
    if (method == "GET" && path == "/ready")
        co_return co_await exchange.reply(http::Reply{200, "text/plain", "ready\n", {}});
    if (method != "POST") {
        co_return co_await exchange.reply(
            http::Problem{405, "method_not_allowed", "Use POST.", {{"Allow", "POST"}}});
    }
    exchange.release_head();
    for (const std::string_view operation : {"chat", "summarize", "qa", "mindmap"}) {
        const std::string own = fmt::format("/ai/{}", operation);
        if (path == own) co_return co_await answer_json(exchange, operation);
        if (path == own + "/stream" && operation != "mindmap")
            co_return co_await answer_stream(exchange, operation);
    }
    if (path == "/ai/qa/file") co_return co_await answer_file(exchange, "qa_file");
    if (path == "/ai/upload") co_return co_await answer_file(exchange, "upload");
    co_await exchange.reply(
        http::Problem{404, "not_found", "The demo engine has no such endpoint.", {}});
}

Task<void> Engine::answer_json(http::Exchange& exchange, std::string_view operation) {
    co_await exchange.send_continue();
    const auto prompt = co_await exchange.read_whole_body(kMaxPrompt);
    if (!prompt) co_return co_await exchange.reply(prompt.error());
    const Fate fate = draw_fate();
    co_await exchange.loop().sleep(draw_delay(operation == "mindmap" ? 400 : 150));
    if (fate == Fate::fail) co_return co_await exchange.reply(failure_reply());
    if (fate == Fate::break_off) {
        exchange.mark_answered();
        co_return exchange.reset();
    }
    const std::size_t words = 20 + random_() % 60;
    JsonWriter json;
    json.begin_object().member(text_field(operation), sentence(words));
    if (operation == "qa") json.key("sources").begin_array().value("document-1").end_array();
    if (operation == "mindmap") {
        json.key("nodes").begin_array();
        for (int i = 0; i < 5; ++i)
            json.value(sentence(3));
        json.end_array();
    }
    write_usage(json, prompt->size() / 4 + 1, words + words / 3);
    json.end_object();
    co_await exchange.reply(json_reply(json));
}

Task<void> Engine::answer_stream(http::Exchange& exchange, std::string_view operation) {
    co_await exchange.send_continue();
    const auto prompt = co_await exchange.read_whole_body(kMaxPrompt);
    if (!prompt) co_return co_await exchange.reply(prompt.error());
    const Fate fate = draw_fate();
    co_await exchange.loop().sleep(draw_delay(80));
    if (fate == Fate::fail) co_return co_await exchange.reply(failure_reply());
    exchange.mark_answered();
    const std::string head = fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: "
        "no-cache\r\n{}Transfer-Encoding: chunked\r\n\r\n",
        exchange.will_close() ? "Connection: close\r\n" : "");
    if (!co_await write_text(exchange, head)) co_return exchange.close_after();
    const std::size_t events = 8 + random_() % 10;
    for (std::size_t i = 0; i < events; ++i) {
        if (fate == Fate::break_off && i == events / 2) co_return exchange.reset();
        JsonWriter json;
        json.begin_object().member("delta", sentence(4) + ' ').end_object();
        if (!co_await write_text(exchange, chunk(fmt::format("data: {}\n\n", json.text()))))
            co_return exchange.close_after();
        co_await exchange.loop().sleep(draw_delay(40));
    }
    JsonWriter json;
    json.begin_object().member("operation", operation);
    write_usage(json, prompt->size() / 4 + 1, events * 5);
    json.end_object();
    const std::string end =
        chunk(fmt::format("data: {}\n\n", json.text())) + chunk("data: [DONE]\n\n") + "0\r\n\r\n";
    if (!co_await write_text(exchange, end)) exchange.close_after();
}

Task<void> Engine::answer_file(http::Exchange& exchange, std::string_view operation) {
    co_await exchange.send_continue();
    Digest digest;
    std::size_t bytes = 0;
    while (!exchange.body_ended()) {
        const auto piece = co_await exchange.read_body();
        if (!piece.io) {
            exchange.mark_answered();
            co_return exchange.close_after();
        }
        digest.add(piece.data);
        bytes += piece.data.size();
    }
    co_await exchange.loop().sleep(draw_delay(200));
    if (draw_fate() == Fate::fail) co_return co_await exchange.reply(failure_reply());
    JsonWriter json;
    json.begin_object();
    if (operation == "qa_file") json.member("answer", sentence(30));
    json.member("bytes", bytes).member("sha256", digest.hex());
    write_usage(json, bytes / 400, operation == "qa_file" ? 40 : 0);
    json.end_object();
    co_await exchange.reply(json_reply(json));
}

}  // namespace tallygate::demo
