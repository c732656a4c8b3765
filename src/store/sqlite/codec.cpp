#include "store/sqlite/codec.h"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

#include "base/json_writer.h"
#include "store/sqlite/recent_codec.h"
#include "store/sqlite/schema.h"

namespace tallygate::store {
namespace {

namespace json = boost::json;

constexpr std::int64_t kNumberMask = (std::int64_t{1} << kNumberBits) - 1;

// The names of an event that are written by code, in column order.
constexpr std::array kCodedNames = {
    &UsageEvent::price_version, &UsageEvent::model, &UsageEvent::provider,   &UsageEvent::tier,
    &UsageEvent::key_id,        &UsageEvent::team,  &UsageEvent::error_class};

std::string tags_json(std::span<const std::string> tags) {
    JsonWriter writer;
    writer.begin_array();
    for (const std::string& tag : tags)
        writer.value(tag);
    writer.end_array();
    return writer.take();
}

std::vector<std::string> parse_tags(std::string_view text) {
    std::vector<std::string> tags;
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    if (error || !value.is_array()) return tags;
    for (const json::value& tag : value.get_array()) {
        if (tag.is_string()) tags.emplace_back(tag.get_string());
    }
    return tags;
}

void bind_text(Statement& statement, std::string_view text) {
    text.empty() ? statement.bind_null() : statement.bind(text);
}

const Run* find_run(std::span<const Run> runs, std::int64_t run) {
    const auto found = std::ranges::find(runs, run, &Run::run);
    return found == runs.end() ? nullptr : &*found;
}

std::int64_t whole(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value && value->is_int64() ? value->get_int64() : 0;
}

}  // namespace

std::int64_t day_number(Day day) {
    return day.time_since_epoch().count();
}
Day day_of_number(std::int64_t number) {
    constexpr std::int64_t kFar = 3'000'000;  // far beyond any date that is one
    return Day{std::chrono::days{std::clamp(number, -kFar, kFar)}};
}

std::string breakdown_json(std::span<const NamedTotals> rows) {
    JsonWriter writer;
    writer.begin_array();
    for (const NamedTotals& row : rows) {
        writer.begin_object().member("name", row.name).member("operations", row.operations);
        writer.member("tokens", row.tokens).end_object();
    }
    writer.end_array();
    return writer.take();
}

std::vector<NamedTotals> parse_breakdown(std::string_view text) {
    std::vector<NamedTotals> rows;
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    if (error || !value.is_array()) return rows;
    for (const json::value& entry : value.get_array()) {
        if (!entry.is_object()) continue;
        const json::object& object = entry.get_object();
        const json::value* name = object.if_contains("name");
        if (!name || !name->is_string()) continue;
        rows.push_back({std::string(name->get_string()), whole(object, "operations"),
                        whole(object, "tokens")});
    }
    return rows;
}

Result<void> bind_event(Statement& statement, std::int64_t id, const EventRow& row, Codes& codes) {
    const UsageEvent& event = row.event;
    const auto user = codes.users.code(event.user_id);
    if (!user) return std::unexpected(user.error());
    const auto endpoint = codes.names.code(event.endpoint);
    if (!endpoint) return std::unexpected(endpoint.error());
    const auto operation = codes.names.code(event.operation_type);
    if (!operation) return std::unexpected(operation.error());

    statement.bind(id).bind(static_cast<std::int64_t>(event.kind)).bind(event.operations);
    statement.bind(*user).bind(*endpoint).bind(*operation).bind(micros(event.timestamp));
    statement.bind(std::int64_t{event.success})
        .bind(event.response_time.count())
        .bind(event.tokens_used);
    statement.bind(static_cast<std::int64_t>(event.token_source));
    const TokenCounts& tokens = event.tokens;
    statement.bind(tokens.input)
        .bind(tokens.cache_read)
        .bind(tokens.cache_write)
        .bind(tokens.output);
    statement.bind(tokens.reasoning).bind(tokens.delivered).bind(event.cost_nano_usd);
    for (const auto name : kCodedNames) {
        const auto code = codes.names.code(event.*name);
        if (!code) return std::unexpected(code.error());
        statement.bind(*code);
    }
    bind_text(statement, event.request_id);
    bind_text(statement, event.corrects);
    event.tags.empty() ? statement.bind_null()
                       : statement.bind(std::string_view(tags_json(event.tags)));
    event.status ? statement.bind(std::int64_t{*event.status}) : statement.bind_null();
    event.time_to_first_token ? statement.bind(event.time_to_first_token->count())
                              : statement.bind_null();
    statement.bind(std::int64_t{event.streamed})
        .bind(std::int64_t{event.client_gone})
        .bind(std::int64_t{row.checksum});
    return {};
}

Result<EventRow> read_event(const Statement& row, std::span<const Run> runs, Codes& codes) {
    EventRow out;
    UsageEvent& event = out.event;
    const std::int64_t id = row.integer(0);
    if (const Run* run = find_run(runs, id >> kNumberBits)) {
        event.id = {run->writer, {run->incarnation, static_cast<std::uint64_t>(id & kNumberMask)}};
    } else {
        event.id.position.n = static_cast<std::uint64_t>(id);
    }
    event.kind = static_cast<EventKind>(std::clamp<std::int64_t>(row.integer(1), 0, 2));
    event.operations = row.integer(2);
    const auto user = codes.users.text(row.integer(3));
    if (!user) return std::unexpected(user.error());
    event.user_id = *user;
    const auto endpoint = codes.names.text(row.integer(4));
    if (!endpoint) return std::unexpected(endpoint.error());
    event.endpoint = *endpoint;
    const auto operation = codes.names.text(row.integer(5));
    if (!operation) return std::unexpected(operation.error());
    event.operation_type = *operation;
    event.timestamp = timestamp_of(row.integer(6));
    event.success = row.integer(7) != 0;
    event.response_time = std::chrono::microseconds(row.integer(8));
    event.tokens_used = row.integer(9);
    event.token_source = static_cast<TokenSource>(std::clamp<std::int64_t>(row.integer(10), 0, 3));
    event.tokens = {row.optional(11), row.optional(12), row.optional(13),
                    row.optional(14), row.optional(15), row.optional(16)};
    event.cost_nano_usd = row.optional(17);
    for (std::size_t i = 0; i < kCodedNames.size(); ++i) {
        auto name = codes.names.text(row.integer(18 + static_cast<int>(i)));
        if (!name) return std::unexpected(name.error());
        event.*kCodedNames[i] = std::move(*name);
    }
    event.request_id = row.text(25);
    event.corrects = row.text(26);
    if (!row.is_null(27)) event.tags = parse_tags(row.text(27));
    if (const auto status = row.optional(28)) event.status = static_cast<std::int32_t>(*status);
    if (const auto first = row.optional(29))
        event.time_to_first_token = std::chrono::microseconds(*first);
    event.streamed = row.integer(30) != 0;
    event.client_gone = row.integer(31) != 0;
    out.checksum = static_cast<std::uint32_t>(row.integer(32));
    return out;
}

Result<void> bind_totals(Statement& statement, std::int64_t user, std::int64_t run,
                         const DailyTotals& totals, Codes& codes) {
    const auto tier = codes.names.code(totals.tier);
    if (!tier) return std::unexpected(tier.error());
    const auto recent = encode_recent(totals.recent, codes.names);
    if (!recent) return std::unexpected(recent.error());
    const Totals& sums = totals.totals;
    statement.bind(user)
        .bind(day_number(totals.key.day))
        .bind(sums.operations)
        .bind(sums.successful)
        .bind(sums.failed);
    statement.bind(sums.tokens)
        .bind(sums.response_time_us)
        .bind(micros(totals.last_activity))
        .bind(*tier)
        .bind(run);
    statement.bind(static_cast<std::int64_t>(totals.position.n));
    statement.bind(std::string_view(breakdown_json(totals.by_operation)));
    statement.bind(std::string_view(breakdown_json(totals.by_endpoint)));
    statement.bind_blob(*recent);
    return {};
}

Result<DailyTotals> read_totals(const Statement& row, std::span<const Run> runs, Codes& codes) {
    DailyTotals totals;
    const std::int64_t user = row.integer(0);
    totals.key.scope = user == 0 ? Scope::global : Scope::user;
    auto user_id = codes.users.text(user);
    if (!user_id) return std::unexpected(user_id.error());
    totals.key.user_id = std::move(*user_id);
    totals.key.day = day_of_number(row.integer(1));
    totals.totals = {row.integer(2), row.integer(3), row.integer(4), row.integer(5),
                     row.integer(6)};
    totals.last_activity = timestamp_of(row.integer(7));
    auto tier = codes.names.text(row.integer(8));
    if (!tier) return std::unexpected(tier.error());
    totals.tier = std::move(*tier);
    if (const Run* run = find_run(runs, row.integer(9))) {
        totals.position = {run->incarnation, static_cast<std::uint64_t>(row.integer(10))};
    }
    totals.by_operation = parse_breakdown(row.text(11));
    totals.by_endpoint = parse_breakdown(row.text(12));
    auto recent = decode_recent(row.text(13), codes.names);
    if (!recent) return std::unexpected(recent.error());
    totals.recent = std::move(*recent);
    return totals;
}

}  // namespace tallygate::store
