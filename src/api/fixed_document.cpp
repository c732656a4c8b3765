#include "api/fixed_document.h"

#include <cstdint>

#include <fmt/format.h>

namespace tallygate::api {
namespace {

// FNV-1a, 64 bits: tells versions of a document apart; nobody gains by a collision.
std::string make_etag(std::string_view content) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : content) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3;
    }
    return fmt::format("\"{:016x}\"", hash);
}

}  // namespace

bool names_etag(std::string_view if_none_match, std::string_view etag) {
    constexpr std::string_view kBetween = ", \t";
    while (true) {
        const std::size_t begin = if_none_match.find_first_not_of(kBetween);
        if (begin == std::string_view::npos) return false;
        if_none_match.remove_prefix(begin);
        if (if_none_match.starts_with("W/")) if_none_match.remove_prefix(2);
        if (if_none_match.starts_with('*') || if_none_match.starts_with(etag)) return true;
        // A tag may hold a comma: the next one begins behind the closing quote.
        const std::size_t open = if_none_match.find('"');
        if (open == std::string_view::npos) return false;
        const std::size_t close = if_none_match.find('"', open + 1);
        if (close == std::string_view::npos) return false;
        if_none_match.remove_prefix(close + 1);
    }
}

FixedDocument::FixedDocument(std::string content, std::string content_type,
                             std::vector<std::pair<std::string, std::string>> fields)
    : content_(std::move(content)),
      content_type_(std::move(content_type)),
      etag_(make_etag(content_)),
      fields_(std::move(fields)) {
    fields_.emplace_back("ETag", etag_);
    fields_.emplace_back("Cache-Control", "no-cache");
    fields_.emplace_back("X-Content-Type-Options", "nosniff");
}

http::Reply FixedDocument::answer(const http::Request& request) const {
    if (names_etag(request.if_none_match, etag_)) return {.status = 304, .fields = fields_};
    return {.status = 200, .content_type = content_type_, .body = content_, .fields = fields_};
}

}  // namespace tallygate::api
