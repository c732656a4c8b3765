// The relay between a real client and a scripted upstream on loopback.
#include "gateway/relay_fixture.h"

namespace tallygate::gateway {
namespace {

using namespace std::chrono_literals;

TEST_F(RelayTest, PassesAnAnswerOn) {
    start([](int fd) {
        receive_until(fd, "\r\n\r\n");
        send_all(fd,
                 "HTTP/1.1 201 Made\r\nContent-Length: 5\r\nX-App: yes\r\nConnection: "
                 "close\r\n\r\nhello");
    });

    const std::string answer = ask(kGet);

    EXPECT_TRUE(answer.starts_with("HTTP/1.1 201 Made\r\n")) << answer;
    EXPECT_NE(answer.find("X-App: yes\r\n"), std::string::npos);
    EXPECT_TRUE(answer.ends_with("\r\n\r\nhello"));
    EXPECT_TRUE(only_result().whole);
    EXPECT_EQ(only_result().status, 201);
}

TEST_F(RelayTest, PassesEachEventOnBeforeTheNextComes) {
    std::atomic<bool> first_arrived = false;
    start([&](int fd) {
        receive_until(fd, "\r\n\r\n");
        send_all(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: 1\n\r\n");
        while (!first_arrived)
            std::this_thread::sleep_for(1ms);
        send_all(fd, "8\r\ndata: 2\n\r\n0\r\n\r\n");
    });
    const int client = connect_client();
    send_all(client, kGet);

    receive_until(client, "data: 1");
    first_arrived = true;

    EXPECT_NE(receive_until(client, "0\r\n\r\n").find("data: 2"), std::string::npos);
    EXPECT_EQ(recorder_.content, "data: 1\ndata: 2\n");
    close(client);
}

TEST_F(RelayTest, CutsTheAnswerWhereTheUpstreamDid) {
    start([](int fd) {
        receive_until(fd, "\r\n\r\n");
        send_all(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
    });

    const std::string answer = ask(kGet);

    EXPECT_NE(answer.find("half"), std::string::npos);
    EXPECT_EQ(answer.find("0\r\n\r\n"), std::string::npos)
        << "the client must not take it for whole";
    EXPECT_FALSE(only_result().whole);
    EXPECT_TRUE(only_result().output);
    EXPECT_EQ(only_result().error_class, "upstream_closed");
}

TEST_F(RelayTest, Answers502WhereNobodyListens) {
    // A port that is taken, so that no other program listens there, and refuses.
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_TRUE(fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
    ASSERT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    config_.host = "127.0.0.1";
    config_.port = ntohs(address.sin_port);
    run();

    EXPECT_TRUE(ask(kGet).starts_with("HTTP/1.1 502 "));
    EXPECT_EQ(only_result().error_class, "upstream_refused");
    EXPECT_FALSE(only_result().status);
    close(fd);
}

TEST_F(RelayTest, EndsTheUploadBeforeAnExceptionLeavesIt) {
    recorder_.throws = true;
    start([](int fd) {
        receive_until(fd, "\r\n\r\n");
        send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        receive_until(fd, "never comes");
    });

    EXPECT_TRUE(ask("POST /ai/chat HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3\r\nabc\r\n")
                    .starts_with("HTTP/1.1 500 "));
}

TEST_F(RelayTest, Answers502ToNonsense) {
    start([](int fd) {
        receive_until(fd, "\r\n\r\n");
        send_all(fd, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
    });

    EXPECT_TRUE(ask(kGet).starts_with("HTTP/1.1 502 "));
    EXPECT_EQ(only_result().error_class, "upstream_malformed");
}

TEST_F(RelayTest, Answers504WhereTheUpstreamIsSilent) {
    config_.first_byte_timeout = 100ms;
    start([](int fd) { receive_until(fd, "never comes"); });

    EXPECT_TRUE(ask(kGet).starts_with("HTTP/1.1 504 "));
    EXPECT_EQ(only_result().error_class, "upstream_timeout");
}

TEST_F(RelayTest, EndsTheUpstreamsWorkWhenTheClientHasGone) {
    std::atomic<bool> upstream_saw_the_end = false;
    start([&](int fd) {
        receive_until(fd, "\r\n\r\n");
        send_all(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
        receive_until(fd, "never comes");
        upstream_saw_the_end = true;
    });
    const int client = connect_client();
    send_all(client, kGet);
    receive_until(client, "half");

    close(client);
    wait_for_results(1);

    EXPECT_TRUE(only_result().client_gone);
    EXPECT_EQ(only_result().error_class, "client_gone");
    for (int i = 0; i < 500 && !upstream_saw_the_end; ++i)
        std::this_thread::sleep_for(10ms);
    EXPECT_TRUE(upstream_saw_the_end);
}

TEST_F(RelayTest, WithholdsTheEndOfAnAnswerThatCouldNotBeCounted) {
    recorder_.may_end_well = false;
    start([](int fd) {
        receive_until(fd, "\r\n\r\n");
        send_all(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
        std::this_thread::sleep_for(50ms);
        send_all(fd, "4\r\nrest\r\n0\r\n\r\n");
    });

    const std::string answer = ask(kGet);

    EXPECT_EQ(answer.find("0\r\n\r\n"), std::string::npos);
}

TEST_F(RelayTest, HoldsTheLastByteBackFromAClientThatKnowsNoChunks) {
    recorder_.may_end_well = false;
    start([](int fd) {
        receive_until(fd, "\r\n\r\n");
        send_all(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
        std::this_thread::sleep_for(50ms);
        send_all(fd, "0\r\n\r\n");
    });

    const std::string answer = ask("GET /x HTTP/1.0\r\nHost: app\r\n\r\n");

    EXPECT_EQ(answer.find("half"), std::string::npos) << answer;
}

TEST_F(RelayTest, GivesAnOldClientTheWholeOfAChunkedAnswer) {
    start([](int fd) {
        receive_until(fd, "\r\n\r\n");
        send_all(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
        std::this_thread::sleep_for(20ms);
        send_all(fd, "1\r\n-\r\n");
        std::this_thread::sleep_for(20ms);
        send_all(fd, "4\r\nrest\r\n0\r\n\r\n");
    });

    EXPECT_TRUE(ask("GET /x HTTP/1.0\r\nHost: app\r\n\r\n").ends_with("\r\n\r\nhalf-rest"));
}

TEST_F(RelayTest, ResetsAnOldClientWhereTheUpstreamBreaksOffBehindItsHead) {
    start([](int fd) {
        receive_until(fd, "\r\n\r\n");
        send_all(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    });
    const int client = connect_client();
    send_all(client, "GET /x HTTP/1.0\r\nHost: app\r\n\r\n");

    errno = 0;
    receive_until(client, "never comes");

    EXPECT_EQ(errno, ECONNRESET) << "an orderly end would make the answer whole";
    EXPECT_EQ(only_result().error_class, "upstream_closed");
    close(client);
}

TEST_F(RelayTest, BreaksOffACallThatTheUpstreamDoesNotAnswer) {
    std::atomic<bool> asked = false;
    start([&](int fd) {
        receive_until(fd, "\r\n\r\n");
        asked = true;
        receive_until(fd, "never comes");
    });
    const int client = connect_client();
    send_all(client, kGet);
    while (!asked)
        std::this_thread::sleep_for(1ms);

    loop_.post([this] { server_->abort(); });

    EXPECT_EQ(receive_until(client, "never comes"), "");
    EXPECT_EQ(only_result().error_class, "shutdown");
    close(client);
}

TEST_F(RelayTest, PassesOnAnAnswerThatComesBeforeTheBodyIsSent) {
    start([](int fd) {
        receive_until(fd, "\r\n\r\n");
        send_all(fd, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!");
    });
    const int client = connect_client();
    send_all(client, "POST /x HTTP/1.1\r\nHost: app\r\nContent-Length: 900000\r\n\r\n");
    send_all(client, std::string(100'000, 'x'));

    const std::string answer = receive_until(client, "no!");

    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 Too Large\r\n")) << answer;
    close(client);
}

TEST_F(RelayTest, StopsAChunkedBodyAtTheLimit) {
    start([](int fd) { receive_until(fd, "never comes"); });
    const int client = connect_client();
    send_all(client, "POST /x HTTP/1.1\r\nHost: app\r\nTransfer-Encoding: chunked\r\n\r\n");
    std::thread sender([&] {
        for (int i = 0; i < 20; ++i)
            send_all(client, "186a0\r\n" + std::string(100'000, 'x') + "\r\n");
    });

    EXPECT_TRUE(receive_until(client, "\r\n\r\n").starts_with("HTTP/1.1 413 "));
    sender.join();
    close(client);
    EXPECT_EQ(only_result().error_class, "payload_too_large");
}

TEST_F(RelayTest, UsesAConnectionAgainAndReplacesOneThatHasDied) {
    start([](int fd) {
        for (int i = 0; i < 2; ++i) {
            receive_until(fd, "\r\n\r\n");
            send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    const int client = connect_client();

    for (int i = 0; i < 5; ++i) {
        send_all(client, "GET /x HTTP/1.1\r\nHost: app\r\n\r\n");
        EXPECT_TRUE(receive_until(client, "\r\n\r\nok").starts_with("HTTP/1.1 200 OK")) << i;
        // The upstream's end has arrived by the next call.
        std::this_thread::sleep_for(20ms);
    }

    EXPECT_EQ(upstream_->connections, 3);
    close(client);
}

TEST_F(RelayTest, TunnelsAfterAChangeOfProtocols) {
    start([](int fd) {
        EXPECT_NE(receive_until(fd, "\r\n\r\n").find("Upgrade: websocket"), std::string::npos);
        send_all(fd,
                 "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "
                 "websocket\r\n\r\nhello");
        send_all(fd, "you said " + receive_until(fd, "!"));
    });
    const int client = connect_client();
    send_all(
        client,
        "GET /socket HTTP/1.1\r\nHost: app\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    receive_until(client, "hello");

    send_all(client, "ping!");

    EXPECT_EQ(receive_until(client, "never comes"), "you said ping!");
    close(client);
}

TEST_F(RelayTest, AsksForNoOtherProtocolThanWebsocket) {
    std::string asked;
    start([&](int fd) {
        asked = receive_until(fd, "\r\n\r\n");
        send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nplain");
    });

    const std::string answer =
        ask("GET /x HTTP/1.1\r\nHost: app\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n"
            "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");

    upstream_.reset();  // ends its thread
    EXPECT_TRUE(answer.ends_with("\r\n\r\nplain")) << answer;
    EXPECT_EQ(asked.find("pgrade"), std::string::npos) << asked;
    EXPECT_EQ(asked.find("HTTP2-Settings"), std::string::npos) << asked;
}

TEST_F(RelayTest, RefusesAChangeToAProtocolThatWasNotAskedFor) {
    start([](int fd) {
        receive_until(fd, "\r\n\r\n");
        send_all(fd,
                 "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
    });

    const std::string answer = ask(
        "GET /x HTTP/1.1\r\nHost: app\r\nConnection: close, Upgrade\r\nUpgrade: WebSocket\r\n\r\n");

    EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 ")) << answer;
    EXPECT_EQ(only_result().error_class, "upstream_malformed");
}

TEST_F(RelayTest, TakesTheEndOfTheConnectionForTheEndOfAnAnswerWithoutALength) {
    start([](int fd) {
        receive_until(fd, "\r\n\r\n");
        send_all(fd, "HTTP/1.1 200 OK\r\n\r\nall of it");
    });

    const std::string answer = ask(kGet);

    EXPECT_NE(answer.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_TRUE(answer.ends_with("9\r\nall of it\r\n0\r\n\r\n")) << answer;
    EXPECT_TRUE(only_result().whole);
}

// Says early what it will refer to, and then answers.
void answer_with_hints(int fd) {
    receive_until(fd, "\r\n\r\n");
    send_all(fd,
             "HTTP/1.1 100 Continue\r\n\r\n"
             "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\nConnection: X-Hop\r\n"
             "X-Hop: theirs\r\n\r\n"
             "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
}

TEST_F(RelayTest, PassesInterimAnswersOnButForContinue) {
    start(answer_with_hints);

    const std::string answer = ask(kGet);

    EXPECT_TRUE(answer.starts_with(
        "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n"))
        << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\nok")) << answer;
    EXPECT_EQ(only_result().status, 200);
}

TEST_F(RelayTest, SparesAnOldClientInterimAnswers) {
    start(answer_with_hints);

    const std::string answer = ask("GET /x HTTP/1.0\r\nHost: app\r\n\r\n");

    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
}

}  // namespace
}  // namespace tallygate::gateway
