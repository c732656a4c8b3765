#include "tracker/projector.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"

namespace tallygate::tracker {
namespace {

constexpr std::chrono::seconds kDrainLimit{10};

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
      delay_(store.totals_delay()),
      cache_(store),
      last_flush_(clock.steady_now()),
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
    const bool is_idle = rows_.empty();
    if (is_idle && before.n > 0 && stored_.written < before) {
        failed({Errc::unavailable, "",
                fmt::format("the journal in {} ends before number {} that was written to it: "
                            "its files were changed",
                            journal_path_.string(), before.n)});
        return false;
    }
    if (auto carried = carry_on(is_idle); !carried) {
        failed(carried.error());
        return false;
    }
    recovered();
    if (is_idle && held_ends_.empty()) cover(before);
    return !is_idle;
}

Result<void> Projector::carry_on(bool is_idle) {
    if (!is_idle) {
        if (auto written = write(rows_); !written) return written;
    }
    if (flush_is_due(is_idle || rows_.size() < options_.batch_rows)) {
        if (auto flushed = flush(); !flushed) return flushed;
    }
    return serve_users();
}

Result<void> Projector::open_reader() {
    const auto position = store_.position(writer_);
    if (!position) return std::unexpected(position.error());
    if (auto checked = check_run(position->written, journal_.last()); !checked) return checked;
    if (auto looked = look_for_gap(position->applied); !looked) return looked;
    auto reader = journal::JournalReader::open(journal_path_, position->applied);
    if (!reader) return std::unexpected(reader.error());
    reader_ = std::make_unique<journal::JournalReader>(std::move(*reader));
    journal_.release(position->applied);
    const std::lock_guard lock(mutex_);
    stored_ = *position;
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

Result<void> Projector::write(const std::vector<EventRow>& rows) {
    // Rows behind a position that the store does not have would leave a hole.
    if (auto checked = check_position(); !checked) return checked;
    if (!reader_) return {};
    auto totals = cache_.fold(rows);
    if (!totals) return std::unexpected(totals.error());
    const auto ends = run_ends(rows);
    if (delay_.is_none()) {
        if (auto applied = store_.apply(writer_, rows, *totals, ends); !applied) return applied;
        cache_.commit(*totals);
        landed(ends.back(), rows.size());
        return {};
    }
    if (auto written = store_.apply(writer_, rows, {}, {}); !written) return written;
    cache_.hold(*totals);
    for (const LogPosition& end : ends) {
        if (held_ends_.empty() || held_ends_.back().incarnation != end.incarnation)
            held_ends_.emplace_back();
        held_ends_.back() = end;
    }
    held_events_ += rows.size();
    const std::lock_guard lock(mutex_);
    // Rows that were there before their totals are written once more and move nothing.
    stored_.written = std::max(stored_.written, ends.back());
    return {};
}

bool Projector::flush_is_due(bool is_idle) {
    if (held_ends_.empty()) return false;
    {
        const std::lock_guard lock(mutex_);
        if (waiting_ > 0 || stopping_) return true;
    }
    if (held_events_ >= delay_.events || cache_.held_count() >= cache_.capacity()) return true;
    return clock_.steady_now() - last_flush_ >= (is_idle ? delay_.idle : delay_.under_load);
}

Result<void> Projector::flush() {
    if (auto checked = check_position(); !checked) return checked;
    if (!reader_) return {};
    const auto totals = cache_.held();
    if (auto applied = store_.apply(writer_, {}, totals, held_ends_); !applied) return applied;
    cache_.commit(totals);
    last_flush_ = clock_.steady_now();
    const LogPosition up_to = held_ends_.back();
    held_ends_.clear();
    landed(up_to, std::exchange(held_events_, 0));
    return {};
}

// Writes what users who ask for their numbers wait for, and no more.
Result<void> Projector::serve_users() {
    std::vector<UserWait*> ready;
    {
        const std::lock_guard lock(mutex_);
        for (UserWait* wait : user_waits_) {
            if (!wait->is_served && stored_.written >= wait->target) ready.push_back(wait);
        }
    }
    if (ready.empty()) return {};
    std::vector<DailyTotals> totals;
    std::set<std::string_view> users;
    for (const UserWait* wait : ready) {
        if (!users.insert(wait->user_id).second) continue;
        std::ranges::move(cache_.held_of(wait->user_id), std::back_inserter(totals));
    }
    if (!totals.empty()) {
        if (auto applied = store_.apply(writer_, {}, totals, {}); !applied) return applied;
        cache_.commit(totals);
    }
    const std::lock_guard lock(mutex_);
    for (UserWait* wait : ready)
        wait->is_served = true;
    covered_changed_.notify_all();
    return {};
}

// Everything up to here is in the store.
void Projector::landed(const LogPosition& up_to, std::size_t rows) {
    journal_.release(up_to);
    {
        const std::lock_guard lock(mutex_);
        stored_ = {.applied = up_to, .written = std::max(stored_.written, up_to)};
        status_.applied_events += rows;
        status_.last_batch_rows = rows;
    }
    cover(up_to);
}

void Projector::cover(const LogPosition& position) {
    const std::lock_guard lock(mutex_);
    covered_ = std::max(covered_, position);
    covered_changed_.notify_all();
}

void Projector::failed(const Error& error) {
    drop_hold();
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

// What is held is folded again from the journal, behind the store's position.
void Projector::drop_hold() {
    cache_.forget();
    held_ends_.clear();
    held_events_ = 0;
    reader_.reset();
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
    if (*position == stored_) return {};
    log::warn("the store is not where this server left it; what it lacks is applied again",
              {{"incarnation", to_string(position->applied.incarnation)},
               {"position", position->applied.n},
               {"expected", stored_.applied.n}});
    drop_hold();
    const std::lock_guard lock(mutex_);
    covered_ = std::min(covered_, position->applied);
    return {};
}

TrackerStatus Projector::status() const {
    const LogPosition last = journal_.last();
    const std::lock_guard lock(mutex_);
    TrackerStatus status = status_;
    if (covered_ < last) {
        status.pending_events = stored_.applied.incarnation == last.incarnation
                                    ? last.n - stored_.applied.n
                                    : std::max<std::uint64_t>(last.n, 1);
    }
    return status;
}

}  // namespace tallygate::tracker
