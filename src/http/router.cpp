#include "http/router.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "http/grammar.h"

namespace tallygate::http {
namespace {

// Takes the next segment off `path`, which begins with a slash, or nothing where it is used up.
std::optional<std::string_view> take_segment(std::string_view& path) {
    if (path.empty()) return std::nullopt;
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

std::unexpected<Error> bad_pattern(std::string message) {
    return failure(Errc::invalid_argument, "bad_pattern", std::move(message));
}

// Whether a decoded path can hold `c` and a pattern means nothing special by it.
bool is_literal_char(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f && !std::string_view("{}*%?#;\\").contains(c);
}

bool is_literal(std::string_view text) {
    return text != "." && text != ".." && std::ranges::all_of(text, is_literal_char);
}

}  // namespace

Result<Router::Segment> Router::parse_segment(std::string_view text, bool is_last) {
    using Kind = Segment::Kind;
    if (text == "*") {
        if (is_last) return Segment{Kind::rest, {}};
        return bad_pattern("\"*\" stands before the end; only the last segment may be \"*\"");
    }
    if (!text.starts_with('{')) {
        if (text.empty() && !is_last) return bad_pattern("a segment is empty; write one slash");
        if (is_literal(text)) return Segment{Kind::literal, std::string(text)};
        return bad_pattern(
            fmt::format("the segment {} is not literal, {{name}}, {{name}}suffix or \"*\"; decode "
                        "any %XX in it",
                        shown(text)));
    }
    const std::size_t close = text.find('}');
    const std::string_view name =
        text.substr(1, close == std::string_view::npos ? close : close - 1);
    if (close == std::string_view::npos || !is_token(name)) {
        return bad_pattern(
            fmt::format("the segment {} has no name in braces; write {{name}}", shown(text)));
    }
    const std::string_view suffix = text.substr(close + 1);
    if (!is_literal(suffix)) {
        return bad_pattern(fmt::format("the suffix {} is not literal", shown(suffix)));
    }
    return suffix.empty() ? Segment{Kind::capture, {}} : Segment{Kind::suffix, std::string(suffix)};
}

Result<std::vector<Router::Segment>> Router::parse_pattern(std::string_view pattern) {
    if (!pattern.starts_with('/')) return bad_pattern("it does not begin with a slash");
    std::vector<Segment> segments;
    std::size_t captures = 0;
    std::string_view rest = pattern;
    while (const auto text = take_segment(rest)) {
        auto segment = parse_segment(*text, rest.empty());
        if (!segment) return std::unexpected(std::move(segment.error()));
        const bool captured =
            segment->kind == Segment::Kind::capture || segment->kind == Segment::Kind::suffix;
        captures += captured ? 1 : 0;
        segments.push_back(std::move(*segment));
    }
    if (captures > kMaxCaptures) {
        return bad_pattern(fmt::format("it has {} names in braces; at most {} are allowed",
                                       captures, kMaxCaptures));
    }
    return segments;
}

bool Router::more_literal(const Shape& a, const Shape& b) {
    const auto before = [](const Segment& x, const Segment& y) {
        if (x.kind != y.kind) return x.kind < y.kind;
        return x.text.size() > y.text.size();
    };
    return std::ranges::lexicographical_compare(a.segments, b.segments, before);
}

Result<void> Router::add(std::string_view method, std::string_view pattern, std::size_t value) {
    if (method != "*" && !is_token(method)) {
        return failure(Errc::invalid_argument, "bad_pattern",
                       fmt::format("{} is no method; write GET, POST … or *", shown(method)));
    }
    auto segments = parse_pattern(pattern);
    if (!segments) {
        return failure_in(fmt::format("pattern {}", shown(pattern)), std::move(segments.error()));
    }

    auto shape = std::ranges::find(shapes_, *segments, &Shape::segments);
    if (shape == shapes_.end()) {
        Shape added{std::move(*segments), {}};
        shape = shapes_.insert(std::ranges::upper_bound(shapes_, added, more_literal),
                               std::move(added));
    }
    auto route = std::ranges::find(shape->routes, method, &Route::method);
    if (route == shape->routes.end()) {
        route = shape->routes.insert(route, Route{std::string(method), 0});
    }
    route->value = value;
    return {};
}

bool Router::takes(const Shape& shape, std::string_view path, Match& match) {
    match.capture_count = 0;
    for (const Segment& wanted : shape.segments) {
        const auto segment = take_segment(path);
        if (!segment) return false;
        std::string_view captured = *segment;
        switch (wanted.kind) {
            case Segment::Kind::rest:
                return true;
            case Segment::Kind::literal:
                if (captured != wanted.text) return false;
                continue;
            case Segment::Kind::suffix:
                if (!captured.ends_with(wanted.text)) return false;
                captured.remove_suffix(wanted.text.size());
                break;
            case Segment::Kind::capture:
                break;
        }
        if (captured.empty()) return false;
        match.captures[match.capture_count++] = captured;
    }
    return path.empty();
}

const Router::Route* Router::route_of(const Shape& shape, std::string_view method) {
    const auto named = [&shape](std::string_view name) -> const Route* {
        const auto found = std::ranges::find(shape.routes, name, &Route::method);
        return found == shape.routes.end() ? nullptr : &*found;
    };
    const Route* route = named(method);
    if (route == nullptr && method == "HEAD") route = named("GET");
    return route != nullptr ? route : named("*");
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
    Match match;
    bool path_is_known = false;
    for (const Shape& shape : shapes_) {
        if (!takes(shape, path, match)) continue;
        if (const Route* route = route_of(shape, method)) {
            match.outcome = Match::Outcome::found;
            match.value = route->value;
            return match;
        }
        path_is_known = true;
    }
    match.capture_count = 0;
    if (path_is_known) {
        match.outcome = Match::Outcome::no_such_method;
        match.allow = allow(path);
    }
    return match;
}

std::string Router::allow(std::string_view path) const {
    Match ignored;
    std::vector<std::string_view> methods;
    for (const Shape& shape : shapes_) {
        if (!takes(shape, path, ignored)) continue;
        for (const Route& route : shape.routes) {
            methods.push_back(route.method);
        }
    }
    if (std::ranges::find(methods, "GET") != methods.end()) methods.emplace_back("HEAD");
    std::ranges::sort(methods);
    const auto repeated = std::ranges::unique(methods);
    methods.erase(repeated.begin(), repeated.end());
    return fmt::format("{}", fmt::join(methods, ", "));
}

bool Router::takes_ignoring_case(const Shape& shape, std::string_view path) {
    const auto without_slash = [](std::string_view text) {
        if (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
        return text;
    };
    path = without_slash(path);
    std::size_t count = shape.segments.size();
    const Segment& last = shape.segments.back();
    if (count > 1 && last.kind == Segment::Kind::literal && last.text.empty()) --count;
    for (std::size_t i = 0; i < count; ++i) {
        const Segment& wanted = shape.segments[i];
        const auto segment = take_segment(path);
        switch (wanted.kind) {
            case Segment::Kind::rest:
                return true;
            case Segment::Kind::literal:
                if (!segment || !iequals(*segment, wanted.text)) return false;
                break;
            case Segment::Kind::suffix:
                if (!segment || segment->size() <= wanted.text.size() ||
                    !iequals(segment->substr(segment->size() - wanted.text.size()), wanted.text)) {
                    return false;
                }
                break;
            case Segment::Kind::capture:
                if (!segment || segment->empty()) return false;
                break;
        }
    }
    return path.empty();
}

bool Router::shadows(std::string_view path) const {
    return std::ranges::any_of(
        shapes_, [&](const Shape& shape) { return takes_ignoring_case(shape, path); });
}

}  // namespace tallygate::http
