// Runs of writers as documents of tallygate_writers: docs/mongodb_documents.md.
#pragma once

#include <optional>

#include "store/mongo/bson_reader.h"
#include "store/mongo/bson_writer.h"
#include "usage/event.h"

namespace tallygate::store {

// How far one run has come.
struct RunProgress {
    RunId run;
    std::uint64_t applied = 0;  // the number up to which everything is there, rows and totals
    std::uint64_t written = 0;  // the number up to which the rows are
    Day first_day = Day::max();
    Day last_day = Day::min();

    bool operator==(const RunProgress&) const = default;
    void include(Day day);
};

// Appends {w, i}, in this order.
void write_run_id(BsonWriter& writer, const char* name, const RunId& run);
void write_run(BsonWriter& writer, const RunProgress& progress, Timestamp now);
// Nothing where it is not of our form.
std::optional<RunProgress> read_run(const bson_t& document);

}  // namespace tallygate::store
