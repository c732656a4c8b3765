#include "api/dashboard_files.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "api/accept_encoding.h"
#include "http/grammar.h"
#include "http/problem.h"

namespace tallygate::api {
namespace {

using http::Access;
using http::Reply;
using http::Request;
using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kPage = "index.html";

// The page's own scripts, styles, fonts and pictures, and the usage API beside it; nothing inline,
// and no text of the API's ever parsed as HTML.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const EmbeddedFile* find(std::span<const EmbeddedFile> files, std::string_view path) {
    const auto found = std::ranges::find(files, path, &EmbeddedFile::path);
    return found == files.end() ? nullptr : &*found;
}

void replace_all(std::string& text, std::string_view place, std::string_view value) {
    for (std::size_t at = 0; (at = text.find(place, at)) != std::string::npos; at += value.size())
        text.replace(at, place.size(), value);
}

FixedDocument page_of(std::span<const EmbeddedFile> files, std::string_view version, bool demo) {
    const EmbeddedFile* file = find(files, kPage);
    if (file == nullptr) throw std::logic_error("the dashboard has no index.html");
    std::string page(file->identity);
    replace_all(page, "@VERSION@", version);
    replace_all(page, "@DEMO@", demo ? "true" : "false");
    return {std::move(page),
            std::string(file->content_type),
            {{"Content-Security-Policy", std::string(kPolicy)},
             {"Referrer-Policy", "no-referrer"},
             {"Cross-Origin-Opener-Policy", "same-origin"},
             {"Cross-Origin-Resource-Policy", "same-origin"}}};
}

// The codings that a file is there in, the smallest first.
std::span<const Coding> codings_of(const EmbeddedFile& file) {
    static constexpr std::array kAll = {Coding::brotli, Coding::gzip, Coding::identity};
    static constexpr std::array kBrotli = {Coding::brotli, Coding::identity};
    static constexpr std::array kGzip = {Coding::gzip, Coding::identity};
    static constexpr std::array kNone = {Coding::identity};
    if (!file.brotli.empty() && !file.gzip.empty()) return kAll;
    if (!file.brotli.empty()) return kBrotli;
    if (!file.gzip.empty()) return kGzip;
    return kNone;
}

std::string_view content_of(const EmbeddedFile& file, Coding coding) {
    if (coding == Coding::brotli) return file.brotli;
    return coding == Coding::gzip ? file.gzip : file.identity;
}

// Strong, so one for each sequence of bytes.
std::string etag_of(const EmbeddedFile& file, Coding coding) {
    return coding == Coding::identity ? fmt::format("\"{}\"", file.hash)
                                      : fmt::format("\"{}-{}\"", file.hash, name_of(coding));
}

Reply send(const EmbeddedFile& file, const Request& request) {
    const std::span<const Coding> codings = codings_of(file);
    const Coding coding = choose_coding(request.accept_encoding, codings);
    const std::string etag = etag_of(file, coding);
    Fields fields = {
        {"ETag", etag},
        {"Cache-Control", file.is_immutable ? "public, max-age=31536000, immutable" : "no-cache"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"}};
    if (codings.size() > 1) fields.emplace_back("Vary", "Accept-Encoding");
    if (names_etag(request.if_none_match, etag))
        return {.status = 304, .fields = std::move(fields)};
    if (coding != Coding::identity) fields.emplace_back("Content-Encoding", name_of(coding));
    return {.status = 200,
            .content_type = std::string(file.content_type),
            .body = std::string(content_of(file, coding)),
            .fields = std::move(fields)};
}

// Relative to / and to /tallygate alike. Not to be kept: / may be the application's tomorrow.
Reply to_dashboard() {
    return {.status = 302,
            .fields = {{"Location", "tallygate/"},
                       {"Cache-Control", "no-store"},
                       {"X-Content-Type-Options", "nosniff"},
                       {"Referrer-Policy", "no-referrer"}}};
}

}  // namespace

DashboardFiles::DashboardFiles(std::span<const EmbeddedFile> files, std::string_view version,
                               bool demo)
    : files_(files), page_(page_of(files, version, demo)) {}

std::vector<Route> DashboardFiles::routes() const {
    std::vector<Route> routes;
    const auto add = [&routes](std::string pattern, Handler handler) -> Route& {
        Route& route =
            routes.emplace_back(Access::open, "GET", std::move(pattern), std::move(handler));
        route.answers_from_memory = true;
        return route;
    };
    add("/tallygate/",
        [this](const Request& request, const auth::Principal*) { return page_.answer(request); });
    add("/tallygate/{file}",
        [this](const Request& request, const auth::Principal*) { return file(request, ""); });
    add("/tallygate/assets/{file}", [this](const Request& request, const auth::Principal*) {
        return file(request, "assets/");
    });
    const Handler redirect = [](const Request&, const auth::Principal*) { return to_dashboard(); };
    add("/tallygate", redirect);
    add("/", redirect).is_alias = true;
    return routes;
}

Reply DashboardFiles::file(const Request& request, std::string_view folder) const {
    const std::string path = fmt::format("{}{}", folder, request.captures.at(0));
    const EmbeddedFile* found = find(files_, path);
    // The page has one address, where its placeholders are filled in.
    if (found != nullptr && path != kPage) return send(*found, request);
    return http::to_reply(
        {404, "not_found", fmt::format("The dashboard has no file {}.", http::shown(path)), {}},
        request.request_id);
}

}  // namespace tallygate::api
