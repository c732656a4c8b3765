// For tests: a relay between a client on a real socket and a scripted upstream.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/relay.h"
#include "gateway/scripted_upstream.h"
#include "http/server.h"

namespace tallygate::gateway {

// Remembers what settle was told.
class Recorder final : public RelayObserver {
public:
    void on_answer(const http::ResponseHead&) override {}
    void on_content(std::string_view text) override {
        if (throws) throw std::runtime_error("as the test wants it");
        content += text;
    }
    http::Task<bool> settle(const RelayResult& result) override {
        const std::lock_guard lock(mutex);
        results.push_back(result);
        co_return may_end_well;
    }

    bool may_end_well = true;
    std::atomic<bool> throws = false;
    std::string content;
    std::mutex mutex;
    std::vector<RelayResult> results;
};

class RelayTest : public testing::Test, public http::ExchangeHandler {
protected:
    void start(std::function<void(int)> script) {
        upstream_ = std::make_unique<ScriptedUpstream>(std::move(script));
        config_.host = "127.0.0.1";
        config_.port = upstream_->endpoint.port();
        run();
    }
    void run() {
        to_upstream_ = std::make_unique<Upstream>(loop_, blocking_, config_);
        auto sockets = http::ListeningSocket::bind(http::resolve("127.0.0.1", 0)->front(), 1);
        endpoint_ = sockets->front().endpoint();
        server_ = std::make_unique<http::Server>(loop_, *this, clock_);
        server_->listen(std::move(sockets->front()));
        thread_ = std::thread([this] { loop_.run(); });
    }
    http::Task<void> handle(http::Exchange& exchange) override {
        const bool upgrade = is_websocket(exchange.head());
        std::string head = upstream_request_head(exchange, {.upstream = config_,
                                                            .trusted_proxies = {},
                                                            .identity = nullptr,
                                                            .authenticator = authenticator_,
                                                            .own_authorization = false,
                                                            .upgrade = upgrade});
        co_await exchange.send_continue();
        Relay relay(exchange, *to_upstream_, recorder_,
                    {.body_bytes = 1'000'000, .upgrade = upgrade});
        co_await relay.run(std::move(head));
    }
    int connect_client() const {
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        EXPECT_TRUE(fd >= 0 && connect(fd, endpoint_.raw(), endpoint_.size) == 0);
        return fd;
    }
    std::string ask(std::string_view request) const {
        const int fd = connect_client();
        send_all(fd, request);
        std::string answer = receive_until(fd, "never comes");
        close(fd);
        return answer;
    }
    RelayResult only_result() {
        const std::lock_guard lock(recorder_.mutex);
        EXPECT_EQ(recorder_.results.size(), 1U);
        return recorder_.results.empty() ? RelayResult{} : recorder_.results.front();
    }
    void wait_for_results(std::size_t count) {
        for (int i = 0; i < 500; ++i) {
            {
                const std::lock_guard lock(recorder_.mutex);
                if (recorder_.results.size() >= count) return;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    void TearDown() override {
        loop_.post([this] {
            server_->drain();
            server_->abort();
            to_upstream_->pool.close_idle();
            loop_.stop();
        });
        thread_.join();
        EXPECT_EQ(server_->sessions(), 0U);
        upstream_.reset();
    }

    SystemClock clock_;
    http::EventLoop loop_;
    http::BlockingPool blocking_{1};
    auth::Authenticator authenticator_{{}, {}, clock_};
    UpstreamConfig config_;
    std::unique_ptr<ScriptedUpstream> upstream_;
    std::unique_ptr<Upstream> to_upstream_;
    std::unique_ptr<http::Server> server_;
    Recorder recorder_;
    http::Endpoint endpoint_;
    std::thread thread_;
};

inline constexpr std::string_view kGet =
    "GET /x HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n";

}  // namespace tallygate::gateway
