// The log as the store has it and as the journal has it, side by side.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>

#include "base/result.h"
#include "store/usage_store.h"

namespace tallygate::tracker {

// One event: its row, what the journal has of it, or both.
struct LogEntry {
    EventId id;
    const EventRow* row = nullptr;         // in the store
    const EventRow* journalled = nullptr;  // in the journal
};

// A failure ends the walk and becomes its result.
using LogVisitor = std::function<Result<void>(const LogEntry&)>;

struct LogWalkEnd {
    bool journal_was_read =
        true;  // to its end; else what lies behind was visited with its row alone
    Error journal_error;
};

// Visits every event in the order of ids (rows of no known run may come last). Streams both.
Result<LogWalkEnd> walk_log(store::UsageStore& store,
                            const std::optional<std::filesystem::path>& journal_path,
                            const LogVisitor& visit);

// The last number of each run that the store has applied.
class AppliedNumbers {
public:
    static Result<AppliedNumbers> read(store::UsageStore& store);

    bool knows_run(const EventId& id) const {
        return runs_.contains({id.writer, id.position.incarnation});
    }
    // 0 for a run that is not known.
    std::uint64_t of_run(const EventId& id) const;
    // Whether its row was written, though its totals may be still to come.
    bool has_row(const EventId& id) const;
    bool contains(const EventId& id) const {
        return id.position.n > 0 && id.position.n <= of_run(id);
    }
    // Whether it stands behind the last event of its writer, so that it may have been applied
    // since.
    bool may_come_yet(const EventId& id) const {
        return !id.writer.is_nil() && id.position > last_of(id.writer);
    }

    // By writer and incarnation.
    const std::map<std::pair<Uuid, Uuid>, std::uint64_t>& runs() const { return runs_; }

private:
    LogPosition last_of(const Uuid& writer) const;

    std::map<std::pair<Uuid, Uuid>, std::uint64_t> runs_;
    std::map<std::pair<Uuid, Uuid>, std::uint64_t> written_;
};

}  // namespace tallygate::tracker
