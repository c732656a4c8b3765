// Finds the route of a method and path.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tallygate::http {

// Patterns are paths whose segments are literal, `{name}` (one segment, not empty), or `{name}` and
// a literal suffix
// (`{model}:generateContent`); a last segment `*` takes all that follows its slash, or nothing:
// `/x/*` takes `/x/` and
// `/x/a/b`, not `/x`. Of several that take a path and its method the most literal wins: compared
// segment by segment from the left, literal before suffix (a longer one first) before {name} before
// `*`. Filled once, then read by any thread. Finding allocates nothing where it finds.
class Router {
public:
    static constexpr std::size_t kMaxCaptures = 8;

    // Fails with invalid_argument on a pattern that is not one. The same method and pattern again
    // replaces, whatever the names in braces. Method `*` stands for every method that no other
    // pattern of the same shape names.
    Result<void> add(std::string_view method, std::string_view pattern, std::size_t value);

    struct Match {
        enum class Outcome : std::uint8_t { found, no_such_path, no_such_method };
        Outcome outcome = Outcome::no_such_path;
        std::size_t value = 0;
        std::size_t capture_count = 0;
        std::array<std::string_view, kMaxCaptures> captures;  // views of `path`
        std::string allow;                                    // of no_such_method: "GET, POST"
    };
    // HEAD finds GET's route where HEAD has none. `path` is Target::path(); it begins with a slash.
    Match find(std::string_view method, std::string_view path) const;

    // Whether a pattern takes `path` ignoring case and one trailing slash, for any method: such a
    // path must not slip through beside the route that meters it.
    bool shadows(std::string_view path) const;

private:
    struct Segment {
        enum class Kind : std::uint8_t { literal, suffix, capture, rest };
        Kind kind = Kind::literal;
        std::string text;  // of literal and suffix
        bool operator==(const Segment&) const = default;
    };
    struct Route {
        std::string method;
        std::size_t value = 0;
    };
    // The routes that differ in nothing but their method.
    struct Shape {
        std::vector<Segment> segments;
        std::vector<Route> routes;
    };
    static Result<Segment> parse_segment(std::string_view text, bool is_last);
    static Result<std::vector<Segment>> parse_pattern(std::string_view pattern);
    static bool more_literal(const Shape& a, const Shape& b);
    // Whether `shape` takes `path`; notes the captures.
    static bool takes(const Shape& shape, std::string_view path, Match& match);
    static bool takes_ignoring_case(const Shape& shape, std::string_view path);
    static const Route* route_of(const Shape& shape, std::string_view method);
    std::string allow(std::string_view path) const;

    std::vector<Shape> shapes_;  // most literal first
};

}  // namespace tallygate::http
