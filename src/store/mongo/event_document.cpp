#include "store/mongo/event_document.h"

#include <algorithm>
#include <cmath>

namespace tallygate::store {
namespace {

constexpr const char* kChecksum = "checksum";
constexpr const char* kTimestampMicros = "timestamp_us";

void write_metadata(BsonWriter& writer, const EventRow& row) {
    const UsageEvent& event = row.event;
    const TokenCounts& tokens = event.tokens;
    writer.text("event_id", to_string(event.id)).text("kind", to_string(event.kind));
    writer.text_or_null("corrects", event.corrects).whole("operations", event.operations);
    writer.text_or_null("request_id", event.request_id).text_or_null("model", event.model);
    writer.text_or_null("provider", event.provider);
    writer.whole_or_null("input_tokens", tokens.input);
    writer.whole_or_null("cache_read_tokens", tokens.cache_read);
    writer.whole_or_null("cache_write_tokens", tokens.cache_write);
    writer.whole_or_null("output_tokens", tokens.output);
    writer.whole_or_null("reasoning_tokens", tokens.reasoning);
    writer.whole_or_null("delivered_tokens", tokens.delivered);
    writer.text("token_source", to_string(event.token_source));
    writer.whole_or_null("cost_nano_usd", event.cost_nano_usd);
    writer.text_or_null("price_version", event.price_version).text_or_null("tier", event.tier);
    writer.text_or_null("key_id", event.key_id).text_or_null("team", event.team);
    writer.list(
        "tags", event.tags,
        [](BsonWriter& list, const char* index, const std::string& tag) { list.text(index, tag); });
    writer.whole_or_null("status", event.status);
    writer.text_or_null("error_class", event.error_class);
    if (event.time_to_first_token) {
        writer.real("time_to_first_token_ms", millis_of(*event.time_to_first_token));
    } else {
        writer.null("time_to_first_token_ms");
    }
    writer.truth("streamed", event.streamed).truth("client_gone", event.client_gone);
    writer.whole(kTimestampMicros, micros(event.timestamp)).whole(kChecksum, row.checksum);
}

// In the order they are written.
void read_metadata(BsonReader& reader, EventRow& row) {
    UsageEvent& event = row.event;
    event.kind = parse_event_kind(reader.text("kind")).value_or(EventKind::operation);
    event.corrects = reader.text("corrects");
    event.operations = reader.whole("operations");
    event.request_id = reader.text("request_id");
    event.model = reader.text("model");
    event.provider = reader.text("provider");
    event.tokens.input = reader.find_whole("input_tokens");
    event.tokens.cache_read = reader.find_whole("cache_read_tokens");
    event.tokens.cache_write = reader.find_whole("cache_write_tokens");
    event.tokens.output = reader.find_whole("output_tokens");
    event.tokens.reasoning = reader.find_whole("reasoning_tokens");
    event.tokens.delivered = reader.find_whole("delivered_tokens");
    event.token_source =
        parse_token_source(reader.text("token_source")).value_or(TokenSource::none);
    event.cost_nano_usd = reader.find_whole("cost_nano_usd");
    event.price_version = reader.text("price_version");
    event.tier = reader.text("tier");
    event.key_id = reader.text("key_id");
    event.team = reader.text("team");
    reader.texts("tags", [&](std::string tag) { event.tags.push_back(std::move(tag)); });
    if (const auto status = reader.find_whole("status"))
        event.status = static_cast<std::int32_t>(*status);
    event.error_class = reader.text("error_class");
    if (const auto first = reader.find_real("time_to_first_token_ms"))
        event.time_to_first_token = micros_of(*first);
    event.streamed = reader.truth("streamed");
    event.client_gone = reader.truth("client_gone");
}

}  // namespace

double millis_of(std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1'000.0;
}

std::chrono::microseconds micros_of(double millis) {
    constexpr double kFar = 9e14;  // microseconds beyond it are not exact
    if (!std::isfinite(millis)) return {};
    return std::chrono::microseconds(std::llround(std::clamp(millis, -kFar, kFar) * 1'000.0));
}

Timestamp read_instant(BsonReader& date_in, const char* date_name, BsonReader& micros_in,
                       const char* micros_name) {
    const Timestamp date = date_in.find_date(date_name).value_or(Timestamp{});
    const auto exact = micros_in.find_whole(micros_name);
    if (!exact) return date;
    const Timestamp instant = timestamp_of(*exact);
    return std::chrono::floor<std::chrono::milliseconds>(instant) == date ? instant : date;
}

void write_event_id(BsonWriter& writer, const char* name, const EventId& id) {
    writer.document(name, [&](BsonWriter& fields) {
        fields.text("w", to_string(id.writer)).text("i", to_string(id.position.incarnation));
        fields.whole("n", static_cast<std::int64_t>(id.position.n));
    });
}

void write_event(BsonWriter& writer, const EventRow& row) {
    const UsageEvent& event = row.event;
    write_event_id(writer, "_id", event.id);
    writer.text("user_id", event.user_id).text("endpoint", event.endpoint);
    writer.text("operation_type", event.operation_type).whole("tokens_used", event.tokens_used);
    writer.truth("success", event.success);
    // Of a call that a crash cut the time is not known.
    if (event.kind == EventKind::incomplete && event.response_time.count() == 0) {
        writer.null("response_time_ms");
    } else {
        writer.real("response_time_ms", millis_of(event.response_time));
    }
    writer.date("timestamp", event.timestamp);
    writer.document("metadata", [&](BsonWriter& metadata) { write_metadata(metadata, row); });
}

std::optional<EventId> read_event_id(BsonReader& reader) {
    auto fields = reader.document("_id");
    if (!fields) return std::nullopt;
    const auto writer = fields->find_text("w");
    const auto incarnation = fields->find_text("i");
    const auto n = fields->find_whole("n");
    if (!writer || !incarnation || !n) return std::nullopt;
    return EventId{parse_uuid(*writer).value_or(Uuid{}),
                   {parse_uuid(*incarnation).value_or(Uuid{}), static_cast<std::uint64_t>(*n)}};
}

std::optional<EventRow> read_event(const bson_t& document) {
    BsonReader reader(document);
    const auto id = read_event_id(reader);
    if (!id) return std::nullopt;
    EventRow row;
    UsageEvent& event = row.event;
    event.id = *id;
    event.user_id = reader.text("user_id");
    event.endpoint = reader.text("endpoint");
    event.operation_type = reader.text("operation_type");
    event.tokens_used = reader.whole("tokens_used");
    event.success = reader.truth("success");
    event.response_time = micros_of(reader.find_real("response_time_ms").value_or(0));
    event.timestamp = reader.find_date("timestamp").value_or(Timestamp{});
    if (auto metadata = reader.document("metadata")) {
        read_metadata(*metadata, row);
        event.timestamp = read_instant(reader, "timestamp", *metadata, kTimestampMicros);
        row.checksum = static_cast<std::uint32_t>(metadata->whole(kChecksum));
    }
    return row;
}

}  // namespace tallygate::store
