#include "gateway/response_meter.h"

#include <algorithm>
#include <array>
#include <span>

#include <boost/json.hpp>

#include "http/head.h"
#include "http/target.h"

namespace tallygate::gateway {
namespace {

namespace json = boost::json;

bool has_type(std::string_view content_type, std::string_view wanted) {
    const std::string_view type = content_type.substr(0, content_type.find(';'));
    const std::size_t end = type.find_last_not_of(" \t");
    return end != std::string_view::npos && http::iequals(type.substr(0, end + 1), wanted);
}

bool is_json_type(std::string_view content_type) {
    const std::string_view type = content_type.substr(0, content_type.find(';'));
    return has_type(content_type, "application/json") || type.ends_with("+json");
}

// No call has more tokens of a kind. What claims more is not believed, so that no sum overflows.
constexpr std::int64_t kGreatestCount = 1'000'000'000'000;

// A whole number of tokens.
std::optional<std::int64_t> count_in(const json::value& value) {
    if (const std::int64_t* number = value.if_int64()) {
        return *number >= 0 && *number <= kGreatestCount ? std::optional(*number) : std::nullopt;
    }
    if (const double* number = value.if_double()) {
        const double greatest = kGreatestCount;
        const auto whole = static_cast<std::int64_t>(std::clamp(*number, 0.0, greatest));
        if (static_cast<double>(whole) == *number) return whole;
    }
    return std::nullopt;
}

std::optional<std::int64_t> first_of(const json::object& usage,
                                     std::span<const std::string_view> names) {
    for (const std::string_view name : names) {
        const json::value* value = usage.if_contains(name);
        if (!value) continue;
        if (const auto count = count_in(*value)) return count;
    }
    return std::nullopt;
}

std::optional<std::int64_t> nested(const json::object& usage,
                                   std::span<const std::string_view> parents,
                                   std::string_view name) {
    for (const std::string_view parent : parents) {
        const json::value* value = usage.if_contains(parent);
        if (!value || !value->is_object()) continue;
        if (const json::value* inner = value->get_object().if_contains(name))
            return count_in(*inner);
    }
    return std::nullopt;
}

// Takes a nested part out of the pool that includes it, so that the pools stay disjoint.
void split(std::optional<std::int64_t>& whole, const std::optional<std::int64_t>& part) {
    if (whole && part) whole = std::max<std::int64_t>(0, *whole - *part);
}

std::optional<ReportedUsage> usage_in(const json::value& value) {
    using Names = std::array<std::string_view, 2>;
    if (const auto total = count_in(value)) return ReportedUsage{{}, *total};
    if (!value.is_object()) return std::nullopt;
    const json::object& usage = value.get_object();

    ReportedUsage found;
    TokenCounts& pools = found.pools;
    pools.input = first_of(usage, Names{"input_tokens", "prompt_tokens"});
    pools.output = first_of(usage, Names{"output_tokens", "completion_tokens"});
    pools.cache_read = first_of(usage, Names{"cache_read_tokens", "cache_read_input_tokens"});
    pools.cache_write = first_of(usage, Names{"cache_write_tokens", "cache_creation_input_tokens"});
    pools.reasoning = first_of(usage, std::array<std::string_view, 1>{"reasoning_tokens"});
    if (!pools.cache_read) {
        pools.cache_read =
            nested(usage, Names{"prompt_tokens_details", "input_tokens_details"}, "cached_tokens");
        split(pools.input, pools.cache_read);
    }
    if (!pools.reasoning) {
        pools.reasoning = nested(usage, Names{"completion_tokens_details", "output_tokens_details"},
                                 "reasoning_tokens");
        split(pools.output, pools.reasoning);
    }
    const auto sum = pools.sum();
    const auto total = first_of(usage, Names{"tokens_used", "total_tokens"});
    if (!sum && !total) return std::nullopt;
    // Pools that are known are what is billed; a total alone stands where there are none.
    found.billed = sum ? *sum : *total;
    return found;
}

}  // namespace

std::optional<ReportedUsage> read_usage(std::string_view text, std::string_view pointer) {
    boost::system::error_code error;
    const json::value document = json::parse(text, error);
    if (error) return std::nullopt;
    const json::value* place = document.find_pointer(pointer, error);
    return place ? usage_in(*place) : std::nullopt;
}

void ResponseMeter::on_answer(std::string_view content_type) {
    if (has_type(content_type, "text/event-stream")) {
        kind_ = Kind::events;
    } else if (has_type(content_type, "application/x-ndjson") ||
               has_type(content_type, "application/jsonl")) {
        kind_ = Kind::lines;
    } else if (is_json_type(content_type)) {
        kind_ = Kind::json;
    }
}

void ResponseMeter::look_at(std::string_view text) {
    // Most events hold none: the last name of the pointer must occur before anything is parsed.
    const std::string_view name = pointer_.substr(pointer_.rfind('/') + 1);
    if (text.find(name) == std::string_view::npos) return;
    if (auto usage = read_usage(text, pointer_)) found_ = usage;
}

void ResponseMeter::on_content(std::string_view content) {
    if (pointer_.empty() || kind_ == Kind::other) return;
    if (kind_ == Kind::events) {
        events_.feed(content,
                     [this](const http::EventStreamParser::Event& event) { look_at(event.data); });
        return;
    }
    if (kind_ == Kind::lines) {
        for (std::size_t end = content.find('\n'); end != std::string_view::npos;
             end = content.find('\n')) {
            if (!too_large_) {
                held_ += content.substr(0, end);
                look_at(held_);
            }
            held_.clear();
            too_large_ = false;
            content.remove_prefix(end + 1);
        }
    }
    too_large_ = too_large_ || held_.size() + content.size() > kMaxHeld;
    if (too_large_) {
        held_.clear();
    } else {
        held_ += content;
    }
}

std::optional<ReportedUsage> ResponseMeter::usage() {
    if (!pointer_.empty() && !too_large_ && !held_.empty()) look_at(held_);
    held_.clear();
    return found_;
}

}  // namespace tallygate::gateway
