// One metered call, as it is written to the journal and to every store.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/utc_time.h"

namespace tallygate {

// A place in a writer's log: the `n`th event of one run of the server. Incarnations of a writer
// grow with each start, so places compare in the order of writing. n begins at 1; {nil, 0} stands
// before everything.
struct LogPosition {
    Uuid incarnation;
    std::uint64_t n = 0;

    auto operator<=>(const LogPosition&) const = default;
};

// One run of one node.
struct RunId {
    Uuid writer;
    Uuid incarnation;

    auto operator<=>(const RunId&) const = default;
    bool is_nil() const { return *this == RunId{}; }
};

// Names an event for ever, over all nodes: the node (writer), its run (incarnation), the number
// within it.
struct EventId {
    Uuid writer;
    LogPosition position;

    auto operator<=>(const EventId&) const = default;
    RunId run() const { return {writer, position.incarnation}; }
};

// "<writer>.<incarnation>.<n>", the `event_id` that people see.
std::string to_string(const EventId& id);
std::optional<EventId> parse_event_id(std::string_view text);

enum class EventKind : std::uint8_t {
    operation,   // a call that was forwarded and whose end we saw
    incomplete,  // a call that our own crash cut
    correction,  // changes the sums of an earlier event, by signed numbers on its day
};

// Where a token count comes from. A number never loses it.
enum class TokenSource : std::uint8_t { none, provider, tokenizer, estimate };

std::string_view to_string(EventKind kind);
std::string_view to_string(TokenSource source);
std::optional<EventKind> parse_event_kind(std::string_view text);
std::optional<TokenSource> parse_token_source(std::string_view text);

// Disjoint pools; nothing where the number is not known.
struct TokenCounts {
    std::optional<std::int64_t> input;        // read by the model, not from its cache
    std::optional<std::int64_t> cache_read;   // read from the provider's cache
    std::optional<std::int64_t> cache_write;  // written to it
    std::optional<std::int64_t> output;       // made by the model, without reasoning
    std::optional<std::int64_t> reasoning;
    std::optional<std::int64_t> delivered;  // of `output`, what reached the client

    bool operator==(const TokenCounts&) const = default;
    // The sum of the pools, `delivered` left out; nothing where none is known.
    std::optional<std::int64_t> sum() const;
};

// A value. An empty text or an empty optional means: not known (null in every store and answer).
struct UsageEvent {
    EventId id;
    EventKind kind = EventKind::operation;
    std::string corrects;         // event_id of the corrected event
    std::int64_t operations = 1;  // 1; of a correction 0, of a void -1

    std::string user_id;
    std::string endpoint;  // the route's pattern without its method: /ai/chat
    std::string operation_type;
    Timestamp timestamp;  // when the request began
    bool success = false;
    std::chrono::microseconds response_time{0};

    std::int64_t tokens_used = 0;  // what is billed
    TokenCounts tokens;
    TokenSource token_source = TokenSource::none;
    std::optional<std::int64_t> cost_nano_usd;
    std::string price_version;

    std::string request_id;
    std::string model;
    std::string provider;
    std::string tier;  // at the time of the call, like key_id, team and tags
    std::string key_id;
    std::string team;
    std::vector<std::string> tags;

    std::optional<std::int32_t> status;  // the upstream's HTTP status
    std::string error_class;  // upstream_refused, upstream_timeout, client_gone, incomplete …
    std::optional<std::chrono::microseconds> time_to_first_token;
    bool streamed = false;
    bool client_gone = false;

    bool operator==(const UsageEvent&) const = default;
};

// An event with the CRC32C of its journal payload, which stores keep beside the row.
struct EventRow {
    UsageEvent event;
    std::uint32_t checksum = 0;

    bool operator==(const EventRow&) const = default;
};

// The last position of each run that `rows`, which are in their order, belong to.
std::vector<LogPosition> run_ends(std::span<const EventRow> rows);

}  // namespace tallygate
