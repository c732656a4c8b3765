#include "gateway/cors.h"

#include <algorithm>

namespace tallygate::gateway {

using http::FieldId;

bool is_preflight(const http::RequestHead& head) {
    return head.method == "OPTIONS" && !head.find(FieldId::origin).value.empty() &&
           !head.find(FieldId::access_control_request_method).value.empty();
}

std::string cors_fields(std::string_view origin, std::span<const std::string> allowed) {
    std::string fields = "Vary: Origin\r\n";
    if (origin.empty() || std::ranges::find(allowed, origin) == allowed.end()) return fields;
    fields += "Access-Control-Allow-Origin: ";
    fields += origin;
    fields +=
        "\r\nAccess-Control-Expose-Headers: X-Request-Id, Retry-After, RateLimit, "
        "RateLimit-Policy\r\n";
    return fields;
}

http::Reply preflight_reply(const http::RequestHead& head) {
    http::Reply reply{204, {}, {}, {}};
    reply.fields.emplace_back("Access-Control-Allow-Methods",
                              head.find(FieldId::access_control_request_method).value);
    const std::string_view asked = head.find(FieldId::access_control_request_headers).value;
    if (!asked.empty()) reply.fields.emplace_back("Access-Control-Allow-Headers", asked);
    reply.fields.emplace_back("Access-Control-Max-Age", "600");
    return reply;
}

}  // namespace tallygate::gateway
