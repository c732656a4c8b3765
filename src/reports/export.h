// What is stored, as text for other programs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "store/usage_store.h"

namespace tallygate::reports {

enum class ExportWhat : std::uint8_t {
    events,  // usage_logs, one row per operation, by time
    daily,   // daily_stats, one row per day and user, and one per day of all users
};

enum class ExportFormat : std::uint8_t {
    csv,    // RFC 4180 with a line of names; text in quotes, nothing where a value is not known. A
            // text that a spreadsheet would take for a formula begins with an apostrophe
    jsonl,  // one JSON object a line; null where a value is not known
};

// "events", "daily"; "csv", "jsonl"; nothing for any other text.
std::optional<ExportWhat> parse_export_what(std::string_view text);
std::optional<ExportFormat> parse_export_format(std::string_view text);

struct ExportOptions {
    ExportWhat what = ExportWhat::events;
    ExportFormat format = ExportFormat::csv;
    std::optional<Day> from;  // UTC days; without them everything there is
    std::optional<Day> to;    // is out
};

// Takes the text in pieces, each of whole lines. A failure ends the export and becomes its result.
using ExportSink = std::function<Result<void>(std::string_view text)>;

// Streams rows in UTF-8 under the names that usage_logs and daily_stats have, and says how many.
// May run beside a server: events that it had not applied when the export began are left out.
// Memory does not grow with the log.
Result<std::uint64_t> export_rows(store::UsageStore& store, const ExportOptions& options,
                                  const ExportSink& sink);

}  // namespace tallygate::reports
