#include "usage/event.h"

#include <array>
#include <charconv>

namespace tallygate {
namespace {

constexpr std::array<std::string_view, 3> kKinds = {"operation", "incomplete", "correction"};
constexpr std::array<std::string_view, 4> kSources = {"none", "provider", "tokenizer", "estimate"};
constexpr std::size_t kUuidSize = 36;

template <class Enum, std::size_t N>
std::optional<Enum> parse_name(const std::array<std::string_view, N>& names,
                               std::string_view text) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i] == text) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

}  // namespace

std::string to_string(const EventId& id) {
    return to_string(id.writer) + '.' + to_string(id.position.incarnation) + '.' +
           std::to_string(id.position.n);
}

std::optional<EventId> parse_event_id(std::string_view text) {
    if (text.size() < 2 * kUuidSize + 3 || text[kUuidSize] != '.' || text[2 * kUuidSize + 1] != '.')
        return std::nullopt;
    const auto writer = parse_uuid(text.substr(0, kUuidSize));
    const auto incarnation = parse_uuid(text.substr(kUuidSize + 1, kUuidSize));
    const std::string_view number = text.substr(2 * kUuidSize + 2);
    std::uint64_t n = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), n);
    if (!writer || !incarnation || error != std::errc{} || end != number.data() + number.size())
        return std::nullopt;
    return EventId{*writer, {*incarnation, n}};
}

std::vector<LogPosition> run_ends(std::span<const EventRow> rows) {
    std::vector<LogPosition> ends;
    for (const EventRow& row : rows) {
        const LogPosition& position = row.event.id.position;
        if (ends.empty() || ends.back().incarnation != position.incarnation) ends.emplace_back();
        ends.back() = position;
    }
    return ends;
}

std::string_view to_string(EventKind kind) {
    return kKinds[static_cast<std::size_t>(kind)];
}
std::string_view to_string(TokenSource source) {
    return kSources[static_cast<std::size_t>(source)];
}
std::optional<EventKind> parse_event_kind(std::string_view text) {
    return parse_name<EventKind>(kKinds, text);
}
std::optional<TokenSource> parse_token_source(std::string_view text) {
    return parse_name<TokenSource>(kSources, text);
}

std::optional<std::int64_t> TokenCounts::sum() const {
    std::optional<std::int64_t> total;
    for (const auto& pool : {input, cache_read, cache_write, output, reasoning}) {
        if (pool) total = total.value_or(0) + *pool;
    }
    return total;
}

}  // namespace tallygate
