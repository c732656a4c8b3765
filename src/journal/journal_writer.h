// The journal of one run: appends, syncs, makes and deletes segments.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "journal/journal.h"
#include "journal/journal_files.h"
#include "journal/recovery.h"
#include "journal/segment_format.h"

namespace tallygate::journal {

class JournalWriter final : public Journal {
public:
    JournalWriter(const DataDirectory& directory, const JournalOptions& options, const Clock& clock,
                  std::unique_ptr<JournalFiles> files);
    JournalWriter(const JournalWriter&) = delete;
    JournalWriter& operator=(const JournalWriter&) = delete;
    ~JournalWriter() override;

    // Begins the run: its first segment, an `incomplete` event for each unclosed call, the syncing
    // thread.
    Result<void> begin(Recovered recovered);

    Result<OpenCall> open_call(const UsageEvent& draft) override;
    Result<Appended> close_call(const OpenCall& call, UsageEvent& event) override;
    void when_synced(JournalOffset offset, std::function<void(bool)> done) override;
    LogPosition last() const override;
    void release(const LogPosition& applied) override;
    JournalStatus status() const override;

private:
    struct Segment {
        SegmentHeader header;
        std::filesystem::path path;
        std::shared_ptr<JournalFile> file;  // shared with a sync that is under way
        std::uint64_t offset = 0;           // where the next record goes
        std::uint64_t bytes = 0;            // allocated
        boost::unordered_flat_set<std::uint64_t> open_calls;  // whose OPEN stands here
        bool carry_tried = false;
        JournalOffset carried = 0;  // where the copies of its OPENs end
        Timestamp last_write;
    };
    struct Waiter {
        JournalOffset offset;
        std::function<void(bool)> done;
    };

    // All of these want mutex_ held.
    Result<void> append(std::string& record, RecordType type);
    Result<void> make_room(std::uint64_t bytes);
    std::uint64_t room() const;
    Result<void> add_spare();  // within keep_bytes
    Result<void> allocate();
    void has_space_again();
    void forget_open(const OpenCall& call);
    // Writes the OPENs of the oldest segment again where they alone keep it from going.
    void carry_open_calls();
    Result<void> carry(Segment& from);
    Result<void> begin_segment();
    std::uint64_t oldest_open() const;
    std::uint64_t allocated() const;
    bool may_grow() const;
    bool may_go(const Segment& first, const Segment& next) const;
    std::vector<std::filesystem::path> take_released();
    std::unexpected<Error> fail(std::string reason);
    std::unexpected<Error> refused() const;

    void sync_loop();
    void sync_once(std::unique_lock<std::mutex>& lock);
    void keep_house(std::unique_lock<std::mutex>& lock);
    void call_waiters(std::unique_lock<std::mutex>& lock);

    const DataDirectory& directory_;
    const std::filesystem::path path_;
    const JournalOptions options_;
    const Clock& clock_;
    const std::unique_ptr<JournalFiles> files_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    // Under mutex_ from here on.
    std::deque<Segment>
        segments_;  // those of earlier runs without a file, then ours; the last takes appends
    std::deque<Segment> spares_;                          // allocated ahead
    std::vector<std::shared_ptr<JournalFile>> unsynced_;  // full segments that still need a sync
    bool directory_unsynced_ = false;
    bool segments_taken_ = false;  // the run has begun
    std::uint64_t next_sequence_ = 1;
    std::uint64_t recovering_from_ =
        0;  // where unclosed calls of earlier runs stand, until all have ended
    std::uint64_t next_call_ = 1;
    std::uint64_t reserved_ = 0;
    JournalOffset appended_ = 0;
    JournalOffset synced_ = 0;
    LogPosition applied_;
    LogPosition last_event_;  // of whatever run
    std::optional<std::chrono::steady_clock::time_point> full_since_;
    bool idle_ = true;  // the syncing thread waits for something to do
    bool stopping_ = false;
    std::vector<Waiter> waiters_;
    JournalStatus status_;
    std::thread thread_;
};

}  // namespace tallygate::journal
