#include "app/demo_traffic.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "http/body_decoder.h"
#include "http/head.h"

namespace tallygate::app {

using http::IoResult;
using http::Task;

namespace {

constexpr std::chrono::seconds kPatience{30};

// Who calls first does so at once, the others one after the other.
constexpr std::chrono::milliseconds kBetweenFirstCalls{400};
// Each pause is longer than the one before, up to five times the first.
constexpr double kTiring = 1.08;
constexpr double kTired = 5;

}  // namespace

DemoTraffic::DemoTraffic(http::EventLoop& loop, http::BlockingPool& blocking,
                         const http::Endpoint& gateway, std::vector<User> users)
    : loop_(loop),
      pool_(loop, blocking, {gateway.host(), gateway.port()}),
      users_(std::move(users)) {}

void DemoTraffic::start() {
    running_ = users_.size();
    for (const User& user : users_)
        http::spawn(use(user));
}

std::string DemoTraffic::next_request(const User& user, DemoDice& dice) {
    const std::string& path = routes_[dice(random_)].pattern;
    const std::string body =
        fmt::format(R"({{"message":"question {} of {}"}})", random_() % 1'000, user.name);
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: demo\r\nAuthorization: Bearer {}\r\nContent-Type: "
        "application/json\r\nContent-Length: {}\r\n\r\n{}",
        path, user.token, body.size(), body);
}

Task<void> DemoTraffic::use(const User& user) {
    DemoDice dice = dice_of(user.mix);
    std::chrono::milliseconds wait = kBetweenFirstCalls * (&user - users_.data());
    for (double slowness = 1; co_await loop_.sleep(wait);
         slowness = std::min(slowness * kTiring, kTired)) {
        co_await call(next_request(user, dice));
        const double pauses = slowness * std::exponential_distribution<>(1.0)(random_);
        wait = std::chrono::milliseconds(
            static_cast<std::int64_t>(pauses * static_cast<double>(user.pause.count())));
    }
    --running_;
}

Task<void> DemoTraffic::call(const std::string& request) {
    auto connection = co_await pool_.acquire();
    if (!connection) co_return;
    http::Socket& socket = (*connection)->socket;
    http::ConnectionInput& input = (*connection)->input;
    std::array piece = {iovec{const_cast<char*>(request.data()), request.size()}};
    if (!co_await socket.write(piece, kPatience)) co_return;
    const auto head = std::make_unique<http::ResponseHead>();
    bool parsed = false;
    http::BodyDecoder body;
    while (!parsed || !body.ended()) {
        if (!parsed && !input.empty()) {
            const auto done = http::parse_response_head(input.unread(), "POST", *head);
            if (!done) co_return;
            if (*done) {
                parsed = true;
                body = http::BodyDecoder(head->framing, head->content_length);
                input.consume(head->bytes);
            }
        }
        while (parsed && !body.ended() && !input.empty()) {
            const auto next = body.next(input.unread());
            if (!next || next->consumed == 0) break;
            input.consume(next->consumed);
        }
        if (parsed && body.ended()) break;
        const IoResult read = co_await socket.read(input.room(), kPatience);
        if (!read) co_return;
        input.filled(read.bytes);
    }
    pool_.release(std::move(*connection), std::chrono::seconds{0});
}

}  // namespace tallygate::app
