#include "api/usage_json.h"

#include <algorithm>
#include <span>

#include "api/rounding.h"
#include "base/json_writer.h"
#include "base/utc_time.h"

namespace tallygate::api {
namespace {

constexpr std::size_t kHealthRecentShown = 10;
constexpr std::int64_t kMicrosPerHundredth = 10;  // a hundredth of a millisecond

std::int64_t average_hundredths(const Totals& totals) {
    return rounded_ratio(totals.response_time_us, 1, totals.operations * kMicrosPerHundredth);
}

void write_sums(JsonWriter& json, const Totals& totals) {
    json.member("total_operations", totals.operations)
        .member("successful_operations", totals.successful)
        .member("failed_operations", totals.failed)
        .member("total_tokens", totals.tokens);
    json.key("avg_response_time_ms").decimal(average_hundredths(totals), 2);
}

void write_success_rate(JsonWriter& json, const Totals& totals) {
    json.key("success_rate").decimal(percent_hundredths(totals.successful, totals.operations), 2);
}

void write_named(JsonWriter& json, std::string_view key, std::span<const NamedTotals> rows) {
    json.key(key).begin_object();
    for (const NamedTotals& row : rows) {
        if (row.operations != 0) json.member(row.name, row.operations);
    }
    json.end_object();
}

void write_days(JsonWriter& json, std::span<const tracker::DayUsage> days) {
    json.key("daily_usage").begin_object();
    for (const tracker::DayUsage& day : days) {
        json.key(format_day(day.day)).begin_object();
        json.member("operations", day.operations).member("tokens", day.tokens).end_object();
    }
    json.end_object();
}

void write_latest(JsonWriter& json, const std::optional<Timestamp>& at) {
    json.key("most_recent_activity");
    at ? json.value(format_rfc3339(*at)) : json.null();
}

void write_limit(JsonWriter& json, const Tier& tier) {
    json.member("subscription_tier", tier.name).key("subscription_limit");
    tier.tokens_per_month ? json.value(*tier.tokens_per_month) : json.null();
}

void write_usage_percentage(JsonWriter& json, const Tier& tier, std::int64_t month_tokens) {
    constexpr std::int64_t kUsedUp = 10'000;
    json.key("usage_percentage");
    if (!tier.tokens_per_month) {
        json.null();
    } else if (*tier.tokens_per_month <= 0) {
        json.decimal(kUsedUp, 2);
    } else {
        json.decimal(percent_hundredths(month_tokens, *tier.tokens_per_month), 2);
    }
}

// The part that every kind of recent operation ends with.
void write_outcome(JsonWriter& json, const RecentOperation& operation) {
    json.member("tokens_used", operation.tokens_used).member("success", operation.success);
    const std::int64_t hundredths =
        rounded_ratio(operation.response_time.count(), 1, kMicrosPerHundredth);
    json.key("response_time_ms").decimal(hundredths, 2);
    json.member("timestamp", format_rfc3339(operation.timestamp));
}

}  // namespace

std::string user_usage_json(const tracker::UserUsage& usage, int days) {
    JsonWriter json;
    json.begin_object().member("user_id", usage.user_id).member("period_days", days);
    write_sums(json, usage.totals);
    write_success_rate(json, usage.totals);
    write_named(json, "operations_by_type", usage.by_operation);
    write_days(json, usage.days);
    write_latest(json, usage.most_recent_activity);
    write_limit(json, usage.tier);
    json.member("month_tokens", usage.month_tokens);
    write_usage_percentage(json, usage.tier, usage.month_tokens);
    json.member("limit_resets_at", format_rfc3339(usage.limit_resets_at));
    json.key("recent_operations").begin_array();
    for (const RecentOperation& operation : usage.recent) {
        json.begin_object()
            .member("operation_type", operation.operation_type)
            .member("endpoint", operation.endpoint);
        write_outcome(json, operation);
        json.end_object();
    }
    json.end_array().end_object();
    return json.take();
}

std::string global_usage_json(const tracker::GlobalUsage& usage, int days) {
    JsonWriter json;
    json.begin_object().member("period_days", days);
    write_sums(json, usage.totals);
    write_success_rate(json, usage.totals);
    json.member("unique_users", usage.unique_users);
    write_named(json, "operations_by_type", usage.by_operation);
    write_named(json, "operations_by_endpoint", usage.by_endpoint);
    write_days(json, usage.days);
    json.key("top_users").begin_array();
    for (const auto& top : usage.top_users) {
        json.begin_object()
            .member("user_id", top.usage.user_id)
            .member("operations", top.usage.operations)
            .member("tokens", top.usage.tokens);
        write_limit(json, top.tier);
        write_usage_percentage(json, top.tier, top.month_tokens);
        json.end_object();
    }
    json.end_array();
    write_latest(json, usage.most_recent_activity);
    json.end_object();
    return json.take();
}

std::string realtime_json(const tracker::LastHour& hour, std::int64_t in_flight) {
    JsonWriter json;
    json.begin_object().member("as_of", format_rfc3339(hour.as_of));
    json.key("last_hour").begin_object();
    write_sums(json, hour.totals);
    json.member("active_users", hour.active_users);
    write_named(json, "operations_by_type", hour.by_operation);
    json.end_object();
    json.key("operations_per_minute").begin_array();
    for (const std::int64_t operations : hour.operations_per_minute) {
        json.value(operations);
    }
    json.end_array();
    json.member("in_flight", in_flight);
    json.key("recent_operations").begin_array();
    for (const auto& recent : hour.recent) {
        json.begin_object()
            .member("user_id", recent.user_id)
            .member("operation_type", recent.operation.operation_type);
        write_outcome(json, recent.operation);
        json.end_object();
    }
    json.end_array().end_object();
    return json.take();
}

std::string session_json(const auth::Principal& caller) {
    JsonWriter json;
    json.begin_object()
        .member("user_id", caller.user_id)
        .member("is_admin", caller.is_admin)
        .member("expires_at", format_rfc3339(caller.expires_at))
        .end_object();
    return json.take();
}

std::string health_json(const Health& health) {
    JsonWriter json;
    json.begin_object()
        .member("status", health.state.summary())
        .member("version", health.version)
        .member("uptime_seconds", health.uptime.count());
    json.key("store").begin_object().member("kind", health.store_kind);
    json.member("status", health.state.store_ok ? "ok" : "unavailable").end_object();
    json.key("journal").begin_object().member("status", to_string(health.state.journal));
    json.member("pending_events", health.pending_events).end_object();

    const tracker::LastHour& hour = health.last_hour;
    json.key("usage").begin_object();
    json.member("last_hour_operations", hour.totals.operations)
        .member("last_hour_tokens", hour.totals.tokens)
        .member("active_users", hour.active_users);
    write_success_rate(json, hour.totals);
    json.key("recent_operations").begin_array();
    const std::span<const tracker::LiveOperation> recent = hour.recent;
    for (const auto& [user, operation] :
         recent.first(std::min(recent.size(), kHealthRecentShown))) {
        json.begin_object().member("operation_type", operation.operation_type);
        write_outcome(json, operation);
        json.end_object();
    }
    json.end_array().end_object().end_object();
    return json.take();
}

}  // namespace tallygate::api
