// Writes the Prometheus text format 0.0.4.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tallygate::api {

// The caller names a family once and then writes all of its samples. Values are integers, or
// seconds written from microseconds, so nothing is lost on the way. A value: one thread.
class PrometheusText {
public:
    enum class Kind : std::uint8_t { counter, gauge, histogram };
    using Label = std::pair<std::string_view, std::string_view>;  // name, value
    using Labels = std::initializer_list<Label>;

    // HELP and TYPE of the family that the samples behind it belong to. `name` is used until the
    // next family begins.
    void family(std::string_view name, Kind kind, std::string_view help);
    void sample(Labels labels, std::int64_t value);
    void seconds(Labels labels, std::chrono::microseconds value);
    // One histogram of the family. `counts` has one number for each bound, not cumulative, and one
    // more for what lies beyond; missing ones are 0.
    void histogram(Labels labels, std::span<const std::chrono::microseconds> bounds,
                   std::span<const std::uint64_t> counts, std::chrono::microseconds sum);

    // A family of one sample without labels.
    void counter(std::string_view name, std::string_view help, std::int64_t value);
    void gauge(std::string_view name, std::string_view help, std::int64_t value);

    std::string take() { return std::move(text_); }

private:
    // `le` is left out where it is empty.
    void line(std::string_view suffix, Labels labels, std::string_view le, std::string_view value);

    std::string text_;
    std::string family_;
};

}  // namespace tallygate::api
