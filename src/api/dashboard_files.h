// The dashboard, as routes.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "api/embedded_dashboard.h"
#include "api/fixed_document.h"
#include "api/route.h"

namespace tallygate::api {

// Serves files from the binary's own memory, compressed as the client likes it. Each reply holds a
// copy of what it sends. Any thread.
class DashboardFiles {
public:
    // Fills version and demo into index.html. `files` must outlive the object, what they name too.
    DashboardFiles(std::span<const EmbeddedFile> files, std::string_view version, bool demo);

    // /tallygate/ is index.html, which has no other address; /tallygate and, as an alias, / lead
    // there. Relative addresses only, so that all of it works below any path of a reverse proxy.
    // The routes hold a reference to this object.
    std::vector<Route> routes() const;

private:
    http::Reply file(const http::Request& request, std::string_view folder) const;

    std::span<const EmbeddedFile> files_;
    FixedDocument page_;
};

}  // namespace tallygate::api
