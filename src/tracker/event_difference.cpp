#include "tracker/event_difference.h"

#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace tallygate::tracker {
namespace {

std::string text_of(std::string_view value) {
    return value.empty() ? "null" : std::string(value);
}
std::string text_of(const std::string& value) {
    return text_of(std::string_view(value));
}
std::string text_of(std::int64_t value) {
    return std::to_string(value);
}
std::string text_of(bool value) {
    return value ? "true" : "false";
}
std::string text_of(Timestamp value) {
    return fmt::format("{} ({} us)", format_rfc3339(value), micros(value));
}
std::string text_of(std::chrono::microseconds value) {
    return fmt::format("{} us", value.count());
}
std::string text_of(const LogPosition& value) {
    return fmt::format("{}.{}", to_string(value.incarnation), value.n);
}
std::string text_of(const std::vector<std::string>& value) {
    return fmt::format("[{}]", fmt::join(value, ", "));
}
std::string text_of(EventKind value) {
    return std::string(to_string(value));
}
std::string text_of(TokenSource value) {
    return std::string(to_string(value));
}
template <class T>
std::string text_of(const std::optional<T>& value) {
    return value ? text_of(*value) : "null";
}
std::string text_of(const std::optional<std::int32_t>& value) {
    return value ? std::to_string(*value) : "null";
}
std::string text_of(const std::vector<NamedTotals>& rows) {
    std::string text = "[";
    for (const NamedTotals& row : rows) {
        text += fmt::format("{}{}: {} operations, {} tokens", text.size() > 1 ? "; " : "", row.name,
                            row.operations, row.tokens);
    }
    return text + "]";
}
std::string text_of(const std::vector<RecentOperation>& rows) {
    std::string text = "[";
    for (const RecentOperation& row : rows) {
        text += fmt::format("{}{} {} at {}", text.size() > 1 ? "; " : "", row.operation_type,
                            row.tokens_used, format_rfc3339(row.timestamp));
    }
    return text + "]";
}

// Collects the fields that are not equal.
struct Comparison {
    std::vector<FieldDifference> found;
    template <class T>
    Comparison& field(std::string_view name, const T& expected, const T& actual) {
        if (!(expected == actual)) {
            found.push_back({fmt::format("{} {}", name, text_of(expected)),
                             fmt::format("{} {}", name, text_of(actual))});
        }
        return *this;
    }
};

}  // namespace

std::vector<FieldDifference> differences(const UsageEvent& expected, const UsageEvent& found) {
    const UsageEvent& e = expected;
    const UsageEvent& f = found;
    Comparison c;
    c.field("kind", e.kind, f.kind)
        .field("corrects", e.corrects, f.corrects)
        .field("operations", e.operations, f.operations);
    c.field("user_id", e.user_id, f.user_id).field("endpoint", e.endpoint, f.endpoint);
    c.field("operation_type", e.operation_type, f.operation_type)
        .field("timestamp", e.timestamp, f.timestamp);
    c.field("success", e.success, f.success)
        .field("response_time", e.response_time, f.response_time);
    c.field("tokens_used", e.tokens_used, f.tokens_used)
        .field("token_source", e.token_source, f.token_source);
    c.field("input_tokens", e.tokens.input, f.tokens.input)
        .field("output_tokens", e.tokens.output, f.tokens.output);
    c.field("cache_read_tokens", e.tokens.cache_read, f.tokens.cache_read);
    c.field("cache_write_tokens", e.tokens.cache_write, f.tokens.cache_write);
    c.field("reasoning_tokens", e.tokens.reasoning, f.tokens.reasoning);
    c.field("delivered_tokens", e.tokens.delivered, f.tokens.delivered);
    c.field("cost_nano_usd", e.cost_nano_usd, f.cost_nano_usd)
        .field("price_version", e.price_version, f.price_version);
    c.field("request_id", e.request_id, f.request_id).field("model", e.model, f.model);
    c.field("provider", e.provider, f.provider)
        .field("tier", e.tier, f.tier)
        .field("key_id", e.key_id, f.key_id);
    c.field("team", e.team, f.team)
        .field("tags", e.tags, f.tags)
        .field("status", e.status, f.status);
    c.field("error_class", e.error_class, f.error_class);
    c.field("time_to_first_token", e.time_to_first_token, f.time_to_first_token);
    c.field("streamed", e.streamed, f.streamed).field("client_gone", e.client_gone, f.client_gone);
    return std::move(c.found);
}

std::vector<FieldDifference> differences(const DailyTotals& expected, const DailyTotals& found) {
    const DailyTotals& e = expected;
    const DailyTotals& f = found;
    Comparison c;
    c.field("total_operations", e.totals.operations, f.totals.operations);
    c.field("successful_operations", e.totals.successful, f.totals.successful);
    c.field("failed_operations", e.totals.failed, f.totals.failed);
    c.field("total_tokens", e.totals.tokens, f.totals.tokens);
    c.field("response_time_us", e.totals.response_time_us, f.totals.response_time_us);
    c.field("operations_by_type", e.by_operation, f.by_operation);
    c.field("operations_by_endpoint", e.by_endpoint, f.by_endpoint);
    c.field("recent_operations", e.recent, f.recent)
        .field("last_activity", e.last_activity, f.last_activity);
    c.field("tier", e.tier, f.tier).field("position", e.position, f.position);
    return std::move(c.found);
}

std::string name_of(const TotalsKey& key) {
    if (key.scope == Scope::global) {
        return fmt::format("global {} (all users)", format_day(key.day));
    }
    return fmt::format("{} {}", key.user_id, format_day(key.day));
}

std::string sums_of(const DailyTotals& totals) {
    return fmt::format("{} operations, {} tokens", totals.totals.operations, totals.totals.tokens);
}

}  // namespace tallygate::tracker
