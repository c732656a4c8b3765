#include "store/mongo/totals_document.h"

#include "store/mongo/event_document.h"

namespace tallygate::store {
namespace {

std::string_view shown_user(const TotalsKey& key) {
    return key.scope == Scope::global ? kAllUsers : std::string_view(key.user_id);
}

void write_breakdown(BsonWriter& writer, const char* name, const std::vector<NamedTotals>& rows) {
    writer.list(name, rows, [](BsonWriter& list, const char* index, const NamedTotals& row) {
        list.document(index, [&](BsonWriter& entry) {
            entry.text("name", row.name).whole("operations", row.operations);
            entry.whole("tokens", row.tokens);
        });
    });
}

std::vector<NamedTotals> read_breakdown(BsonReader& reader, const char* name) {
    std::vector<NamedTotals> rows;
    reader.documents(name, [&](BsonReader& entry) {
        rows.push_back({entry.text("name"), entry.whole("operations"), entry.whole("tokens")});
    });
    return rows;
}

void write_recent(BsonWriter& writer, const std::vector<RecentOperation>& recent) {
    writer.list("recent", recent,
                [](BsonWriter& list, const char* index, const RecentOperation& operation) {
                    list.document(index, [&](BsonWriter& entry) {
                        entry.text("operation_type", operation.operation_type);
                        entry.text("endpoint", operation.endpoint);
                        entry.whole("tokens_used", operation.tokens_used);
                        entry.truth("success", operation.success);
                        entry.real("response_time_ms", millis_of(operation.response_time));
                        entry.date("timestamp", operation.timestamp);
                        entry.whole("timestamp_us", micros(operation.timestamp));
                    });
                });
}

std::vector<RecentOperation> read_recent(BsonReader& reader) {
    std::vector<RecentOperation> recent;
    reader.documents("recent", [&](BsonReader& entry) {
        RecentOperation operation;
        operation.operation_type = entry.text("operation_type");
        operation.endpoint = entry.text("endpoint");
        operation.tokens_used = entry.whole("tokens_used");
        operation.success = entry.truth("success");
        operation.response_time = micros_of(entry.find_real("response_time_ms").value_or(0));
        operation.timestamp = read_instant(entry, "timestamp", entry, "timestamp_us");
        recent.push_back(std::move(operation));
    });
    return recent;
}

bool has_our_id(BsonReader& reader) {
    auto id = reader.document("_id");
    return id && id->has("scope") && id->has("w") && id->has("i");
}

}  // namespace

std::string_view scope_name(Scope scope) {
    return scope == Scope::global ? "global" : "user";
}

void write_totals_id(BsonWriter& writer, const char* name, const TotalsKey& key) {
    writer.document(name, [&](BsonWriter& fields) {
        fields.text("scope", scope_name(key.scope)).text("user_id", shown_user(key));
        fields.date("date", Timestamp{key.day});
        fields.text("w", to_string(key.run.writer)).text("i", to_string(key.run.incarnation));
    });
}

void write_totals(BsonWriter& writer, const DailyTotals& day) {
    const Totals& sums = day.totals;
    write_totals_id(writer, "_id", day.key);
    writer.text("scope", scope_name(day.key.scope)).text("user_id", shown_user(day.key));
    writer.date("date", Timestamp{day.key.day});
    writer.text("writer", to_string(day.key.run.writer));
    writer.text("incarnation", to_string(day.key.run.incarnation));
    writer.whole("n", static_cast<std::int64_t>(day.position.n));
    writer.whole("total_operations", sums.operations).whole("total_tokens", sums.tokens);
    writer.whole("successful_operations", sums.successful);
    writer.whole("failed_operations", sums.failed);
    writer.whole("response_time_us", sums.response_time_us);
    write_breakdown(writer, "by_operation", day.by_operation);
    write_breakdown(writer, "by_endpoint", day.by_endpoint);
    write_recent(writer, day.recent);
    if (day.last_activity == Timestamp{}) {
        writer.null("last_activity").null("last_activity_us");
    } else {
        writer.date("last_activity", day.last_activity);
        writer.whole("last_activity_us", micros(day.last_activity));
    }
    writer.text_or_null("tier", day.tier);
}

bool is_totals_id(const bson_t& document) {
    BsonReader reader(document);
    return has_our_id(reader);
}

// By the fields that queries go by: where somebody changed one of those, `_id` would hide it.
std::optional<TotalsKey> read_totals_key(BsonReader& reader) {
    if (!has_our_id(reader)) return std::nullopt;
    const auto scope = reader.find_text("scope");
    const auto user_id = reader.find_text("user_id");
    const auto date = reader.find_date("date");
    const auto writer = reader.find_text("writer");
    const auto incarnation = reader.find_text("incarnation");
    if (!scope || !user_id || !date || !writer || !incarnation) return std::nullopt;
    TotalsKey key;
    if (*scope == scope_name(Scope::global)) {
        key.scope = Scope::global;
    } else if (*scope != scope_name(Scope::user)) {
        return std::nullopt;
    }
    if (key.scope == Scope::user || *user_id != kAllUsers) key.user_id = *user_id;
    key.day = day_of(*date);
    key.run = {parse_uuid(*writer).value_or(Uuid{}), parse_uuid(*incarnation).value_or(Uuid{})};
    return key;
}

Timestamp read_last_activity(BsonReader& reader) {
    return read_instant(reader, "last_activity", reader, "last_activity_us");
}

std::optional<DailyTotals> read_totals(const bson_t& document) {
    BsonReader reader(document);
    auto key = read_totals_key(reader);
    if (!key) return std::nullopt;
    DailyTotals day{.key = std::move(*key)};
    // Nothing was added to totals without a number.
    const std::int64_t n = reader.whole("n");
    if (n > 0) day.position = {day.key.run.incarnation, static_cast<std::uint64_t>(n)};
    day.totals.operations = reader.whole("total_operations");
    day.totals.tokens = reader.whole("total_tokens");
    day.totals.successful = reader.whole("successful_operations");
    day.totals.failed = reader.whole("failed_operations");
    day.totals.response_time_us = reader.whole("response_time_us");
    day.by_operation = read_breakdown(reader, "by_operation");
    day.by_endpoint = read_breakdown(reader, "by_endpoint");
    day.recent = read_recent(reader);
    day.last_activity = read_last_activity(reader);
    day.tier = reader.text("tier");
    return day;
}

}  // namespace tallygate::store
