// A document that is part of the binary, as an answer.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/reply.h"
#include "http/request.h"

namespace tallygate::api {

// Answers with the same bytes each time, and with 304 where the client says that it has them. Any
// thread.
class FixedDocument {
public:
    // `fields` go out with every answer.
    FixedDocument(std::string content, std::string content_type,
                  std::vector<std::pair<std::string, std::string>> fields = {});

    http::Reply answer(const http::Request& request) const;

private:
    std::string content_;
    std::string content_type_;
    std::string etag_;
    std::vector<std::pair<std::string, std::string>> fields_;
};

// Whether an If-None-Match value ("*", or a list of tags, weak or not) names `etag`, which is
// quoted and strong.
bool names_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace tallygate::api
