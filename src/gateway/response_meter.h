// Reads usage out of an application's answer while it passes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/event_stream.h"
#include "usage/event.h"

namespace tallygate::gateway {

// What an answer says that it used.
struct ReportedUsage {
    TokenCounts pools;
    std::int64_t billed = 0;
};

// Of a JSON answer at most a MiB is kept, of an event stream the events that hold usage; what is
// larger counts as saying nothing, and the route's estimate stands. One use, one thread.
class ResponseMeter {
public:
    // `usage_pointer`: a JSON pointer (RFC 6901) to the usage in the answer, or in an event's data;
    // empty: none is sought.
    explicit ResponseMeter(std::string_view usage_pointer) : pointer_(usage_pointer) {}

    void on_answer(std::string_view content_type);
    void on_content(std::string_view content);

    // Whether the answer is a stream of events.
    bool is_stream() const { return kind_ == Kind::events || kind_ == Kind::lines; }
    // Nothing where none was found. Of several events the last that has usage counts.
    std::optional<ReportedUsage> usage();

private:
    enum class Kind : std::uint8_t { other, json, events, lines };
    static constexpr std::size_t kMaxHeld = std::size_t{1} << 20;

    void look_at(std::string_view json);

    std::string_view pointer_;
    Kind kind_ = Kind::other;
    bool too_large_ = false;
    std::string held_;
    http::EventStreamParser events_;
    std::optional<ReportedUsage> found_;
};

// Reads a usage object: a number (the total), or an object with the names that providers and
// applications use (input_tokens or prompt_tokens, output_tokens or completion_tokens,
// cache_read_tokens, cache_write_tokens, reasoning_tokens, total_tokens, tokens_used; OpenAI's
// nested details too, whose counts are parts of the outer ones). Nothing where it holds no whole
// number that is not negative.
std::optional<ReportedUsage> read_usage(std::string_view json, std::string_view pointer);

}  // namespace tallygate::gateway
