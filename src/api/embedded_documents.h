// Texts that the build puts into the binary.
#pragma once

#include <string_view>

namespace tallygate::api {

// openapi.yaml as JSON, with the version filled in.
std::string_view openapi_document();

// front_page.html, with the version filled in, and the hash of its style sheet as a
// Content-Security-Policy names it
// ('sha256-…').
std::string_view front_page();
std::string_view front_page_style_hash();

}  // namespace tallygate::api
