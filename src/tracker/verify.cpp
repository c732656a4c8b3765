#include "tracker/verify.h"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "journal/event_codec.h"
#include "journal/journal_reader.h"
#include "tracker/event_difference.h"
#include "tracker/log_walk.h"
#include "tracker/verify_totals.h"

namespace tallygate::tracker {
namespace {

using Report = std::function<void(const Difference&)>;

// Holds the rows of the store against their numbers, their checksums and the journal.
class LogCheck {
public:
    LogCheck(store::UsageStore& store, const AppliedNumbers& applied, VerifyReport& counts,
             const Report& report, const std::function<void(std::uint64_t)>& progress)
        : store_(store), applied_(applied), counts_(counts), report_(report), progress_(progress) {}

    void visit(const LogEntry& entry);
    // Names what is missing behind the last row of each run.
    void finish();

private:
    void check_row(const EventRow& row, const EventRow* journalled);
    void check_beyond(const EventId& id);
    void check_unmatched(const EventId& id);
    void compare(const EventRow& row, const EventRow* journalled);
    void missing(const EventId& id) { report(id, "present", "missing"); }
    void report(const EventId& id, std::string expected, std::string found) {
        report_({"usage_logs " + to_string(id), std::move(expected), std::move(found)});
    }

    store::UsageStore& store_;
    const AppliedNumbers& applied_;
    VerifyReport& counts_;
    const Report& report_;
    const std::function<void(std::uint64_t)>& progress_;
    std::uint64_t seen_ = 0;
    std::map<std::pair<Uuid, Uuid>, std::uint64_t>
        next_;  // the number expected next, by writer and incarnation
};

void LogCheck::visit(const LogEntry& entry) {
    constexpr std::uint64_t kProgressEach = 100'000;
    if (entry.journalled) ++counts_.journal_events;
    entry.row ? check_row(*entry.row, entry.journalled) : check_unmatched(entry.id);
    if (entry.row && ++seen_ % kProgressEach == 0) progress_(seen_);
}

void LogCheck::check_row(const EventRow& row, const EventRow* journalled) {
    const EventId& id = row.event.id;
    if (!applied_.contains(id)) {
        // What was written since is beyond too; a row is an intruder only where nothing wrote it.
        if (!journalled) check_beyond(id);
        return;
    }
    ++counts_.events;
    std::uint64_t& next = next_.try_emplace({id.writer, id.position.incarnation}, 1).first->second;
    for (; next < id.position.n; ++next) {
        missing({id.writer, {id.position.incarnation, next}});
    }
    ++next;
    compare(row, journalled);
}

void LogCheck::check_beyond(const EventId& id) {
    const auto now = AppliedNumbers::read(store_);
    if (now && now->has_row(id)) return;
    if (!applied_.knows_run(id)) {
        return report(id, "a run that was applied", "a row of no such run");
    }
    report(id,
           id.position.n == 0 ? "numbers from 1 on"
                              : fmt::format("no row beyond number {}", applied_.of_run(id)),
           "a row");
}

// The numbers tell of what is missing up to the position of a known run. What the store should have
// beside those, only the journal knows; what lies behind its last event has not been applied yet.
void LogCheck::check_unmatched(const EventId& id) {
    if (!applied_.contains(id) && !applied_.may_come_yet(id)) missing(id);
}

void LogCheck::compare(const EventRow& row, const EventRow* journalled) {
    if (journalled) {
        for (FieldDifference& field : differences(journalled->event, row.event)) {
            report(row.event.id, std::move(field.expected), std::move(field.found));
        }
        if (journalled->event == row.event && journalled->checksum != row.checksum) {
            report(row.event.id, fmt::format("checksum {:08x}", journalled->checksum),
                   fmt::format("checksum {:08x}", row.checksum));
        }
        return;
    }
    const std::uint32_t measured = journal::event_checksum(row.event);
    if (measured != row.checksum) {
        report(row.event.id, fmt::format("content with checksum {:08x}", row.checksum),
               fmt::format("content with checksum {:08x}", measured));
    }
}

void LogCheck::finish() {
    for (const auto& [run, last] : applied_.runs()) {
        const auto seen = next_.find(run);
        for (std::uint64_t n = seen == next_.end() ? 1 : seen->second; n <= last; ++n) {
            missing({run.first, {run.second, n}});
        }
    }
}

Result<void> check_log(store::UsageStore& store, const VerifyOptions& options,
                       const AppliedNumbers& applied, VerifyReport& counts, const Report& report,
                       const std::function<void(std::uint64_t)>& progress) {
    LogCheck check(store, applied, counts, report, progress);
    const auto walked =
        walk_log(store, options.journal_path, [&](const LogEntry& entry) -> Result<void> {
            check.visit(entry);
            return {};
        });
    if (!walked) return std::unexpected(walked.error());
    check.finish();
    if (!options.journal_path) return {};
    const auto damage = journal::find_damage(*options.journal_path);
    if (!damage) return std::unexpected(damage.error());
    for (const std::string& line : *damage) {
        report({"journal " + line, "bytes as written", "damaged bytes"});
    }
    // The same place once; what cannot be read for another reason is said here.
    if (!walked->journal_was_read && damage->empty()) {
        report({"journal " + options.journal_path->string(), "readable to its end",
                walked->journal_error.message});
    }
    return {};
}

}  // namespace

Result<VerifyReport> verify(store::UsageStore& store, const VerifyOptions& options,
                            const std::function<void(const Difference&)>& report,
                            const std::function<void(std::uint64_t)>& progress) {
    VerifyReport counts;
    const Report counted = [&](const Difference& difference) {
        ++counts.differences;
        report(difference);
    };
    const auto applied = AppliedNumbers::read(store);
    if (!applied) return std::unexpected(applied.error());
    if (auto checked = check_log(store, options, *applied, counts, counted, progress); !checked) {
        return std::unexpected(checked.error());
    }
    if (auto checked = verify_totals(store, options, *applied, counts, counted); !checked) {
        return std::unexpected(checked.error());
    }
    return counts;
}

}  // namespace tallygate::tracker
