// One of our own routes, as the server's dispatcher needs it.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "auth/principal.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/route_access.h"

namespace tallygate::api {

// Answers one request. It may block on the store, unless its route says otherwise, so it runs on a
// worker thread, and several may run at once. The principal is null on an open route and where a
// scraper asks; the dispatcher has checked the route's access before.
using Handler = std::function<http::Reply(const http::Request&, const auth::Principal*)>;

// A value. The constructor alone makes one, so that a route which does not say who may call it does
// not compile.
struct Route {
    Route(http::Access who, std::string on_method, std::string on_pattern, Handler answer)
        : access(who),
          method(std::move(on_method)),
          pattern(std::move(on_pattern)),
          handler(std::move(answer)) {}

    http::Access access;
    std::string method;
    std::string pattern;                  // as http::Router takes it
    bool is_alias = false;                // yields to any metered route and any passthrough
    bool takes_ambiguous_escape = false;  // %2F, %2E, %5C are part of a capture, not a 400
    // Never waits: best called at once, on any thread, so that it answers while workers wait for
    // the store.
    bool answers_from_memory = false;
    Handler handler;
};

}  // namespace tallygate::api
