// The syncing thread: what makes records durable and tells who waits.
#include <algorithm>
#include <utility>

#include <unistd.h>

#include "base/log.h"
#include "journal/journal_writer.h"
#include "journal/recovery.h"

namespace tallygate::journal {

void JournalWriter::when_synced(JournalOffset offset, std::function<void(bool)> done) {
    bool durable = false;
    {
        const std::lock_guard lock(mutex_);
        durable = synced_ >= offset;
        if (!durable && status_.state != JournalStatus::State::failed) {
            waiters_.push_back({offset, std::move(done)});
            idle_ = false;
            wake_.notify_one();
            return;
        }
    }
    done(durable);
}

void JournalWriter::call_waiters(std::unique_lock<std::mutex>& lock) {
    const bool failed = status_.state == JournalStatus::State::failed;
    std::vector<Waiter> ready;
    const auto waiting = std::ranges::partition(
        waiters_, [&](const Waiter& waiter) { return !failed && waiter.offset > synced_; });
    ready.assign(std::make_move_iterator(waiting.begin()), std::make_move_iterator(waiting.end()));
    waiters_.erase(waiting.begin(), waiting.end());
    const JournalOffset synced = synced_;
    lock.unlock();
    for (Waiter& waiter : ready)
        waiter.done(waiter.offset <= synced);
    lock.lock();
}

void JournalWriter::sync_once(std::unique_lock<std::mutex>& lock) {
    const JournalOffset target = appended_;
    const SyncedUpTo position{segments_.back().header.sequence, segments_.back().offset};
    std::vector<std::shared_ptr<JournalFile>> files = std::move(unsynced_);
    unsynced_.clear();
    files.push_back(segments_.back().file);
    const bool directory = std::exchange(directory_unsynced_, false);
    lock.unlock();
    std::error_code error;
    if (directory) error = files_->sync_directory(path_);
    for (const auto& file : files) {
        if (!error) error = files_->sync(*file);
    }
    files.clear();
    lock.lock();
    if (error) {
        (void)fail("a sync of " + path_.string() + " failed: " + error.message());
        return;
    }
    synced_ = std::max(synced_, target);
    ++status_.syncs;
    if (status_.state == JournalStatus::State::failed) return;
    // What is known to be durable: damage before it is damage, not a torn end. Left out where it
    // would take the space that open calls have set aside.
    if (room() > reserved_ + kRecordHeaderBytes + 16) {
        std::string marker = begin_record();
        put_synced(marker, position);
        const JournalOffset before = appended_;
        if (auto appended = append(marker, RecordType::marker); appended && synced_ == before) {
            // A marker alone needs no sync of its own.
            synced_ = appended_;
        }
    }
}

void JournalWriter::sync_loop() {
    constexpr std::chrono::seconds kHouseKeeping{1};
    constexpr std::chrono::milliseconds kWhileFull{250};
    std::unique_lock lock(mutex_);
    while (!stopping_ && status_.state != JournalStatus::State::failed) {
        idle_ = synced_ == appended_ && waiters_.empty();
        if (idle_) {
            const auto patience =
                status_.state == JournalStatus::State::full
                    ? std::chrono::duration_cast<std::chrono::milliseconds>(kWhileFull)
                    : std::chrono::duration_cast<std::chrono::milliseconds>(kHouseKeeping);
            wake_.wait_for(lock, patience, [this] { return !idle_ || stopping_; });
            keep_house(lock);
            if (synced_ == appended_ && waiters_.empty()) continue;
        }
        if (options_.sync == SyncMode::interval && !stopping_) {
            wake_.wait_for(lock, options_.sync_interval, [this] { return stopping_; });
        }
        sync_once(lock);
        call_waiters(lock);
        keep_house(lock);
    }
    if (status_.state == JournalStatus::State::failed) {
        call_waiters(lock);
        return;
    }
    // The last marker covers everything before it, and is synced itself.
    sync_once(lock);
    if (status_.state != JournalStatus::State::failed) {
        if (const auto error = files_->sync(*segments_.back().file))
            (void)fail("the last sync failed: " + error.message());
    }
    call_waiters(lock);
}

JournalWriter::~JournalWriter() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        wake_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
    for (const Segment& spare : spares_)
        unlink(spare.path.c_str());
}

Result<std::unique_ptr<Journal>> Journal::open(const DataDirectory& directory,
                                               const JournalOptions& options, const Clock& clock) {
    std::error_code error;
    std::filesystem::create_directories(directory.journal_path(), error);
    if (error) {
        return failure(Errc::unavailable, "journal_unavailable",
                       "cannot make " + directory.journal_path().string() + ": " + error.message());
    }
    auto recovered = recover(directory.journal_path());
    if (!recovered) return std::unexpected(recovered.error());
    auto journal = std::make_unique<JournalWriter>(directory, options, clock,
                                                   std::make_unique<JournalFiles>());
    if (auto begun = journal->begin(std::move(*recovered)); !begun)
        return std::unexpected(begun.error());
    return journal;
}

}  // namespace tallygate::journal
