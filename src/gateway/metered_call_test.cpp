#include "gateway/metered_call.h"

#include <array>
#include <stdexcept>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tallygate::gateway {
namespace {

// Remembers what was closed.
class FakeTracker final : public tracker::UsageTracker {
public:
    Result<journal::OpenCall> begin(const UsageEvent& draft) override {
        drafted = draft;
        return journal::OpenCall{.call_id = ++opened};
    }
    Result<journal::Journal::Appended> finish(const journal::OpenCall& call,
                                              UsageEvent& event) override {
        EXPECT_EQ(call.call_id, opened);
        closed.push_back(event);
        return journal::Journal::Appended{};
    }
    Result<void> catch_up() override { return {}; }
    Result<void> catch_up(std::string_view) override { return {}; }
    const tracker::LiveViews& live() const override { throw std::logic_error("not asked for"); }
    tracker::TrackerStatus status() const override { return {}; }

    std::uint64_t opened = 0;
    UsageEvent drafted;
    std::vector<UsageEvent> closed;
};

// Is never asked: nothing here waits for the disk.
class FakeJournal final : public journal::Journal {
public:
    Result<journal::OpenCall> open_call(const UsageEvent&) override { return journal::OpenCall{}; }
    Result<Appended> close_call(const journal::OpenCall&, UsageEvent&) override {
        return Appended{};
    }
    void when_synced(journal::JournalOffset, std::function<void(bool)> done) override {
        done(true);
    }
    LogPosition last() const override { return {}; }
    void release(const LogPosition&) override {}
    journal::JournalStatus status() const override { return {}; }
};

class MeteredCallTest : public testing::Test {
protected:
    MeteredCallTest() {
        std::array<int, 2> ends{};
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()),
                  0);
        client_ = std::make_unique<http::Socket>(loop_, ends[0]);
        far_end_ = ends[1];
        exchange_ = std::make_unique<http::Exchange>(*client_, input_, peer_, limits_, clock_);
        route_.config.estimate_tokens = 500;
    }
    void TearDown() override { close(far_end_); }
    std::unique_ptr<MeteredCall> make_call() {
        return std::make_unique<MeteredCall>(MeteredCall::Services{tracker_, journal_}, route_,
                                             *exchange_, principal_, counters_);
    }
    // Ends the call with `result`, as the relay does.
    static void settle(MeteredCall& call, const RelayResult& result) {
        http::spawn([](MeteredCall& settled, RelayResult with) -> http::Task<void> {
            EXPECT_TRUE(co_await settled.settle(with));
        }(call, result));
    }

    SystemClock clock_;
    http::EventLoop loop_;
    std::unique_ptr<http::Socket> client_;
    int far_end_ = -1;
    http::ConnectionInput input_{loop_.buffers()};
    http::Peer peer_;
    http::ServerLimits limits_;
    std::unique_ptr<http::Exchange> exchange_;
    FakeTracker tracker_;
    FakeJournal journal_;
    RouteTable::Route route_;
    auth::Principal principal_{.user_id = "somebody-with-a-long-name"};
    OperationCounters counters_;
};

TEST_F(MeteredCallTest, ClosesACallThatNobodySettledAsFailed) {
    auto call = make_call();
    ASSERT_TRUE(call->open());

    call.reset();

    ASSERT_EQ(tracker_.closed.size(), 1U);
    const UsageEvent& event = tracker_.closed.front();
    EXPECT_EQ(event.user_id, "somebody-with-a-long-name");
    EXPECT_FALSE(event.success);
    EXPECT_EQ(event.error_class, "internal_error");
    EXPECT_EQ(event.tokens_used, 0);
    EXPECT_EQ(event.token_source, TokenSource::none);
    EXPECT_EQ(counters_.failed, 1U);
}

TEST_F(MeteredCallTest, ClosesASettledCallOnceAndOneThatWasNeverOpenedNotAtAll) {
    auto settled = make_call();
    ASSERT_TRUE(settled->open());
    settle(*settled, {.status = 200, .whole = true});
    const auto never_opened = make_call();

    settled.reset();

    ASSERT_EQ(tracker_.closed.size(), 1U);
    EXPECT_TRUE(tracker_.closed.front().success);
    EXPECT_EQ(tracker_.closed.front().tokens_used, 500);
}

TEST_F(MeteredCallTest, RecordsAProvidersCallWithoutTokensWhateverItsAnswerSays) {
    route_.config = provider_routes(ProviderApi::openai, "app").front();
    const auto call = make_call();
    ASSERT_TRUE(call->open());
    EXPECT_EQ(tracker_.drafted.tokens_used, 0);
    EXPECT_EQ(tracker_.drafted.token_source, TokenSource::none);
    http::ResponseHead answer;
    constexpr std::string_view kHead =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n";
    ASSERT_TRUE(http::parse_response_head(kHead, "POST", answer));
    call->on_answer(answer);
    call->on_content(R"({"usage":{"total_tokens":42}})");

    settle(*call, {.status = 200, .whole = true});

    ASSERT_EQ(tracker_.closed.size(), 1U);
    const UsageEvent& event = tracker_.closed.front();
    EXPECT_TRUE(event.success);
    EXPECT_EQ(event.provider, "openai");
    EXPECT_EQ(event.tokens_used, 0);
    EXPECT_EQ(event.tokens, TokenCounts{});
    EXPECT_EQ(event.token_source, TokenSource::none);
}

}  // namespace
}  // namespace tallygate::gateway
