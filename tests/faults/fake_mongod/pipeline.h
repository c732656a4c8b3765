// The stages of an aggregation.
#pragma once

#include <vector>

#include "bson_view.h"
#include "collection.h"
#include "failure.h"

namespace tallygate::fake_mongod {

// Runs $match, $group, $sort, $skip, $limit and $count, in any order, over a collection, which may
// be null: one without documents. A $match and a $sort that come first use indexes. Any other stage
// is BadValue.
Outcome<std::vector<Document>> run_pipeline(const Collection* collection, const BsonView& stages);

}  // namespace tallygate::fake_mongod
