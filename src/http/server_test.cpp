// The server on real loopback sockets: raw bytes in, raw bytes out.
#include "http/server.h"

#include <array>
#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tallygate::http {
namespace {

using namespace std::chrono_literals;

// Answers with what it was asked, body included.
class Echo final : public ExchangeHandler {
public:
    Task<void> handle(Exchange& exchange) override {
        const std::string asked =
            std::string(exchange.head().method) + " " + std::string(exchange.target().raw);
        const bool ignore_body = exchange.target().path() == "/ignore-the-body";
        exchange.release_head();
        std::string body;
        if (!ignore_body) {
            co_await exchange.send_continue();
            auto whole = co_await exchange.read_whole_body(100'000);
            if (!whole) co_return co_await exchange.reply(whole.error());
            body = std::move(*whole);
        }
        co_await exchange.reply(Reply{200, "text/plain", asked + " [" + body + "]", {}});
    }
};

class Client {
public:
    explicit Client(const Endpoint& server) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        EXPECT_EQ(connect(fd_, server.raw(), server.size), 0);
    }
    ~Client() { close(fd_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(std::string_view bytes) const {
        EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    // Sends `byte` every few milliseconds until there is an answer; gives up after `times`.
    void trickle(char byte, int times) const {
        char peeked = 0;
        for (int i = 0; i < times && recv(fd_, &peeked, 1, MSG_PEEK | MSG_DONTWAIT) <= 0; ++i) {
            send({&byte, 1});
            std::this_thread::sleep_for(10ms);
        }
    }
    void end() const { shutdown(fd_, SHUT_WR); }
    // Reads until `text` has come or the connection ends.
    std::string read_until(std::string_view text) {
        while (received_.find(text) == std::string::npos && read_some())
            continue;
        return received_;
    }
    std::string read_all() {
        while (read_some())
            continue;
        return received_;
    }

private:
    bool read_some() {
        std::array<char, 4096> block;
        const ssize_t got = recv(fd_, block.data(), block.size(), 0);
        if (got <= 0) return false;
        received_.append(block.data(), static_cast<std::size_t>(got));
        return true;
    }
    int fd_;
    std::string received_;
};

class ServerTest : public testing::Test {
protected:
    void start(const ServerLimits& limits = {}) {
        auto sockets = ListeningSocket::bind(resolve("127.0.0.1", 0)->front(), 1);
        ASSERT_TRUE(sockets) << sockets.error().message;
        endpoint_ = sockets->front().endpoint();
        server_ = std::make_unique<Server>(loop_, echo_, clock_, limits);
        server_->listen(std::move(sockets->front()));
        thread_ = std::thread([this] { loop_.run(); });
    }
    void TearDown() override {
        loop_.post([this] {
            server_->drain();
            server_->abort();
            loop_.stop();
        });
        thread_.join();
        EXPECT_EQ(server_->sessions(), 0U);
    }

    void wait_for_a_session() {
        for (bool accepted = false; !accepted;) {
            std::promise<std::size_t> count;
            loop_.post([&] { count.set_value(server_->sessions()); });
            accepted = count.get_future().get() > 0;
        }
    }

    SystemClock clock_;
    EventLoop loop_;
    Echo echo_;
    std::unique_ptr<Server> server_;
    Endpoint endpoint_;
    std::thread thread_;
};

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
    start();
    Client client(endpoint_);

    client.send(
        "GET /one HTTP/1.1\r\nHost: x\r\n\r\nPOST /two HTTP/1.1\r\nHost: x\r\nContent-Length: "
        "3\r\n\r\nabc"
        "GET /three HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    const std::string answers = client.read_all();
    const std::size_t one = answers.find("GET /one []");
    const std::size_t two = answers.find("POST /two [abc]");
    const std::size_t three = answers.find("GET /three []");
    EXPECT_LT(one, two);
    EXPECT_LT(two, three);
    EXPECT_NE(three, std::string::npos);
}

TEST_F(ServerTest, TakesARequestThatComesByteByByte) {
    start();
    Client client(endpoint_);
    const std::string_view request =
        "POST /slowly HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";

    for (const char byte : request)
        client.send({&byte, 1});

    EXPECT_NE(client.read_until("]").find("POST /slowly [abcde]"), std::string::npos);
}

TEST_F(ServerTest, TellsAWaitingClientToContinue) {
    start();
    Client client(endpoint_);
    client.send(
        "POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");

    EXPECT_NE(client.read_until("\r\n\r\n").find("HTTP/1.1 100 Continue"), std::string::npos);

    client.send("body");
    EXPECT_NE(client.read_until("]").find("POST /upload [body]"), std::string::npos);
}

TEST_F(ServerTest, AnswersBeforeTheBodyAndThenClosesWithoutLosingTheAnswer) {
    start();
    Client client(endpoint_);
    client.send("POST /ignore-the-body HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" +
                std::string(200'000, 'x'));

    const std::string answer = client.read_all();

    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    EXPECT_NE(answer.find("/ignore-the-body []"), std::string::npos);
}

TEST_F(ServerTest, ReadsASmallIgnoredBodyAndKeepsTheConnection) {
    start();
    Client client(endpoint_);

    client.send(
        "POST /ignore-the-body HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbodyGET /next "
        "HTTP/1.1\r\nHost: x\r\n\r\n");

    EXPECT_NE(client.read_until("GET /next []").find("GET /next []"), std::string::npos);
}

TEST_F(ServerTest, RefusesMalformedHeadsAndCloses) {
    start();
    Client client(endpoint_);
    client.send("GET / HTTP/1.1\r\nHost : x\r\n\r\n");

    const std::string answer = client.read_all();

    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos);
    EXPECT_NE(answer.find("X-Request-Id: "), std::string::npos);
}

TEST_F(ServerTest, EndsAHeadThatDoesNotComeToItsEnd) {
    ServerLimits limits;
    limits.head_timeout = 200ms;
    start(limits);
    Client client(endpoint_);
    client.send("GET / HTTP/1.1\r\nHost");

    EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 408 "));
}

TEST_F(ServerTest, EndsAHeadOfWhichAByteComesNowAndThen) {
    ServerLimits limits;
    limits.head_timeout = 200ms;
    start(limits);
    Client client(endpoint_);
    client.send("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");

    client.trickle('a', 300);

    client.end();
    EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 408 "));
}

TEST_F(ServerTest, ClosesASilentNewConnectionWithoutAWord) {
    ServerLimits limits;
    limits.head_timeout = 100ms;
    limits.idle_timeout = 400ms;
    start(limits);
    Client client(endpoint_);

    EXPECT_EQ(client.read_all(), "");
}

TEST_F(ServerTest, ClosesASilentNewConnectionWhenItDrains) {
    start();
    Client client(endpoint_);
    wait_for_a_session();

    loop_.post([this] { server_->drain(); });

    EXPECT_EQ(client.read_all(), "");
}

TEST_F(ServerTest, TakesAHeadLargerThanABlock) {
    start();
    Client client(endpoint_);
    client.send("GET /large HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(25'000, 'a') +
                "\r\n\r\n");

    EXPECT_NE(client.read_until("]").find("GET /large []"), std::string::npos);
}

TEST_F(ServerTest, KeepsTheClientsRequestIdWhereItIsWellFormed) {
    start();
    Client client(endpoint_);
    client.send("GET /a HTTP/1.1\r\nHost: x\r\nX-Request-Id: order-66\r\n\r\n");
    EXPECT_NE(client.read_until("]").find("X-Request-Id: order-66\r\n"), std::string::npos);

    Client other(endpoint_);
    other.send("GET /a HTTP/1.1\r\nHost: x\r\nX-Request-Id: no spaces here\r\n\r\n");
    EXPECT_EQ(other.read_until("]").find("no spaces here"), std::string::npos);
}

TEST_F(ServerTest, AnswersHeadWithoutABodyAndOldClientsByClosing) {
    start();
    Client client(endpoint_);
    client.send("HEAD /quiet HTTP/1.0\r\nHost: x\r\n\r\n");

    const std::string answer = client.read_all();

    EXPECT_NE(answer.find("Content-Length: 14\r\n"), std::string::npos) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(ServerTest, LetsARequestUnderWayEndBeforeItDrains) {
    start();
    Client client(endpoint_);
    client.send(
        "POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    client.read_until("100 Continue\r\n\r\n");

    loop_.post([this] { server_->drain(); });
    client.send("ok");

    EXPECT_NE(client.read_all().find("POST /late [ok]"), std::string::npos);
}

TEST_F(ServerTest, SaysThatAnAddressIsTakenEvenByAServerThatShares) {
    start();

    const auto second = ListeningSocket::bind(endpoint_, 1);

    ASSERT_FALSE(second);
    EXPECT_NE(second.error().message.find(endpoint_.text()), std::string::npos);
}

}  // namespace
}  // namespace tallygate::http
