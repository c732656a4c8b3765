// A whole answer, made by our own routes.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tallygate::http {

// A value. Content-Length, Date, Connection and X-Request-Id are the session's to add.
struct Reply {
    int status = 200;
    std::string content_type;  // empty: no body
    std::string body;
    std::vector<std::pair<std::string, std::string>> fields;
};

}  // namespace tallygate::http
