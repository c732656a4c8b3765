// Events and totals as rows, and rows as events and totals.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/database.h"
#include "store/sqlite/dictionary.h"
#include "store/sqlite/runs.h"
#include "usage/event.h"
#include "usage/totals.h"

namespace tallygate::store {

// One connection's dictionaries.
struct Codes {
    explicit Codes(Database& database)
        : users(database, Dictionary::Table::users), names(database, Dictionary::Table::names) {}
    Dictionary users;
    Dictionary names;
};

// The columns of events in the order that bind_event and read_event use.
#define TALLYGATE_EVENT_COLUMNS                                                                    \
    "id, kind, operations, user, endpoint, operation, timestamp_us, success, response_time_us, "   \
    "tokens_used, token_source, "                                                                  \
    "input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, "       \
    "delivered_tokens, "                                                                           \
    "cost_nano_usd, price_version, model, provider, tier, key_id, team, error_class, request_id, " \
    "corrects, tags, status, "                                                                     \
    "time_to_first_token_us, streamed, client_gone, checksum"
Result<void> bind_event(Statement& statement, std::int64_t id, const EventRow& row, Codes& codes);
// Never fails over what a row holds: what is no event of ours comes out as something that its
// checksum does not cover. A row of an unknown run has a nil writer and incarnation.
Result<EventRow> read_event(const Statement& row, std::span<const Run> runs, Codes& codes);

#define TALLYGATE_TOTALS_COLUMNS                                                              \
    "user, day, operations, successful, failed, tokens, response_time_us, last_activity_us, " \
    "tier, run, n, "                                                                          \
    "by_operation, by_endpoint, recent"
Result<void> bind_totals(Statement& statement, std::int64_t user, std::int64_t run,
                         const DailyTotals& totals, Codes& codes);
Result<DailyTotals> read_totals(const Statement& row, std::span<const Run> runs, Codes& codes);

// [{"name":…,"operations":…,"tokens":…}]
std::string breakdown_json(std::span<const NamedTotals> rows);
std::vector<NamedTotals> parse_breakdown(std::string_view json);

std::int64_t day_number(Day day);
Day day_of_number(std::int64_t number);

}  // namespace tallygate::store
