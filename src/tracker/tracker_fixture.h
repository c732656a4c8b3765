// What the tracker's tests share: a journal on disk, a store that can fail, and events.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "journal/journal.h"
#include "store/memory/memory_store.h"
#include "tracker/rebuild.h"
#include "tracker/usage_tracker.h"
#include "tracker/verify.h"

namespace tallygate::tracker {

inline constexpr Timestamp kTestNow =
    Timestamp{Day{std::chrono::year{2026} / 11 / 24}} + std::chrono::hours{10};

class TrackerTest : public testing::Test {
protected:
    TrackerTest()
        : folder_(std::filesystem::temp_directory_path() /
                  ("tallygate-tracker-" + make_request_id())),
          store_([this] { return takes_a_write(); }) {
        options_.flush_interval = std::chrono::milliseconds{5};
        options_.retry_min = std::chrono::milliseconds{2};
        options_.retry_max = std::chrono::milliseconds{10};
        journal_options_.segment_bytes = std::uint64_t{64} * 1024;
    }
    void TearDown() override {
        stop();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    // Whether the store takes one more write: any number while writes_left_ is negative.
    bool takes_a_write() {
        if (writes_left_ < 0) return true;
        if (writes_left_ == 0) return false;
        --writes_left_;
        return true;
    }
    // What the tracker writes to.
    virtual store::UsageStore& tracked_store() { return store_; }

    void start() {
        auto directory = journal::DataDirectory::open(folder_, clock_);
        ASSERT_TRUE(directory) << directory.error().message;
        directory_ = std::make_unique<journal::DataDirectory>(std::move(*directory));
        auto journal = journal::Journal::open(*directory_, journal_options_, clock_);
        ASSERT_TRUE(journal) << journal.error().message;
        journal_ = std::move(*journal);
        auto tracker = UsageTracker::start(*journal_, directory_->journal_path(), tracked_store(),
                                           directory_->writer(), clock_, options_);
        ASSERT_TRUE(tracker) << tracker.error().message;
        tracker_ = std::move(*tracker);
        writer_ = directory_->writer();
    }
    void stop() {
        tracker_.reset();
        journal_.reset();
        directory_.reset();
    }
    UsageEvent record(const std::string& user, std::int64_t tokens = 500,
                      std::string operation = "chat") {
        UsageEvent event;
        event.user_id = user;
        event.endpoint = "/ai/" + operation;
        event.operation_type = std::move(operation);
        event.timestamp = clock_.now();
        event.tier = "free";
        event.request_id = "request-" + std::to_string(++recorded_);
        auto call = tracker_->begin(event);
        EXPECT_TRUE(call) << call.error().message;
        event.success = true;
        event.tokens_used = tokens;
        event.response_time = std::chrono::milliseconds{3};
        const auto finished = tracker_->finish(*call, event);
        EXPECT_TRUE(finished) << finished.error().message;
        clock_.advance(std::chrono::milliseconds{7});
        return event;
    }
    void catch_up() {
        for (int i = 0; i < 1'000; ++i) {
            if (tracker_->catch_up()) return;
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
        FAIL() << "the store never caught up";
    }
    std::vector<Difference> verify_now(const VerifyOptions& options) {
        std::vector<Difference> found;
        const auto report = verify(
            tracked_store(), options, [&](const Difference& d) { found.push_back(d); },
            [](std::uint64_t) {});
        EXPECT_TRUE(report) << report.error().message;
        EXPECT_EQ(report->differences, found.size());
        return found;
    }
    std::vector<Difference> verify_all() {
        return verify_now({.journal_path = folder_ / "journal"});
    }

    std::filesystem::path folder_;
    ManualClock clock_{kTestNow};
    std::atomic<int> writes_left_ = -1;
    store::MemoryStore store_;
    TrackerOptions options_;
    journal::JournalOptions journal_options_;
    std::unique_ptr<journal::DataDirectory> directory_;
    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<UsageTracker> tracker_;
    Uuid writer_;
    int recorded_ = 0;
};

// Thirty calls of three users, all in the store, the server stopped.
class FilledStoreTest : public TrackerTest {
protected:
    FilledStoreTest() {
        start();
        for (int i = 0; i < 30; ++i) {
            record("user " + std::to_string(i % 3));
        }
        catch_up();
        stop();
    }
    EventRow& row(std::size_t index) {
        return std::next(store_.rows().begin(), static_cast<std::ptrdiff_t>(index))->second;
    }
    std::filesystem::path segment() const { return folder_ / "journal" / "0000000001.seg"; }
};

// One line a difference, for messages.
inline std::string text_of(const std::vector<Difference>& differences) {
    std::string text;
    for (const Difference& d : differences) {
        text += d.what + ": expected " + d.expected + ", found " + d.found + "\n";
    }
    return text;
}

}  // namespace tallygate::tracker
