// The heads of forwarded messages: what is taken over, dropped and set on the way through.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "auth/authenticator.h"
#include "gateway/gateway_config.h"
#include "http/exchange.h"
#include "http/head.h"

namespace tallygate::gateway {

// Who a metered call is made for; an unmetered one goes without.
struct ForwardedIdentity {
    std::string_view user_id;
    std::string_view tier;
};

// Whether a request asks for a WebSocket, or an answer changes to one: no other protocol is
// tunnelled, since another could carry requests past us (h2c does).
bool is_websocket(const http::MessageHead& head);

struct RequestForwarding {
    const UpstreamConfig& upstream;
    std::span<const Cidr> trusted_proxies;
    const ForwardedIdentity* identity;         // null where nobody was asked for
    const auth::Authenticator& authenticator;  // knows a token of ours, which stays here
    bool own_authorization;                    // the Authorization field holds one
    bool upgrade = false;                      // to a WebSocket: Connection and Upgrade go through
};

// The head of the request for the upstream, blank line included. Hop-by-hop fields, Expect and
// X-Tallygate-* of the client are dropped, and every field that holds a token or key of ours; a
// provider gets none of the client's credentials. X-Forwarded-For, -Proto and -Host are set anew
// and the other X-Forwarded-* dropped; where the peer is a trusted proxy they are extended and
// kept. A metered call asks for the `identity` coding, so that usage can be read.
std::string upstream_request_head(const http::Exchange& exchange,
                                  const RequestForwarding& forwarding);

// How the client is told where the answer's body ends.
enum class ClientFraming : std::uint8_t { none, length, chunked, until_close };
ClientFraming client_framing(const http::ResponseHead& answer, const http::Exchange& exchange);

// An interim answer (1xx) for the client: its line and the fields that go from end to end.
std::string client_interim_head(const http::ResponseHead& answer, bool own_cors);

// The head of the answer for the client. Hop-by-hop fields are dropped, and Access-Control-* too
// where `own_cors`.
std::string client_answer_head(const http::ResponseHead& answer, const http::Exchange& exchange,
                               ClientFraming framing, bool own_cors, bool upgrade = false);

}  // namespace tallygate::gateway
