// Record usage, ask for usage. The one place that calls go into and numbers come out of.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "journal/journal.h"
#include "store/usage_store.h"
#include "tracker/live_views.h"
#include "usage/event.h"

namespace tallygate::tracker {

struct TrackerOptions {
    std::size_t batch_rows = 8'192;                 // at most, per apply
    std::chrono::milliseconds flush_interval{200};  // between applies when nobody waits
    std::chrono::milliseconds retry_min{
        100};  // back-off while the store fails, doubled up to retry_max
    std::chrono::milliseconds retry_max{5'000};
    std::chrono::milliseconds read_your_writes_limit{3'000};
};

struct TrackerStatus {
    bool store_ok = true;
    std::string store_error;  // for a person, where not ok
    std::string gap;  // events that nobody has any more, for a person: what the store lacks and the
                      // journal held no longer when that was found; empty where there are none
    std::uint64_t pending_events =
        0;  // in the journal, not in the store; of earlier runs of the server at least one
    std::uint64_t applied_events = 0;  // since start
    std::uint64_t apply_failures = 0;
    std::uint64_t last_batch_rows = 0;
};

// Writes calls into the journal and the live views, and a thread of its own (the projector) from
// the journal into the store. Any thread may call it.
class UsageTracker {
public:
    // Begins to project, behind the store's position. All references must outlive it. Fails where
    // the journal cannot be read, and with conflict where the store has events of a later run than
    // the journal's. A store that does not answer is no failure: it is retried. A store that lacks
    // what the journal no longer holds is none either: see TrackerStatus::gap.
    static Result<std::unique_ptr<UsageTracker>> start(journal::Journal& journal,
                                                       const std::filesystem::path& journal_path,
                                                       store::UsageStore& store, const Uuid& writer,
                                                       const Clock& clock,
                                                       const TrackerOptions& options = {});
    // Applies what is left, as long as the store takes it (at most ten seconds), and stops.
    virtual ~UsageTracker() = default;

    // OPEN: before the upstream is called.
    virtual Result<journal::OpenCall> begin(const UsageEvent& draft) = 0;
    // CLOSE: before the answer's last byte goes out. Gives `event` its id. From here it is in every
    // view of this node.
    virtual Result<journal::Journal::Appended> finish(const journal::OpenCall& call,
                                                      UsageEvent& event) = 0;

    // Blocks until everything journalled before the call is in the store, asking the projector to
    // hurry. Fails with unavailable (`store_unavailable`) when that takes longer than
    // read_your_writes_limit.
    virtual Result<void> catch_up() = 0;
    // As catch_up, for the numbers of one user: cheaper where the store is dear to write to.
    virtual Result<void> catch_up(std::string_view user_id) = 0;

    virtual const LiveViews& live() const = 0;
    virtual TrackerStatus status() const = 0;
};

}  // namespace tallygate::tracker
