#include "api/prometheus_text.h"

#include <iterator>

#include <fmt/format.h>

namespace tallygate::api {
namespace {

std::string_view to_string(PrometheusText::Kind kind) {
    switch (kind) {
        case PrometheusText::Kind::counter:
            return "counter";
        case PrometheusText::Kind::gauge:
            return "gauge";
        case PrometheusText::Kind::histogram:
            return "histogram";
    }
    return "untyped";
}

// HELP texts take the same escapes as label values but for the quote.
void append_escaped(std::string& out, std::string_view text, bool escape_quotes) {
    for (const char c : text) {
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '"' && escape_quotes) {
            out += "\\\"";
        } else {
            out += c;
        }
    }
}

// 2500000 is "2.5", without digits that say nothing.
std::string seconds_text(std::chrono::microseconds value) {
    constexpr std::int64_t kMicros = 1'000'000;
    const std::int64_t micros = value.count();
    const std::string_view sign = micros < 0 ? "-" : "";
    const std::int64_t whole = micros / kMicros;
    const std::int64_t rest = micros % kMicros;
    std::string text =
        fmt::format("{}{}.{:06}", sign, whole < 0 ? -whole : whole, rest < 0 ? -rest : rest);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

}  // namespace

void PrometheusText::family(std::string_view name, Kind kind, std::string_view help) {
    family_ = name;
    text_ += fmt::format("# HELP {} ", name);
    append_escaped(text_, help, false);
    text_ += fmt::format("\n# TYPE {} {}\n", name, to_string(kind));
}

void PrometheusText::line(std::string_view suffix, Labels labels, std::string_view le,
                          std::string_view value) {
    text_ += family_;
    text_ += suffix;
    char before = '{';
    const auto append_label = [this, &before](std::string_view name, std::string_view content) {
        text_ += before;
        before = ',';
        text_ += name;
        text_ += "=\"";
        append_escaped(text_, content, true);
        text_ += '"';
    };
    for (const auto& [name, content] : labels) {
        append_label(name, content);
    }
    if (!le.empty()) append_label("le", le);
    if (before == ',') text_ += '}';
    text_ += ' ';
    text_ += value;
    text_ += '\n';
}

void PrometheusText::sample(Labels labels, std::int64_t value) {
    line("", labels, "", fmt::to_string(value));
}

void PrometheusText::seconds(Labels labels, std::chrono::microseconds value) {
    line("", labels, "", seconds_text(value));
}

void PrometheusText::histogram(Labels labels, std::span<const std::chrono::microseconds> bounds,
                               std::span<const std::uint64_t> counts,
                               std::chrono::microseconds sum) {
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        if (i < counts.size()) so_far += counts[i];
        line("_bucket", labels, seconds_text(bounds[i]), fmt::to_string(so_far));
    }
    if (bounds.size() < counts.size()) so_far += counts[bounds.size()];
    line("_bucket", labels, "+Inf", fmt::to_string(so_far));
    line("_sum", labels, "", seconds_text(sum));
    line("_count", labels, "", fmt::to_string(so_far));
}

void PrometheusText::counter(std::string_view name, std::string_view help, std::int64_t value) {
    family(name, Kind::counter, help);
    sample({}, value);
}

void PrometheusText::gauge(std::string_view name, std::string_view help, std::int64_t value) {
    family(name, Kind::gauge, help);
    sample({}, value);
}

}  // namespace tallygate::api
