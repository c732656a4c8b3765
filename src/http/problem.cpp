#include "http/problem.h"

#include <algorithm>
#include <string_view>

#include "base/json_writer.h"
#include "http/grammar.h"

namespace tallygate::http {
namespace {

// RFC 6750, 3, but with an error also where no token came: the contract of these answers.
const std::pair<std::string, std::string> kChallenge = {"WWW-Authenticate",
                                                        R"(Bearer error="invalid_token")"};

struct Mapping {
    int status;
    std::string_view code;  // where the error has none
};

Mapping mapping_of(Errc errc) {
    switch (errc) {
        case Errc::invalid_argument:
            return {400, "invalid_argument"};
        case Errc::unauthenticated:
            return {401, "unauthenticated"};
        case Errc::permission_denied:
            return {403, "permission_denied"};
        case Errc::not_found:
            return {404, "not_found"};
        case Errc::conflict:
            return {409, "conflict"};
        case Errc::limit_exceeded:
            return {429, "limit_exceeded"};
        case Errc::unavailable:
            return {503, "unavailable"};
        case Errc::data_loss:
        case Errc::internal:
            break;
    }
    return {500, "internal_error"};
}

bool has_field(const Problem& problem, std::string_view name) {
    return std::ranges::any_of(problem.fields,
                               [&](const auto& field) { return iequals(field.first, name); });
}

struct Type {
    std::string_view uri;
    std::string_view title;
};

// The types of the IANA registry "HTTP Problem Types" that we use; RFC 9457, 4.2.1 for the rest.
Type type_of(const Problem& problem) {
    if (problem.code == "quota_exceeded") {
        return {"https://iana.org/assignments/http-problem-types#quota-exceeded", "Quota Exceeded"};
    }
    return {"about:blank", reason_phrase(problem.status)};
}

}  // namespace

Problem problem_of(const Error& error) {
    const Mapping mapping = mapping_of(error.errc);
    Problem problem;
    problem.status = mapping.status;
    problem.code = error.code.empty() ? std::string(mapping.code) : error.code;
    problem.detail = mapping.status == 500 ? "something failed on our side; its log has the cause"
                                           : error.message;
    if (problem.status == 401) problem.fields.push_back(kChallenge);
    if (problem.status == 503) problem.fields.emplace_back("Retry-After", "1");
    return problem;
}

Reply to_reply(const Problem& problem, std::string_view request_id) {
    const Type type = type_of(problem);
    JsonWriter json;
    json.begin_object()
        .member("type", type.uri)
        .member("title", type.title)
        .member("status", problem.status)
        .member("detail", problem.detail)
        .member("code", problem.code)
        .member("request_id", request_id)
        .end_object();
    Reply reply;
    reply.status = problem.status;
    reply.content_type = "application/problem+json";
    reply.body = json.take();
    reply.fields = problem.fields;
    if (problem.status == 401 && !has_field(problem, "WWW-Authenticate")) {
        reply.fields.push_back(kChallenge);
    }
    if (!has_field(problem, "Cache-Control")) {
        reply.fields.emplace_back("Cache-Control", "no-store");
    }
    return reply;
}

}  // namespace tallygate::http
