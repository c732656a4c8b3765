#include "tracker/rebuild.h"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "journal/journal_reader.h"
#include "tracker/day_fold.h"
#include "tracker/event_difference.h"
#include "tracker/log_walk.h"
#include "tracker/totals_cache.h"

namespace tallygate::tracker {
namespace {

// Finds the numbers that neither store nor journal has.
class LostNumbers {
public:
    explicit LostNumbers(const AppliedNumbers& applied) : last_(applied.runs()) {}

    // `id` is there. Ids come in their order.
    void visit(const EventId& id) {
        const Run run{id.writer, id.position.incarnation};
        std::uint64_t& next = next_.try_emplace(run, 1).first->second;
        add(run, next, id.position.n - 1);
        next = id.position.n + 1;
    }
    // Everything of `writer` up to `position` was written once.
    void expect(const Uuid& writer, const LogPosition& position) {
        if (position.n == 0) return;
        std::uint64_t& last = last_[{writer, position.incarnation}];
        last = std::max(last, position.n);
    }
    // As text; empty where nothing is lost.
    std::string finish() {
        for (const auto& [run, last] : last_) {
            add(run, next_.try_emplace(run, 1).first->second, last);
        }
        return std::move(text_);
    }

private:
    using Run = std::pair<Uuid, Uuid>;

    void add(const Run& run, std::uint64_t from, std::uint64_t to) {
        if (from > to) return;
        text_ += fmt::format("{}numbers {} to {} of run {}", text_.empty() ? "" : "; ", from, to,
                             to_string(run.second));
    }

    std::map<Run, std::uint64_t> last_;
    std::map<Run, std::uint64_t> next_;
    std::string text_;
};

Result<std::string> find_lost(store::UsageStore& store, const Uuid& writer,
                              const std::filesystem::path& journal_path) {
    const auto applied = AppliedNumbers::read(store);
    if (!applied) return std::unexpected(applied.error());
    LostNumbers lost(*applied);
    const auto begins_after = journal::JournalReader::begins_after(journal_path);
    if (!begins_after) return std::unexpected(begins_after.error());
    lost.expect(writer, *begins_after);
    const auto walked = walk_log(store, journal_path, [&](const LogEntry& entry) -> Result<void> {
        // A row that nothing wrote is no event.
        if (entry.journalled || applied->contains(entry.id)) lost.visit(entry.id);
        return {};
    });
    if (!walked) return std::unexpected(walked.error());
    if (!walked->journal_was_read) return std::unexpected(walked->journal_error);
    return lost.finish();
}

// Applies rows in batches, in the order they come.
class Restore {
public:
    Restore(store::UsageStore& store, const Uuid& writer,
            const std::function<void(std::uint64_t)>& progress)
        : store_(store), writer_(writer), progress_(progress), cache_(store) {}

    Result<void> add(const EventRow& row) {
        constexpr std::size_t kBatch = 8'192;
        const Day day = day_of(row.event.timestamp);
        first_day_ = std::min(first_day_, day);
        rows_.push_back(row);
        return rows_.size() < kBatch ? Result<void>{} : flush();
    }
    Result<void> flush() {
        if (rows_.empty()) return {};
        // With their totals, so that a rebuild that is cut here leaves nothing uncounted.
        auto totals = cache_.fold(rows_);
        if (!totals) return std::unexpected(totals.error());
        if (auto applied = store_.apply(writer_, rows_, *totals, run_ends(rows_)); !applied)
            return applied;
        cache_.commit(*totals);
        count_ += rows_.size();
        rows_.clear();
        progress_(count_);
        return {};
    }
    std::uint64_t count() const { return count_; }
    Day first_day() const { return first_day_; }

private:
    store::UsageStore& store_;
    const Uuid writer_;
    const std::function<void(std::uint64_t)>& progress_;
    TotalsCache cache_;
    std::vector<EventRow> rows_;
    std::uint64_t count_ = 0;
    Day first_day_ = Day::max();
};

// Also rows that are there without having been applied: an apply that was cut left them.
Result<void> restore_rows(store::UsageStore& store, const std::filesystem::path& journal_path,
                          Restore& restore, std::uint64_t& altered) {
    const auto applied = AppliedNumbers::read(store);
    if (!applied) return std::unexpected(applied.error());
    const auto walked = walk_log(store, journal_path, [&](const LogEntry& entry) -> Result<void> {
        const bool is_stored = entry.row && applied->contains(entry.id);
        if (!entry.journalled) return {};
        if (!is_stored) return restore.add(*entry.journalled);
        if (!differences(entry.journalled->event, entry.row->event).empty()) ++altered;
        return {};
    });
    if (!walked) return std::unexpected(walked.error());
    return restore.flush();
}

Result<void> fold_days(store::UsageStore& store, Day from, RebuildReport& report,
                       const std::function<void(std::uint64_t)>& progress) {
    const auto applied = AppliedNumbers::read(store);
    if (!applied) return std::unexpected(applied.error());
    const auto extent = store.extent();
    if (!extent) return std::unexpected(extent.error());
    const Period all = extent->value_or(Period{});  // no days in an empty store
    for (Day day = std::max(all.from, from); day < all.to; day += std::chrono::days{1}) {
        auto folded = fold_day(store, day, [&](const EventId& id, const TotalsKey& key) {
            if (!applied->contains(id)) return false;
            if (key.scope == Scope::global) ++report.events;
            return true;
        });
        if (!folded) return std::unexpected(folded.error());
        std::vector<DailyTotals> totals;
        totals.reserve(folded->size());
        for (auto& [key, made] : *folded) {
            totals.push_back(std::move(made));
        }
        if (auto replaced = store.replace_day(day, totals); !replaced) return replaced;
        report.totals += totals.size();
        ++report.days;
        progress(report.events);
    }
    return {};
}

}  // namespace

Result<RebuildReport> rebuild(store::UsageStore& store, const Uuid& writer,
                              const std::filesystem::path& journal_path, std::optional<Day> from,
                              const std::function<void(std::uint64_t)>& progress) {
    const auto lost = find_lost(store, writer, journal_path);
    if (!lost) return std::unexpected(lost.error());
    if (!lost->empty()) {
        return failure(Errc::data_loss, "",
                       fmt::format("the store lacks events that the journal no longer holds: {}. "
                                   "Restore the database from a "
                                   "backup that has them, then rebuild again; nothing was changed",
                                   *lost));
    }
    Restore restore(store, writer, progress);
    RebuildReport report;
    if (auto restored = restore_rows(store, journal_path, restore, report.events_altered);
        !restored) {
        return std::unexpected(restored.error());
    }
    report.events_restored = restore.count();
    const Day first = std::min(from.value_or(Day::min()), restore.first_day());
    if (auto folded = fold_days(store, first, report, progress); !folded) {
        return std::unexpected(folded.error());
    }
    return report;
}

}  // namespace tallygate::tracker
