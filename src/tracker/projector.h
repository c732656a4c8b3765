// The thread that carries events from the journal into the store.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "journal/journal_reader.h"
#include "tracker/totals_cache.h"
#include "tracker/usage_tracker.h"

namespace tallygate::tracker {

// Reads behind the store's position, folds, applies; after a failure it asks the store for its
// position again and goes on from there, so that nothing is lost and nothing counted twice whatever
// became of the last call. Memory does not grow with the backlog: that stays in the journal. Any
// thread may call the public functions.
class Projector {
public:
    Projector(journal::Journal& journal, std::filesystem::path journal_path,
              store::UsageStore& store, const Uuid& writer, const Clock& clock,
              const TrackerOptions& options);
    Projector(const Projector&) = delete;
    Projector& operator=(const Projector&) = delete;
    // Applies what is left, ten seconds at most, and ends the thread.
    ~Projector();

    // An event was appended at `position`. Costs a load while the thread is busy.
    void notice(const LogPosition& position);
    Result<void> catch_up();
    // As catch_up, for the numbers of one user alone.
    Result<void> catch_up(std::string_view user_id);
    TrackerStatus status() const;

private:
    // How often the store is asked for its position though nothing comes.
    static constexpr std::chrono::minutes kPositionCheck{1};

    // Somebody who waits for one user's totals; lives on the stack of catch_up.
    struct UserWait {
        std::string user_id;
        LogPosition target;
        bool is_served = false;
    };

    void run();
    // One round; false: nothing was there.
    bool step();
    Result<void> carry_on(bool is_idle);
    Result<void> open_reader();
    Result<void> look_for_gap(const LogPosition& position);
    Result<void> check_position();
    // Writes rows, and their totals with them unless the store wants those later.
    Result<void> write(const std::vector<EventRow>& rows);
    // Writes the totals that are held; now, where somebody waits for them.
    Result<void> flush();
    bool flush_is_due(bool is_idle);
    Result<void> serve_users();
    void landed(const LogPosition& up_to, std::size_t rows);
    void drop_hold();
    void failed(const Error& error);
    void recovered();
    void cover(const LogPosition& position);
    Result<void> wait_until(std::unique_lock<std::mutex>& lock,
                            const std::function<bool()>& reached);
    void wait_for_work(const LogPosition& seen);
    std::chrono::milliseconds longest_sleep() const;
    bool somebody_waits() const;
    // A few more for the same batch, unless somebody waits or a batch is full.
    void wait_for_more(std::unique_lock<std::mutex>& lock);

    journal::Journal& journal_;
    const std::filesystem::path journal_path_;
    store::UsageStore& store_;
    const Uuid writer_;
    const Clock& clock_;
    const TrackerOptions options_;
    const store::TotalsDelay delay_;

    // The thread's own.
    std::unique_ptr<journal::JournalReader> reader_;
    TotalsCache cache_;
    std::vector<EventRow> rows_;
    std::vector<LogPosition> held_ends_;  // of each run whose rows are written and totals are held
    std::size_t held_events_ = 0;
    std::chrono::steady_clock::time_point last_flush_;
    std::chrono::milliseconds back_off_{0};
    std::chrono::steady_clock::time_point last_check_;

    std::atomic<bool> sleeping_{false};
    mutable std::mutex mutex_;
    std::condition_variable work_;             // for the thread
    std::condition_variable covered_changed_;  // for those who wait in catch_up
    // Under mutex_.
    store::StorePosition stored_;  // of the store, as it was last heard
    LogPosition covered_;          // everything up to here is in the store
    int waiting_ = 0;              // for covered_
    std::vector<UserWait*> user_waits_;
    bool stopping_ = false;
    bool halted_ = false;  // the store holds what cannot be: an operator must look
    TrackerStatus status_;
    std::thread thread_;
};

// Fails with conflict where a store at `position` has events of a later run than `last`, the
// journal's: one of the two was restored from an older copy.
Result<void> check_run(const LogPosition& position, const LogPosition& last);

}  // namespace tallygate::tracker
