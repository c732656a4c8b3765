// Events as documents of usage_logs: docs/mongodb_documents.md.
#pragma once

#include <optional>

#include "store/mongo/bson_reader.h"
#include "store/mongo/bson_writer.h"
#include "usage/event.h"

namespace tallygate::store {

// Appends {w, i, n}, in this order.
void write_event_id(BsonWriter& writer, const char* name, const EventId& id);
void write_event(BsonWriter& writer, const EventRow& row);

// Nothing where `_id` is not of our form: another program's document. Never fails over what else
// is in it: what is no event of ours comes out as something that its checksum does not cover, and
// a writer or run that is none as nil.
std::optional<EventId> read_event_id(BsonReader& reader);
std::optional<EventRow> read_event(const bson_t& document);

// A time in microseconds as the milliseconds that people read, and back, exactly.
double millis_of(std::chrono::microseconds time);
std::chrono::microseconds micros_of(double millis);

// An instant in a date of milliseconds, and beside it in whole microseconds. Where the two differ,
// somebody changed the date: then that is the one.
Timestamp read_instant(BsonReader& date_in, const char* date_name, BsonReader& micros_in,
                       const char* micros_name);

}  // namespace tallygate::store
