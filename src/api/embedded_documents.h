// Texts that the build puts into the binary.
#pragma once

#include <string_view>

namespace tallygate::api {

// openapi.yaml as JSON, with the version filled in.
std::string_view openapi_document();

}  // namespace tallygate::api
