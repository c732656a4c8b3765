#include "store/mongo/run_document.h"

#include <algorithm>

namespace tallygate::store {
namespace {

// A UUID of version 7 begins with its time in milliseconds.
std::optional<Timestamp> time_of(const Uuid& id) {
    if (id.bytes[6] >> 4 != 7) return std::nullopt;
    std::int64_t millis = 0;
    for (std::size_t i = 0; i < 6; ++i)
        millis = millis << 8 | id.bytes[i];
    return Timestamp{std::chrono::milliseconds{millis}};
}

void write_day(BsonWriter& writer, const char* name, const RunProgress& progress, Day day) {
    if (progress.first_day > progress.last_day) {
        writer.null(name);
    } else {
        writer.date(name, Timestamp{day});
    }
}

}  // namespace

void RunProgress::include(Day day) {
    first_day = std::min(first_day, day);
    last_day = std::max(last_day, day);
}

void write_run_id(BsonWriter& writer, const char* name, const RunId& run) {
    writer.document(name, [&](BsonWriter& fields) {
        fields.text("w", to_string(run.writer)).text("i", to_string(run.incarnation));
    });
}

void write_run(BsonWriter& writer, const RunProgress& progress, Timestamp now) {
    write_run_id(writer, "_id", progress.run);
    writer.text("writer", to_string(progress.run.writer));
    writer.text("incarnation", to_string(progress.run.incarnation));
    writer.whole("applied", static_cast<std::int64_t>(progress.applied));
    writer.whole("written", static_cast<std::int64_t>(progress.written));
    write_day(writer, "first_day", progress, progress.first_day);
    write_day(writer, "last_day", progress, progress.last_day);
    if (const auto started = time_of(progress.run.incarnation)) {
        writer.date("started", *started);
    } else {
        writer.null("started");
    }
    writer.date("updated", now);
}

std::optional<RunProgress> read_run(const bson_t& document) {
    BsonReader reader(document);
    const auto id = reader.document("_id");
    const auto writer = parse_uuid(reader.text("writer"));
    const auto incarnation = parse_uuid(reader.text("incarnation"));
    if (!id || !writer || !incarnation) return std::nullopt;
    RunProgress progress{.run = {*writer, *incarnation}};
    progress.applied =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, reader.whole("applied")));
    progress.written =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, reader.whole("written")));
    if (const auto first = reader.find_date("first_day")) progress.include(day_of(*first));
    if (const auto last = reader.find_date("last_day")) progress.include(day_of(*last));
    return progress;
}

}  // namespace tallygate::store
