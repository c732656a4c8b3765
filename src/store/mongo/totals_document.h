// Totals as documents of daily_stats: docs/mongodb_documents.md.
#pragma once

#include <optional>

#include "store/mongo/bson_reader.h"
#include "store/mongo/bson_writer.h"
#include "usage/totals.h"

namespace tallygate::store {

// What stands for "all users" in `user_id`; `scope` tells it from a user of that name.
inline constexpr std::string_view kAllUsers = "global";

std::string_view scope_name(Scope scope);

// Appends the whole key: {scope, user_id, date, w, i}, in this order.
void write_totals_id(BsonWriter& writer, const char* name, const TotalsKey& key);
void write_totals(BsonWriter& writer, const DailyTotals& totals);

// Whether `_id` is of our form; else it is another program's document.
bool is_totals_id(const bson_t& document);
// Nothing where it is not ours. Never fails over what else is in it.
std::optional<TotalsKey> read_totals_key(BsonReader& reader);
std::optional<DailyTotals> read_totals(const bson_t& document);

// For documents of which only a part is read: with the field last_activity_us where that is there.
Timestamp read_last_activity(BsonReader& reader);

}  // namespace tallygate::store
