#include <benchmark/benchmark.h>

#include "auth/token_fixture.h"

namespace tallygate::auth {
namespace {

constexpr std::string_view kMore =
    R"("role":"user","tier":"pro","email":"alice@example.com","iat":1799999000,"jti":"0192f3c4-7d1e-7abc-8def")";

// A token that was seen before: what nearly every call costs.
void authenticate_known(benchmark::State& state) {
    const SystemClock clock;
    const std::string token =
        *sign_token({.user_id = "alice-of-the-harbour", .role = "user", .tier = "pro"},
                    Secret(std::string(kOtherSecret)), clock);
    Authenticator authenticator({app_issuer(), own_issuer()}, {}, clock);
    const std::string authorization = "Bearer " + token;
    for ([[maybe_unused]] auto _ : state) {
        benchmark::DoNotOptimize(authenticator.authenticate(authorization));
    }
}
BENCHMARK(authenticate_known)->ThreadRange(1, 2);

// A token that is seen for the first time.
void authenticate_new(benchmark::State& state) {
    const ManualClock clock(kNow);
    Authenticator authenticator({app_issuer(), own_issuer()}, {}, clock, 1);
    std::vector<std::string> headers;
    headers.reserve(4'096);
    for (int i = 0; i < 4'096; ++i) {
        headers.push_back("Bearer " +
                          token_with(std::string(kMore) + R"(,"number":)" + std::to_string(i)));
    }
    std::size_t next = 0;
    for ([[maybe_unused]] auto _ : state) {
        benchmark::DoNotOptimize(authenticator.authenticate(headers[next++ % headers.size()]));
    }
}
BENCHMARK(authenticate_new);

void authenticate_garbage(benchmark::State& state) {
    const ManualClock clock(kNow);
    Authenticator authenticator({app_issuer()}, {}, clock, 1);
    const std::string authorization =
        "Bearer " + std::string(static_cast<std::size_t>(state.range(0)), 'x');
    for ([[maybe_unused]] auto _ : state) {
        benchmark::DoNotOptimize(authenticator.authenticate(authorization));
    }
}
BENCHMARK(authenticate_garbage)->Arg(8 << 10)->Arg(3 << 20);

}  // namespace
}  // namespace tallygate::auth
