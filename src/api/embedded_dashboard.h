// The dashboard's files, as the build puts them into the binary.
#pragma once

#include <span>
#include <string_view>

namespace tallygate::api {

// A value. Everything it names is static.
struct EmbeddedFile {
    std::string_view path;  // below /tallygate/: "theme.js", "assets/index-CN6aG-h5.js"
    std::string_view content_type;
    std::string_view identity;
    std::string_view gzip;  // the same content, compressed; empty where there is none
    std::string_view brotli;
    std::string_view hash;      // of `identity`, hexadecimal
    bool is_immutable = false;  // another content would have another path
};

// By path, once each. index.html is among them; it holds @VERSION@ and @DEMO@ for the server to
// fill in.
std::span<const EmbeddedFile> embedded_dashboard();

}  // namespace tallygate::api
