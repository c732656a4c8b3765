// For tests: a journal and a tracker that show what they are told to.
#pragma once

#include <functional>

#include "base/clock.h"
#include "journal/journal.h"
#include "tracker/usage_tracker.h"

namespace tallygate::api {

// Says what the test wants it to say; takes no calls.
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
    journal::JournalStatus status() const override { return state; }

    journal::JournalStatus state;
};

// Shows what the test puts into `views` and `state`.
class FakeTracker final : public tracker::UsageTracker {
public:
    explicit FakeTracker(const Clock& clock) : views(clock) {}

    Result<journal::OpenCall> begin(const UsageEvent&) override { return journal::OpenCall{}; }
    Result<journal::Journal::Appended> finish(const journal::OpenCall&, UsageEvent&) override {
        return journal::Journal::Appended{};
    }
    Result<void> catch_up() override {
        ++times_caught_up;
        return caught_up;
    }
    Result<void> catch_up(std::string_view) override { return catch_up(); }
    const tracker::LiveViews& live() const override { return views; }
    tracker::TrackerStatus status() const override { return state; }

    tracker::LiveViews views;
    tracker::TrackerStatus state;
    Result<void> caught_up;
    int times_caught_up = 0;
};

}  // namespace tallygate::api
