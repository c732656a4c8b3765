// Sockets over a socket pair, with the test in the loop's place.
#include "http/socket.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "http/task.h"

namespace tallygate::http {
namespace {

using namespace std::chrono_literals;

class SocketTest : public testing::Test {
protected:
    // A socket whose other end is the test's.
    std::unique_ptr<Socket> make_socket() {
        std::array<int, 2> ends{};
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()),
                  0);
        far_ends_.push_back(ends[1]);
        return std::make_unique<Socket>(loop_, ends[0]);
    }
    void TearDown() override {
        for (const int fd : far_ends_)
            close(fd);
    }

    EventLoop loop_;
    std::vector<int> far_ends_;
};

Task<void> read_one_byte(Socket& from, std::optional<IoStatus>& outcome) {
    std::array<char, 1> byte{};
    outcome = (co_await from.read(byte, 1h)).status;
}

// What a relay does: waits for the upstream, then ends with the client's socket.
Task<void> read_then_destroy(std::unique_ptr<Socket> from, std::unique_ptr<Socket>& other,
                             std::optional<IoStatus>& outcome) {
    co_await read_one_byte(*from, outcome);
    other.reset();
}

// Fills the socket until it takes no more and waits.
Task<void> write_until_aborted(Socket& to, std::optional<IoStatus>& outcome) {
    const std::string block(1'000'000, 'x');
    for (IoStatus status = IoStatus::ok; status == IoStatus::ok;) {
        std::array piece = {iovec{const_cast<char*>(block.data()), block.size()}};
        status = (co_await to.write(piece, 1h)).status;
        if (status != IoStatus::ok) outcome = status;
    }
}

TEST_F(SocketTest, AbortsItsVictimThoughThatDestroysTheSocketItself) {
    std::unique_ptr<Socket> client = make_socket();
    std::unique_ptr<Socket> upstream = make_socket();
    std::optional<IoStatus> outcome;
    client->abort_on_hang_up(upstream.get());
    spawn(read_then_destroy(std::move(upstream), client, outcome));

    client->abort();

    EXPECT_EQ(outcome, IoStatus::aborted);
    EXPECT_EQ(client, nullptr);
}

TEST_F(SocketTest, EndsBothItsWaitsBesideItsVictims) {
    const std::unique_ptr<Socket> client = make_socket();
    std::unique_ptr<Socket> upstream = make_socket();
    std::unique_ptr<Socket> nothing_more;
    std::optional<IoStatus> relayed;
    std::optional<IoStatus> read;
    std::optional<IoStatus> written;
    client->abort_on_hang_up(upstream.get());
    spawn(read_then_destroy(std::move(upstream), nothing_more, relayed));
    spawn(read_one_byte(*client, read));
    spawn(write_until_aborted(*client, written));

    client->abort();

    EXPECT_EQ(relayed, IoStatus::aborted);
    EXPECT_EQ(read, IoStatus::aborted);
    EXPECT_EQ(written, IoStatus::aborted);
}

TEST_F(SocketTest, AbortsAtOnceWhatIsHungOnItAfterItsOwnAbort) {
    const std::unique_ptr<Socket> client = make_socket();
    const std::unique_ptr<Socket> upstream = make_socket();
    std::optional<IoStatus> outcome;
    client->abort();

    client->abort_on_hang_up(upstream.get());

    spawn(read_one_byte(*upstream, outcome));
    EXPECT_EQ(outcome, IoStatus::aborted);
    upstream->abort();
}

}  // namespace
}  // namespace tallygate::http
