// $group of an aggregation: one document from many.
#pragma once

#include <vector>

#include "bson_view.h"
#include "failure.h"

namespace tallygate::fake_mongod {

// Groups by `_id`, which is a constant, a path like "$a.b" or an object of such; $sum, $first,
// $last, $min and $max of a constant or a path. Groups come in the order in which their first
// documents do. Anything else is BadValue.
Outcome<std::vector<Document>> group(const BsonView& stage, const std::vector<Document>& documents);

}  // namespace tallygate::fake_mongod
