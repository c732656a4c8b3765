// Parts of filters that several queries have.
#pragma once

#include "store/mongo/bson_writer.h"
#include "store/mongo/totals_document.h"
#include "usage/period.h"

namespace tallygate::store {

// {name: {$gte: from, $lt: to}}
void write_period(BsonWriter& filter, const char* name, Period period);
// Totals of ours, of either scope: other programs' documents have none.
void write_both_scopes(BsonWriter& filter);

// A period of which every day can be written down.
Period bounded(Period period);

}  // namespace tallygate::store
