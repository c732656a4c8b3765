// The log on local disk that every call goes through before its answer ends. Format:
// docs/journal_format.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "journal/data_directory.h"
#include "usage/event.h"

namespace tallygate::journal {

enum class SyncMode {
    interval,  // synced every `sync_interval`: a kill loses nothing, a power cut at most that and
               // one sync
    always,    // an answer ends only when its event is synced: a power cut loses nothing either
};

struct JournalOptions {
    SyncMode sync = SyncMode::interval;
    std::chrono::milliseconds sync_interval{5};
    std::chrono::hours keep{24};  // how long an applied segment stays
    std::uint64_t keep_bytes = std::uint64_t{4}
                               << 30;  // beats `keep`, never takes what is not applied
    std::uint64_t segment_bytes = std::uint64_t{8} << 20;
};

// A call that has an OPEN record and still owes its CLOSE, for which disk space is set aside. A
// value: pass it to close_call exactly once, whatever becomes of the call.
struct OpenCall {
    std::uint64_t call_id = 0;
    std::uint32_t reserved_bytes = 0;
    std::uint64_t segment = 0;  // where the OPEN stands; the segment is kept until the CLOSE
};

// Where a record ended, counted over the whole run; grows with each append.
using JournalOffset = std::uint64_t;

struct JournalStatus {
    enum class State {
        ok,
        full,    // the disk has no room for another call; looked at again with the next one
        failed,  // a sync failed: what the disk holds is unknown, nothing is acknowledged until a
                 // restart
    };
    State state = State::ok;
    std::string reason;                 // of `full` and `failed`, for a person
    std::uint64_t appended_events = 0;  // of this run, = the last number given
    std::uint64_t open_calls = 0;
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;  // on disk, preallocated space included
    std::uint64_t syncs = 0;
    std::uint64_t dropped_records = 0;  // behind the first bad record, at recovery
    std::uint64_t recovered_incomplete = 0;
};

// One writer's journal, one run of it. Any thread may call it; an append is one pwrite under a
// short lock.
class Journal {
public:
    // Recovers what earlier runs left (calls without a CLOSE become `incomplete` events of this
    // run; a torn tail is cut off, counted and logged) and begins a new run with
    // `directory.incarnation()`. `directory` must outlive it. Fails with data_loss where bytes that
    // a sync had covered are damaged: file, offset, expected, found and what to do; with
    // unavailable where the disk refuses.
    static Result<std::unique_ptr<Journal>> open(const DataDirectory& directory,
                                                 const JournalOptions& options, const Clock& clock);
    // Syncs what is there, closes. No call may be under way.
    virtual ~Journal() = default;

    // Writes OPEN for a call about to be forwarded: `draft` has what is known by then. Fails with
    // unavailable
    // (`journal_unavailable`) where the disk is full or a sync has failed; then nothing may be
    // forwarded as metered.
    virtual Result<OpenCall> open_call(const UsageEvent& draft) = 0;

    struct Appended {
        LogPosition position;
        JournalOffset offset = 0;
    };
    // Gives `event` its number, writes it, and frees what `call` had set aside. When this returns
    // no kill can lose the event. Fails with unavailable after a failed sync; then the answer must
    // not end well.
    virtual Result<Appended> close_call(const OpenCall& call, UsageEvent& event) = 0;

    // Calls `done(true)` once everything up to `offset` is synced, `done(false)` if that can no
    // longer happen. At once in the caller's thread where the answer is known, else from the
    // syncing thread: it must be short and not call back.
    virtual void when_synced(JournalOffset offset, std::function<void(bool)> done) = 0;

    // The last event appended in this run; n is 0 before the first.
    virtual LogPosition last() const = 0;

    // Everything up to `applied` is in the store: older segments may go as options say. Never
    // blocks on the disk long.
    virtual void release(const LogPosition& applied) = 0;

    virtual JournalStatus status() const = 0;
};

}  // namespace tallygate::journal
