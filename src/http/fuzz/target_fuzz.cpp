// Any text as a target: what is taken has a path without dot segments, double slashes, backslashes
// and control bytes, and decoding it once more gives what one decoding of the raw path gives.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "http/target.h"

namespace {

using tallygate::http::parse_target;
using tallygate::http::percent_decode;
using tallygate::http::percent_encode;
using tallygate::http::Target;

void require(bool condition) {
    if (!condition) std::abort();
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

void check_path(const Target& target) {
    const std::string path(target.path());
    require(path.starts_with('/'));
    const std::string framed = path + "/";
    for (const char* never : {"/./", "/../", "\\"}) {
        require(framed.find(never) == std::string::npos);
    }
    require(path.find("//") == std::string::npos);
    require(std::ranges::none_of(path, is_control));
    require(tallygate::is_utf8(path));

    const std::string_view raw_path = target.raw.substr(0, target.raw.find('?'));
    require(percent_decode(path) == percent_decode(raw_path));
    require(std::ranges::count(path, '/') == std::ranges::count(raw_path, '/'));
    const bool has_slash = raw_path.find("%2f") != std::string_view::npos ||
                           raw_path.find("%2F") != std::string_view::npos;
    require(target.has_encoded_slash == has_slash);

    // Another spelling of the same path is the same path.
    std::string spelling;
    for (const char c : path) {
        spelling += c == '/' || c == '%' ? std::string(1, c) : percent_encode({&c, 1});
    }
    const auto again = parse_target("GET", spelling);
    require(again.has_value() && again->path() == path);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    require(percent_decode(percent_encode(text)) == text);
    for (const char* method : {"GET", "OPTIONS"}) {
        const auto target = parse_target(method, text);
        if (!target) {
            require(target.error().status == 400 && !target.error().detail.empty());
            continue;
        }
        require(target->raw == text);
        if (target->is_asterisk) {
            require(text == "*");
        } else {
            check_path(*target);
        }
    }
    return 0;
}
