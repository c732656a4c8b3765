#include "http/request.h"

#include <algorithm>
#include <cstddef>

#include "http/target.h"

namespace tallygate::http {
namespace {

std::string form_decode(std::string_view text) {
    std::string spaced(text);
    std::ranges::replace(spaced, '+', ' ');
    return percent_decode(spaced);
}

}  // namespace

std::vector<std::string> query_values(std::string_view query, std::string_view name) {
    std::vector<std::string> values;
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        const std::size_t equals = pair.find('=');
        if (pair.empty() || form_decode(pair.substr(0, equals)) != name) continue;
        values.push_back(equals == std::string_view::npos ? ""
                                                          : form_decode(pair.substr(equals + 1)));
    }
    return values;
}

}  // namespace tallygate::http
