#include "gateway/forwarded_head.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tallygate::gateway {
namespace {

using http::FieldId;
using http::FieldView;

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

bool has_prefix(std::string_view name, std::string_view prefix) {
    return name.size() >= prefix.size() && http::iequals(name.substr(0, prefix.size()), prefix);
}

char folded(char c) {
    if (c == '_') return '-';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Whether names are the same for an upstream to whom - and _ are, as they are to CGI.
bool is_same_folded(std::string_view one, std::string_view other) {
    return std::ranges::equal(one, other, {}, folded, folded);
}

bool has_folded_prefix(std::string_view name, std::string_view prefix) {
    return is_same_folded(name.substr(0, prefix.size()), prefix);
}

// Fields that speak to the next hop alone (RFC 9110, 7.6.1), and framing, which each hop writes for
// itself.
bool is_hop_by_hop(const http::MessageHead& head, const FieldView& field) {
    switch (field.id) {
        case FieldId::connection:
        case FieldId::keep_alive:
        case FieldId::proxy_connection:
        case FieldId::transfer_encoding:
        case FieldId::content_length:
        case FieldId::te:
        case FieldId::trailer:
        case FieldId::upgrade:
        case FieldId::http2_settings:
        case FieldId::proxy_authenticate:
        case FieldId::proxy_authorization:
            return true;
        default:
            return head.connection_lists(field.name);
    }
}

bool is_trusted(const http::Peer& peer, std::span<const Cidr> proxies) {
    if (proxies.empty()) return false;
    const auto address = peer.address.bytes();
    return std::ranges::any_of(proxies, [&](const Cidr& range) { return range.contains(address); });
}

// A name that an upstream could take for one that we set.
bool is_ours(std::string_view name) {
    return has_folded_prefix(name, "x-tallygate-") || is_same_folded(name, "x-request-id");
}

// What the request says of how it came here. A trusted proxy is believed what we do not write
// anew.
bool may_pass_as_forwarding(const FieldView& field, bool trusted) {
    if (!has_folded_prefix(field.name, "x-forwarded-") && field.id != FieldId::forwarded)
        return true;
    if (!trusted || field.name.contains('_')) return false;
    constexpr std::array<std::string_view, 3> kOwn = {"x-forwarded-for", "x-forwarded-proto",
                                                      "x-forwarded-host"};
    return std::ranges::none_of(
        kOwn, [&](std::string_view own) { return http::iequals(field.name, own); });
}

// A provider takes our credential, never one of the client's.
bool is_client_credential(std::string_view name) {
    constexpr std::array<std::string_view, 4> kNames = {"api-key", "x-api-key", "x-goog-api-key",
                                                        "cookie"};
    return std::ranges::any_of(kNames,
                               [&](std::string_view known) { return is_same_folded(name, known); });
}

void append_forwarded(std::string& out, const http::Exchange& exchange, bool trusted) {
    const http::RequestHead& head = exchange.head();
    out += "X-Forwarded-For: ";
    if (trusted) {
        for (const FieldView& field : head.fields()) {
            if (!http::iequals(field.name, "x-forwarded-for")) continue;
            out += field.value;
            out += ", ";
        }
    }
    out += exchange.peer().host;
    out += "\r\n";
    const auto kept = [&](std::string_view name, std::string_view own) {
        const std::string_view given = trusted ? head.find(name).value : std::string_view();
        return given.empty() ? own : given;
    };
    append_field(out, "X-Forwarded-Proto", kept("x-forwarded-proto", "http"));
    const std::string_view host = kept("x-forwarded-host", head.find(FieldId::host).value);
    if (!host.empty()) append_field(out, "X-Forwarded-Host", host);
}

void append_host(std::string& out, const http::Exchange& exchange, const UpstreamConfig& upstream) {
    const std::string_view asked = exchange.head().find(FieldId::host).value;
    if (upstream.api == ProviderApi::none && !asked.empty()) {
        append_field(out, "Host", asked);
        return;
    }
    const bool is_v6 = upstream.host.find(':') != std::string::npos;
    std::string own = is_v6 ? "[" + upstream.host + "]" : upstream.host;
    if (upstream.port != 80) own += ":" + std::to_string(upstream.port);
    append_field(out, "Host", own);
}

void append_request_framing(std::string& out, const http::RequestHead& head) {
    if (head.framing == http::Framing::chunked) {
        out += "Transfer-Encoding: chunked\r\n";
    } else if (head.framing == http::Framing::length) {
        fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", head.content_length);
    } else if (head.method == "POST" || head.method == "PUT" || head.method == "PATCH") {
        out += "Content-Length: 0\r\n";
    }
}

void append_credential(std::string& out, const UpstreamConfig& upstream) {
    if (upstream.auth == UpstreamAuth::bearer)
        append_field(out, "Authorization", "Bearer " + upstream.credential.reveal());
    if (upstream.auth == UpstreamAuth::header)
        append_field(out, upstream.auth_header, upstream.credential.reveal());
}

}  // namespace

bool is_websocket(const http::MessageHead& head) {
    return http::iequals(head.upgrade, "websocket");
}

std::string upstream_request_head(const http::Exchange& exchange,
                                  const RequestForwarding& forwarding) {
    const http::RequestHead& head = exchange.head();
    const UpstreamConfig& upstream = forwarding.upstream;
    const bool trusted = is_trusted(exchange.peer(), forwarding.trusted_proxies);
    const bool keep_authorization =
        upstream.auth == UpstreamAuth::forward && !forwarding.own_authorization;
    const bool metered = forwarding.identity != nullptr;

    std::string out;
    out.reserve(head.bytes + 512);
    out += head.method;
    out += ' ';
    out += upstream.base_path;
    out += exchange.target().raw;
    out += " HTTP/1.1\r\n";
    append_host(out, exchange, upstream);
    for (const FieldView& field : head.fields()) {
        if (is_hop_by_hop(head, field) || field.id == FieldId::host || field.id == FieldId::expect)
            continue;
        if (field.id == FieldId::accept_encoding && metered) continue;
        if (is_ours(field.name)) continue;
        if (upstream.api != ProviderApi::none && is_client_credential(field.name)) continue;
        if (field.id == FieldId::authorization
                ? !keep_authorization
                : forwarding.authenticator.holds_own_credential(field.value)) {
            continue;
        }
        if (upstream.auth == UpstreamAuth::header &&
            is_same_folded(field.name, upstream.auth_header))
            continue;
        if (!may_pass_as_forwarding(field, trusted)) continue;
        append_field(out, field.name, field.value);
    }
    append_credential(out, upstream);
    if (metered) {
        append_field(out, "X-Tallygate-User", http::percent_encode(forwarding.identity->user_id));
        append_field(out, "X-Tallygate-Tier", forwarding.identity->tier);
        append_field(out, "Accept-Encoding", "identity");
    }
    append_field(out, "X-Request-Id", exchange.request_id());
    append_forwarded(out, exchange, trusted);
    append_request_framing(out, head);
    if (forwarding.upgrade) {
        append_field(out, "Connection", "Upgrade");
        append_field(out, "Upgrade", head.upgrade);
    }
    out += "\r\n";
    return out;
}

ClientFraming client_framing(const http::ResponseHead& answer, const http::Exchange& exchange) {
    switch (answer.framing) {
        case http::Framing::none:
            return ClientFraming::none;
        case http::Framing::length:
            return ClientFraming::length;
        case http::Framing::chunked:
        case http::Framing::until_close:
            break;
    }
    return exchange.minor_version() == 0 ? ClientFraming::until_close : ClientFraming::chunked;
}

namespace {

void append_answer_line(std::string& out, const http::ResponseHead& answer) {
    fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", answer.status, answer.reason);
}

void append_answer_field(std::string& out, const FieldView& field, bool own_cors) {
    if (http::iequals(field.name, "x-request-id")) return;
    if (own_cors && has_prefix(field.name, "access-control-")) return;
    append_field(out, field.name, field.value);
}

}  // namespace

std::string client_interim_head(const http::ResponseHead& answer, bool own_cors) {
    std::string out;
    append_answer_line(out, answer);
    for (const FieldView& field : answer.fields()) {
        if (!is_hop_by_hop(answer, field)) append_answer_field(out, field, own_cors);
    }
    out += "\r\n";
    return out;
}

std::string client_answer_head(const http::ResponseHead& answer, const http::Exchange& exchange,
                               ClientFraming framing, bool own_cors, bool upgrade) {
    std::string out;
    out.reserve(answer.bytes + 256);
    append_answer_line(out, answer);
    for (const FieldView& field : answer.fields()) {
        // An answer without a body may still say how long one would be (HEAD, 304).
        const bool says_length =
            field.id == FieldId::content_length && framing == ClientFraming::none;
        if (!is_hop_by_hop(answer, field) || says_length) append_answer_field(out, field, own_cors);
    }
    append_field(out, "X-Request-Id", exchange.request_id());
    out += exchange.extra_fields();
    if (framing == ClientFraming::length) {
        fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", answer.content_length);
    } else if (framing == ClientFraming::chunked) {
        out += "Transfer-Encoding: chunked\r\n";
    }
    if (upgrade) {
        append_field(out, "Connection", "Upgrade");
        append_field(out, "Upgrade", answer.upgrade);
    } else if (exchange.will_close() || framing == ClientFraming::until_close) {
        out += "Connection: close\r\n";
    } else if (exchange.minor_version() == 0) {
        out += "Connection: keep-alive\r\n";
    }
    out += "\r\n";
    return out;
}

}  // namespace tallygate::gateway
