#include "tracker/log_walk.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "journal/journal_reader.h"

namespace tallygate::tracker {
namespace {

// The journal's events one by one, read ahead in blocks.
class JournalSide {
public:
    explicit JournalSide(journal::JournalReader reader) : reader_(std::move(reader)) {}

    // The next event; null at the end, or where it cannot be read any further.
    const EventRow* front() {
        constexpr std::size_t kBlock = 4'096;
        if (at_ == block_.size() && end_.journal_was_read) {
            at_ = 0;
            if (auto read = reader_.read(block_, kBlock); !read) {
                end_ = {.journal_was_read = false, .journal_error = read.error()};
                block_.clear();
            }
        }
        return at_ < block_.size() ? &block_[at_] : nullptr;
    }
    void pop() { ++at_; }
    const LogWalkEnd& end() const { return end_; }

private:
    journal::JournalReader reader_;
    std::vector<EventRow> block_;
    std::size_t at_ = 0;
    LogWalkEnd end_;
};

class Walk {
public:
    // `journal` may be null.
    Walk(JournalSide* journal, const LogVisitor& visit) : journal_(journal), visit_(visit) {}

    Result<void> take(const EventRow& row) {
        const EventId& id = row.event.id;
        if (auto passed = pass_journal(&id); !passed) return passed;
        const EventRow* next = journal_ ? journal_->front() : nullptr;
        if (!next || next->event.id != id) return visit_({.id = id, .row = &row});
        auto visited = visit_({.id = id, .row = &row, .journalled = next});
        journal_->pop();
        return visited;
    }
    // The journal's events before `end`, or all that are left.
    Result<void> pass_journal(const EventId* end) {
        while (journal_) {
            const EventRow* next = journal_->front();
            if (!next || (end && next->event.id >= *end)) break;
            if (auto visited = visit_({.id = next->event.id, .journalled = next}); !visited) {
                return visited;
            }
            journal_->pop();
        }
        return {};
    }

private:
    JournalSide* journal_;
    const LogVisitor& visit_;
};

}  // namespace

Result<LogWalkEnd> walk_log(store::UsageStore& store,
                            const std::optional<std::filesystem::path>& journal_path,
                            const LogVisitor& visit) {
    std::unique_ptr<JournalSide> journal;
    if (journal_path) {
        auto reader = journal::JournalReader::open(*journal_path, {});
        if (!reader) return std::unexpected(reader.error());
        journal = std::make_unique<JournalSide>(std::move(*reader));
    }
    Walk walk(journal.get(), visit);
    Result<void> outcome;
    auto scanned = store.scan_events([&](const EventRow& row) {
        outcome = walk.take(row);
        return outcome.has_value();
    });
    if (!scanned) return std::unexpected(scanned.error());
    if (outcome) outcome = walk.pass_journal(nullptr);
    if (!outcome) return std::unexpected(outcome.error());
    return journal ? journal->end() : LogWalkEnd{};
}

Result<AppliedNumbers> AppliedNumbers::read(store::UsageStore& store) {
    const auto runs = store.runs();
    if (!runs) return std::unexpected(runs.error());
    AppliedNumbers applied;
    for (const store::AppliedRun& run : *runs) {
        applied.runs_[{run.writer, run.position.incarnation}] = run.position.n;
        applied.written_[{run.writer, run.position.incarnation}] = run.written;
    }
    return applied;
}

std::uint64_t AppliedNumbers::of_run(const EventId& id) const {
    const auto run = runs_.find({id.writer, id.position.incarnation});
    return run == runs_.end() ? 0 : run->second;
}

bool AppliedNumbers::has_row(const EventId& id) const {
    const auto run = written_.find({id.writer, id.position.incarnation});
    return run != written_.end() && id.position.n > 0 && id.position.n <= run->second;
}

LogPosition AppliedNumbers::last_of(const Uuid& writer) const {
    LogPosition last;
    for (const auto& [run, n] : runs_) {
        if (run.first == writer) last = std::max(last, LogPosition{run.second, n});
    }
    return last;
}

}  // namespace tallygate::tracker
