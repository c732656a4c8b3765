#include "tracker/projector.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"

namespace tallygate::tracker {
namespace {

constexpr std::chrono::seconds kDrainLimit{10};
constexpr std::chrono::minutes kPositionCheck{1};

using SteadyClock = std::chrono::steady_clock;

// "numbers 31 to 40 of run 0192…"
std::string name_gap(const LogPosition& behind, const LogPosition& up_to) {
    if (behind.incarnation == up_to.incarnation || behind == LogPosition{}) {
        return fmt::format("numbers {} to {} of run {}", behind.n + 1, up_to.n,
                           to_string(up_to.incarnation));
    }
    return fmt::format("what follows number {} of run {}, up to number {} of run {}", behind.n,
                       to_string(behind.incarnation), up_to.n, to_string(up_to.incarnation));
}

}  // namespace

Result<void> check_run(const LogPosition& position, const LogPosition& last) {
    if (position.incarnation <= last.incarnation) return {};
    return failure(Errc::conflict, "",
                   fmt::format("the store already has events of a later run of this node "
                               "(incarnation {}): the data directory "
                               "was restored from a copy older than the store. Restore both from "
                               "the same time, or give the "
                               "node a new data directory (--data)",
                               to_string(position.incarnation)));
}

Projector::Projector(journal::Journal& journal, std::filesystem::path journal_path,
                     store::UsageStore& store, const Uuid& writer, const Clock& clock,
                     const TrackerOptions& options)
    : journal_(journal),
      journal_path_(std::move(journal_path)),
      store_(store),
      writer_(writer),
      clock_(clock),
      options_(options),
      cache_(store),
      last_check_(clock.steady_now()),
      thread_([this] { run(); }) {}

Projector::~Projector() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    work_.notify_one();
    thread_.join();
}

void Projector::notice(const LogPosition& position) {
    const bool batch_is_full = position.n % (options_.batch_rows / 2 + 1) == 0;
    if (!sleeping_.load() && !batch_is_full) return;
    const std::lock_guard lock(mutex_);
    sleeping_ = false;
    work_.notify_one();
}

void Projector::run() {
    SteadyClock::time_point stop_at = SteadyClock::time_point::max();
    for (;;) {
        const LogPosition seen = journal_.last();
        const bool worked = step();
        {
            const std::lock_guard lock(mutex_);
            if (stopping_ && stop_at == SteadyClock::time_point::max()) {
                stop_at = SteadyClock::now() + kDrainLimit;
            }
            const bool is_over = halted_ || !status_.store_ok || covered_ >= journal_.last();
            if (stopping_ && (is_over || SteadyClock::now() >= stop_at)) break;
        }
        if (!worked) {
            wait_for_work(seen);
        } else if (rows_.size() < options_.batch_rows) {
            std::unique_lock lock(mutex_);
            wait_for_more(lock);
        }
    }
    const std::lock_guard lock(mutex_);
    if (covered_ < journal_.last()) {
        log::warn("not everything is in the store yet; the next start goes on from the journal",
                  {{"store_error", status_.store_error}});
    }
    covered_changed_.notify_all();
}

bool Projector::step() {
    {
        const std::lock_guard lock(mutex_);
        if (halted_) return false;
    }
    if (clock_.steady_now() - last_check_ >= kPositionCheck) {
        if (auto checked = check_position(); !checked) {
            failed(checked.error());
            return false;
        }
    }
    if (!reader_) {
        if (auto opened = open_reader(); !opened) {
            failed(opened.error());
            return false;
        }
    }
    const LogPosition before = journal_.last();
    if (auto read = reader_->read(rows_, options_.batch_rows); !read) {
        failed(read.error());
        return false;
    }
    if (rows_.empty()) {
        if (before.n > 0 && applied_ < before) {
            failed({Errc::unavailable, "",
                    fmt::format("the journal in {} ends before number {} that was written to it: "
                                "its files were changed",
                                journal_path_.string(), before.n)});
            return false;
        }
        recovered();
        cover(before);
        return false;
    }
    if (auto applied = apply(rows_); !applied) {
        failed(applied.error());
        return false;
    }
    recovered();
    return true;
}

Result<void> Projector::open_reader() {
    const auto position = store_.position(writer_);
    if (!position) return std::unexpected(position.error());
    if (auto checked = check_run(*position, journal_.last()); !checked) return checked;
    if (auto looked = look_for_gap(*position); !looked) return looked;
    auto reader = journal::JournalReader::open(journal_path_, *position);
    if (!reader) return std::unexpected(reader.error());
    reader_ = std::make_unique<journal::JournalReader>(std::move(*reader));
    journal_.release(*position);
    const std::lock_guard lock(mutex_);
    applied_ = *position;
    return {};
}

// The store may be older than the journal's oldest record: then numbers are missing for good.
Result<void> Projector::look_for_gap(const LogPosition& position) {
    const auto begins_after = journal::JournalReader::begins_after(journal_path_);
    if (!begins_after) return std::unexpected(begins_after.error());
    if (position >= *begins_after) return {};
    std::string gap = name_gap(position, *begins_after);
    {
        const std::lock_guard lock(mutex_);
        if (status_.gap == gap) return {};
        status_.gap = gap;
    }
    log::error(
        "a gap: the store lacks events that the journal no longer holds; restore the database from "
        "a newer backup",
        {{"writer", to_string(writer_)}, {"missing", std::move(gap)}});
    return {};
}

Result<void> Projector::apply(const std::vector<EventRow>& rows) {
    // Rows behind a position that the store does not have would leave a hole.
    if (auto checked = check_position(); !checked) return checked;
    if (!reader_) return {};
    auto totals = cache_.fold(rows);
    if (!totals) return std::unexpected(totals.error());
    const LogPosition up_to = rows.back().event.id.position;
    if (auto applied = store_.apply(writer_, rows, *totals, up_to); !applied) return applied;
    cache_.commit(*totals);
    journal_.release(up_to);
    {
        const std::lock_guard lock(mutex_);
        applied_ = up_to;
        status_.applied_events += rows.size();
        status_.last_batch_rows = rows.size();
    }
    cover(up_to);
    return {};
}

void Projector::cover(const LogPosition& position) {
    const std::lock_guard lock(mutex_);
    covered_ = std::max(covered_, position);
    covered_changed_.notify_all();
}

void Projector::failed(const Error& error) {
    cache_.forget();
    reader_.reset();
    const bool is_final = error.errc == Errc::data_loss || error.errc == Errc::internal;
    bool is_first = false;
    {
        const std::lock_guard lock(mutex_);
        is_first = status_.store_ok;
        status_.store_ok = false;
        status_.store_error = error.message;
        ++status_.apply_failures;
        halted_ = halted_ || is_final;
        covered_changed_.notify_all();
    }
    if (is_final) {
        log::error(
            "projection has stopped: journal and store contradict each other; calls go on and are "
            "journalled, see "
            "`tallygate verify`",
            {{"error", error.message}});
        return;
    }
    if (is_first) {
        log::error("the store does not take events; they wait in the journal",
                   {{"error", error.message}});
    }
    back_off_ = std::clamp(back_off_ * 2, options_.retry_min, options_.retry_max);
}

void Projector::recovered() {
    back_off_ = std::chrono::milliseconds{0};
    const std::lock_guard lock(mutex_);
    if (status_.store_ok) return;
    status_.store_ok = true;
    status_.store_error.clear();
    log::info("the store takes events again");
}

// The database's word is not the end: one that was restored from a backup is behind what it once
// said.
Result<void> Projector::check_position() {
    last_check_ = clock_.steady_now();
    if (!reader_) return {};
    const auto position = store_.position(writer_);
    if (!position) return std::unexpected(position.error());
    if (*position == applied_) return {};
    log::warn("the store is not where this server left it; what it lacks is applied again",
              {{"incarnation", to_string(position->incarnation)},
               {"position", position->n},
               {"expected", applied_.n}});
    cache_.forget();
    reader_.reset();
    const std::lock_guard lock(mutex_);
    covered_ = std::min(covered_, *position);
    return {};
}

void Projector::wait_for_work(const LogPosition& seen) {
    std::unique_lock lock(mutex_);
    if (!status_.store_ok && !halted_) {
        work_.wait_for(lock, back_off_, [this] { return stopping_; });
        return;
    }
    if (halted_) {
        work_.wait(lock, [this] { return stopping_; });
        return;
    }
    sleeping_ = true;
    // What came between the last look and now would wake nobody.
    if (journal_.last() != seen) sleeping_ = false;
    work_.wait_for(lock, std::chrono::duration_cast<std::chrono::milliseconds>(kPositionCheck),
                   [this] { return !sleeping_ || stopping_ || waiting_ > 0; });
    sleeping_ = false;
    if (!stopping_) wait_for_more(lock);
}

void Projector::wait_for_more(std::unique_lock<std::mutex>& lock) {
    work_.wait_for(lock, options_.flush_interval, [this] {
        return stopping_ || waiting_ > 0 || journal_.last().n >= applied_.n + options_.batch_rows;
    });
}

Result<void> Projector::catch_up() {
    const LogPosition target = journal_.last();
    std::unique_lock lock(mutex_);
    const auto unavailable = [this] {
        return failure(
            Errc::unavailable, "store_unavailable",
            status_.store_error.empty()
                ? std::string("the store is behind; try again shortly")
                : fmt::format(
                      "the store does not answer; calls are counted in the journal meanwhile ({})",
                      status_.store_error));
    };
    if (covered_ >= target) return {};
    if (!status_.store_ok) return unavailable();
    ++waiting_;
    work_.notify_one();
    const bool came = covered_changed_.wait_for(lock, options_.read_your_writes_limit, [&] {
        return covered_ >= target || !status_.store_ok || stopping_;
    });
    --waiting_;
    if (came && covered_ >= target) return {};
    return unavailable();
}

TrackerStatus Projector::status() const {
    const LogPosition last = journal_.last();
    const std::lock_guard lock(mutex_);
    TrackerStatus status = status_;
    if (covered_ < last) {
        status.pending_events = applied_.incarnation == last.incarnation
                                    ? last.n - applied_.n
                                    : std::max<std::uint64_t>(last.n, 1);
    }
    return status;
}

}  // namespace tallygate::tracker
