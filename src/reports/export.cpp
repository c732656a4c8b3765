#include "reports/export.h"

#include <algorithm>
#include <map>
#include <string>

#include "reports/row_format.h"

namespace tallygate::reports {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;

template <class Row>
void write_metadata(Row& row, const UsageEvent& event) {
    row.text("kind", to_string(event.kind));
    row.known_text("corrects", event.corrects);
    row.number("operations", event.operations);
    row.known_text("request_id", event.request_id);
    row.known_text("model", event.model);
    row.known_text("provider", event.provider);
    row.number("input_tokens", event.tokens.input);
    row.number("cache_read_tokens", event.tokens.cache_read);
    row.number("cache_write_tokens", event.tokens.cache_write);
    row.number("output_tokens", event.tokens.output);
    row.number("reasoning_tokens", event.tokens.reasoning);
    row.number("delivered_tokens", event.tokens.delivered);
    row.text("token_source", to_string(event.token_source));
    row.number("cost_nano_usd", event.cost_nano_usd);
    row.known_text("price_version", event.price_version);
    row.known_text("tier", event.tier);
    row.known_text("key_id", event.key_id);
    row.known_text("team", event.team);
    row.list("tags", event.tags);
    row.number("status", event.status);
    row.known_text("error_class", event.error_class);
    row.milliseconds("time_to_first_token_ms", event.time_to_first_token);
    row.flag("streamed", event.streamed);
    row.flag("client_gone", event.client_gone);
}

template <class Row>
void write(Row& row, const UsageEvent& event) {
    row.text("event_id", to_string(event.id));
    row.text("user_id", event.user_id);
    row.text("endpoint", event.endpoint);
    row.text("operation_type", event.operation_type);
    row.number("tokens_used", event.tokens_used);
    row.flag("success", event.success);
    // Nobody saw the end of a call that a crash cut.
    row.milliseconds("response_time_ms", event.kind == EventKind::incomplete
                                             ? std::nullopt
                                             : std::optional(event.response_time));
    row.text("timestamp", format_rfc3339(event.timestamp));
    write_metadata(row, event);
}

// As the view daily_stats has it, then the name that earlier exports had.
template <class Row>
void write(Row& row, const DailyTotals& day) {
    const bool is_global = day.key.scope == Scope::global;
    row.text("user_id", is_global ? std::string_view("global") : std::string_view(day.key.user_id));
    row.text("scope", is_global ? "global" : "user");
    row.text("date", format_day(day.key.day));
    row.number("total_operations", day.totals.operations);
    row.number("total_tokens", day.totals.tokens);
    row.number("successful_operations", day.totals.successful);
    row.number("failed_operations", day.totals.failed);
    const std::chrono::microseconds response_time{day.totals.response_time_us};
    row.milliseconds("response_time_ms_total", response_time);
    row.list("operations_by_type", day.by_operation);
    row.list("operations_by_endpoint", day.by_endpoint);
    row.text("last_activity", format_rfc3339(day.last_activity));
    row.known_text("tier", day.tier);
    row.milliseconds("response_time_ms", response_time);
}

// Gathers lines into pieces for the sink.
class Output {
public:
    Output(ExportFormat format, const ExportSink& sink) : format_(format), sink_(sink) {}

    template <class Value>
    void write_names() {
        if (format_ == ExportFormat::csv) add<CsvNames>(Value{});
    }
    template <class Value>
    void write_row(const Value& value) {
        format_ == ExportFormat::csv ? add<CsvRow>(value) : add<JsonRow>(value);
        ++rows_;
        if (text_.size() >= kPieceBytes) flush();
    }
    bool failed() const { return !outcome_; }
    Result<std::uint64_t> finish() {
        flush();
        if (!outcome_) return std::unexpected(outcome_.error());
        return rows_;
    }

private:
    template <class Row, class Value>
    void add(const Value& value) {
        Row row;
        write(row, value);
        text_ += row.take();
    }
    void flush() {
        if (outcome_ && !text_.empty()) outcome_ = sink_(text_);
        text_.clear();
    }

    const ExportFormat format_;
    const ExportSink& sink_;
    std::string text_;
    std::uint64_t rows_ = 0;
    Result<void> outcome_;
};

// The last applied number of each run of each writer.
using Applied = std::map<std::pair<Uuid, Uuid>, std::uint64_t>;

Result<Applied> read_positions(store::UsageStore& store) {
    const auto runs = store.runs();
    if (!runs) return std::unexpected(runs.error());
    Applied applied;
    for (const store::AppliedRun& run : *runs) {
        applied[{run.writer, run.position.incarnation}] = run.position.n;
    }
    return applied;
}

bool was_applied(const Applied& applied, const EventId& id) {
    const auto run = applied.find({id.writer, id.position.incarnation});
    return run != applied.end() && id.position.n <= run->second;
}

Result<void> write_rows(store::UsageStore& store, const ExportOptions& options,
                        const Applied& applied, Output& output) {
    const auto extent = store.extent();
    if (!extent) return std::unexpected(extent.error());
    const Period all = extent->value_or(Period{});  // no days in an empty store
    const Period period{std::max(all.from, options.from.value_or(all.from)),
                        std::min(all.to, options.to.value_or(all.to))};
    if (period.from >= period.to) return {};
    if (options.what == ExportWhat::daily) {
        // Of all runs: those of one user and day come one behind the other.
        std::vector<DailyTotals> last;
        const auto scanned = store.scan_totals(period, [&](const DailyTotals& day) {
            add_to_days(last, day);
            if (last.size() < 2) return true;
            output.write_row(last.front());
            last.erase(last.begin());
            return !output.failed();
        });
        if (scanned && !last.empty()) output.write_row(last.front());
        return scanned;
    }
    return store.scan_events(period, [&](const EventRow& row) {
        if (was_applied(applied, row.event.id)) output.write_row(row.event);
        return !output.failed();
    });
}

}  // namespace

std::optional<ExportWhat> parse_export_what(std::string_view text) {
    if (text == "events") return ExportWhat::events;
    if (text == "daily") return ExportWhat::daily;
    return std::nullopt;
}

std::optional<ExportFormat> parse_export_format(std::string_view text) {
    if (text == "csv") return ExportFormat::csv;
    if (text == "jsonl") return ExportFormat::jsonl;
    return std::nullopt;
}

Result<std::uint64_t> export_rows(store::UsageStore& store, const ExportOptions& options,
                                  const ExportSink& sink) {
    // Before anything else is read: what a server applies meanwhile stays out.
    const auto applied = read_positions(store);
    if (!applied) return std::unexpected(applied.error());
    Output output(options.format, sink);
    options.what == ExportWhat::daily ? output.write_names<DailyTotals>()
                                      : output.write_names<UsageEvent>();
    if (auto written = write_rows(store, options, *applied, output); !written) {
        return std::unexpected(written.error());
    }
    return output.finish();
}

}  // namespace tallygate::reports
