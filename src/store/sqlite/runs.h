// The runs whose events a file holds.
#pragma once

#include <cstdint>
#include <vector>

#include "store/sqlite/database.h"
#include "usage/event.h"

namespace tallygate::store {

struct Run {
    std::int64_t run = 0;
    Uuid writer;
    Uuid incarnation;
    std::uint64_t applied = 0;
};

// By writer, then incarnation.
Result<std::vector<Run>> read_runs(Database& database);

}  // namespace tallygate::store
