// Who may call a route.
#pragma once

namespace tallygate::http {

// Declared by every route; there is no default, so a route without one does not compile.
enum class Access {
    open,              // anybody
    user,              // any valid token
    admin,             // an administrator's token
    admin_or_scraper,  // on a loopback listener anybody, else an administrator or the scrape token
};

}  // namespace tallygate::http
