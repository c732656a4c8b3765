// How far each run has come: tallygate_writers.
#include <algorithm>

#include "store/mongo/collections.h"
#include "store/mongo/mongo_bulk.h"
#include "store/mongo/mongo_store.h"

namespace tallygate::store {
namespace {

Timestamp now() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace

Result<std::optional<RunProgress>> MongoStore::newest_run(const Uuid& writer, const char* field) {
    const Bson filter([&](BsonWriter& fields) {
        fields.text("writer", to_string(writer));
        fields.document(field, [](BsonWriter& range) { range.whole("$gt", 0); });
    });
    std::optional<RunProgress> newest;
    auto read = database_.find(kWriters, filter,
                               {.sort = {{"incarnation", -1}}, .limit = 1, .from_primary = true},
                               [&](const bson_t& document) {
                                   newest = read_run(document);
                                   return true;
                               });
    if (!read) return std::unexpected(read.error());
    return newest;
}

Result<StorePosition> MongoStore::position(const Uuid& writer) {
    if (auto prepared = ready(); !prepared) return std::unexpected(prepared.error());
    const auto written = newest_run(writer, "written");
    if (!written) return std::unexpected(written.error());
    auto applied = written;
    if (*written && (*written)->applied == 0) {
        applied = newest_run(writer, "applied");
        if (!applied) return std::unexpected(applied.error());
    }
    // What was known of runs is no longer true where the database was restored from a backup.
    progress_.clear();
    StorePosition position;
    if (*applied) position.applied = {(*applied)->run.incarnation, (*applied)->applied};
    if (*written) {
        position.written = {(*written)->run.incarnation, (*written)->written};
        progress_.emplace((*written)->run, **written);
    }
    position.written = std::max(position.applied, position.written);
    // Where the database was restored or dropped, its indexes may be gone too.
    LogPosition& known = written_[writer];
    if (position.written < known) is_ready_ = false;
    known = position.written;
    return position;
}

Result<RunProgress> MongoStore::progress_of(const RunId& run) {
    const auto known = progress_.find(run);
    if (known != progress_.end()) return known->second;
    const Bson filter([&](BsonWriter& writer) { write_run_id(writer, "_id", run); });
    RunProgress progress{.run = run};
    auto read =
        database_.find(kWriters, filter, {.from_primary = true}, [&](const bson_t& document) {
            progress = read_run(document).value_or(progress);
            return true;
        });
    if (!read) return std::unexpected(read.error());
    return progress;
}

Result<void> MongoStore::write_progress(const Uuid& writer, std::span<const EventRow> rows,
                                        std::span<const DailyTotals> totals,
                                        std::span<const LogPosition> up_to) {
    if (auto allowed = before_write(); !allowed) return allowed;
    std::map<RunId, RunProgress> changed;
    const auto of_run = [&](const RunId& run) -> Result<RunProgress*> {
        const auto found = changed.find(run);
        if (found != changed.end()) return &found->second;
        auto progress = progress_of(run);
        if (!progress) return std::unexpected(progress.error());
        return &changed.emplace(run, *progress).first->second;
    };
    for (const EventRow& row : rows) {
        const auto progress = of_run(row.event.id.run());
        if (!progress) return std::unexpected(progress.error());
        (*progress)->written = std::max((*progress)->written, row.event.id.position.n);
        (*progress)->include(day_of(row.event.timestamp));
    }
    for (const LogPosition& position : up_to) {
        const auto progress = of_run({writer, position.incarnation});
        if (!progress) return std::unexpected(progress.error());
        (*progress)->applied = std::max((*progress)->applied, position.n);
        (*progress)->written = std::max((*progress)->written, position.n);
    }
    for (const DailyTotals& day : totals) {
        const auto progress = changed.find(day.key.run);
        if (progress != changed.end()) progress->second.include(day.key.day);
    }
    for (const auto& [run, progress] : changed) {
        const auto known = progress_.find(run);
        if (known != progress_.end() && known->second == progress) continue;
        if (auto written = write_run_progress(progress); !written) return written;
        progress_.insert_or_assign(run, progress);
    }
    return {};
}

// What an acknowledgement that was lost left under way may come later than what follows it.
Result<void> MongoStore::write_run_progress(const RunProgress& progress) {
    const auto at_most = [](std::uint64_t number) {
        return
            [number](BsonWriter& range) { range.whole("$lte", static_cast<std::int64_t>(number)); };
    };
    MongoBulk bulk(database_, kWriters);
    bulk.replace(Bson([&](BsonWriter& filter) {
                     write_run_id(filter, "_id", progress.run);
                     filter.document("applied", at_most(progress.applied));
                     filter.document("written", at_most(progress.written));
                 }),
                 Bson([&](BsonWriter& document) { write_run(document, progress, now()); }));
    if (const auto done = bulk.execute(); !done) return std::unexpected(done.error());
    LogPosition& known = written_[progress.run.writer];
    known = std::max(known, {progress.run.incarnation, progress.written});
    return {};
}

Result<std::vector<AppliedRun>> MongoStore::runs() {
    if (auto prepared = ready(); !prepared) return std::unexpected(prepared.error());
    std::vector<AppliedRun> runs;
    auto read = database_.find(kWriters, Bson(), {}, [&](const bson_t& document) {
        const auto progress = read_run(document);
        if (progress) {
            runs.push_back({progress->run.writer,
                            {progress->run.incarnation, progress->applied},
                            progress->written});
        }
        return true;
    });
    if (!read) return std::unexpected(read.error());
    std::ranges::sort(runs, [](const AppliedRun& a, const AppliedRun& b) {
        return std::tie(a.writer, a.position) < std::tie(b.writer, b.position);
    });
    return runs;
}

}  // namespace tallygate::store
