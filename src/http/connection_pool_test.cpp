#include "http/connection_pool.h"

#include <gtest/gtest.h>

#include "http/server.h"

namespace tallygate::http {
namespace {

using namespace std::chrono_literals;

using Acquired = Result<std::unique_ptr<UpstreamConnection>>;

Task<void> acquire_one(EventLoop& loop, ConnectionPool& pool, std::optional<Acquired>& outcome) {
    outcome.emplace(co_await pool.acquire());
    loop.stop();
}

Task<void> stop_after(EventLoop& loop, std::chrono::milliseconds patience) {
    co_await loop.sleep(patience);
    loop.stop();
}

TEST(ConnectionPool, ConnectsToAnAddressWhileEveryBlockingThreadIsTaken) {
    const auto listening = ListeningSocket::bind(*literal_endpoint("127.0.0.1", 0), 1);
    ASSERT_TRUE(listening) << listening.error().message;
    EventLoop loop;
    BlockingPool no_threads(0);
    ConnectionPool pool(loop, no_threads,
                        {.host = "127.0.0.1", .port = listening->front().endpoint().port()});
    std::optional<Acquired> outcome;

    spawn(acquire_one(loop, pool, outcome));
    spawn(stop_after(loop, 10s));
    loop.run();

    ASSERT_TRUE(outcome);
    EXPECT_TRUE(*outcome) << outcome->error().message;
    loop.stop_sleeping();
}

TEST(LiteralEndpoint, TakesAddressesOfBothFamiliesAndNoNames) {
    EXPECT_EQ(literal_endpoint("10.1.2.3", 80)->text(), "10.1.2.3:80");
    EXPECT_EQ(literal_endpoint("::1", 8'000)->text(), "[::1]:8000");
    for (const std::string_view name : {"localhost", "10.1.2", "", "[::1]", "api.example"})
        EXPECT_FALSE(literal_endpoint(name, 80)) << name;
}

}  // namespace
}  // namespace tallygate::http
