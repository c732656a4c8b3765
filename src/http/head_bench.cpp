#include <string_view>

#include <benchmark/benchmark.h>

#include "http/head.h"

namespace tallygate::http {
namespace {

constexpr std::string_view kRequest =
    "POST /ai/chat/stream?conversation=0192f3c4 HTTP/1.1\r\n"
    "Host: app.example.org\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0\r\n"
    "Accept: text/event-stream\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-GB,en;q=0.9\r\n"
    "Authorization: Bearer "
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSIsInJvbGUiOiJ1c2VyIiwiZXhwIjo0MTAyND"
    "Q0ODAwfQ.2m1bJ8v0m4m8vU3c0bQy2cXh0h2m3m4m5m6m7m8m9m0\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: 128\r\n"
    "Origin: https://app.example.org\r\n"
    "Connection: keep-alive\r\n"
    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
    "\r\n";

constexpr std::string_view kResponse =
    "HTTP/1.1 200 OK\r\n"
    "date: Tue, 24 Nov 2026 10:00:00 GMT\r\n"
    "server: uvicorn\r\n"
    "content-type: text/event-stream; charset=utf-8\r\n"
    "cache-control: no-cache\r\n"
    "transfer-encoding: chunked\r\n"
    "\r\n";

void request_head(benchmark::State& state) {
    RequestHead head;
    while (state.KeepRunning()) {
        auto parsed = parse_request_head(kRequest, head);
        benchmark::DoNotOptimize(parsed);
    }
}
BENCHMARK(request_head);

void incomplete_request_head(benchmark::State& state) {
    RequestHead head;
    while (state.KeepRunning()) {
        auto parsed = parse_request_head(kRequest.substr(0, kRequest.size() - 1), head);
        benchmark::DoNotOptimize(parsed);
    }
}
BENCHMARK(incomplete_request_head);

void response_head(benchmark::State& state) {
    ResponseHead head;
    while (state.KeepRunning()) {
        auto parsed = parse_response_head(kResponse, "POST", head);
        benchmark::DoNotOptimize(parsed);
    }
}
BENCHMARK(response_head);

}  // namespace
}  // namespace tallygate::http
