// How a failure that a caller should expect travels: as a value.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace tallygate {

// What the caller can do about a failure. Never where it broke: that is in the message.
enum class Errc {
    invalid_argument,   // can never succeed as written
    unauthenticated,    // no credential, or one that does not hold: bring another
    permission_denied,  // known, but not allowed: ask somebody who is
    not_found,          // no such thing: look elsewhere
    conflict,           // something else holds the place: look at it first
    limit_exceeded,     // retry after the window named in the message
    unavailable,        // the other side is down or too slow: retry with back-off
    data_loss,          // stored bytes are not what was written: needs an operator
    internal,           // a bug of ours
};

// What went wrong, for a program (`errc`, `code`) and for a person (`message`).
//
// `code` is stable and listed in openapi.yaml where a client can see it (`token_expired`); empty
// where none can. `message` names the bad value and how to mend it, and never holds a secret.
struct Error {
    Errc errc = Errc::internal;
    std::string code;
    std::string message;

    bool operator==(const Error&) const = default;
};

// A value or an Error. [[nodiscard]], so dropping one is a compile-time warning.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
public:
    using std::expected<T, Error>::expected;
};

// For `return failure(Errc::unavailable, "store_unavailable", "…")`.
inline std::unexpected<Error> failure(Errc errc, std::string code, std::string message) {
    return std::unexpected(Error{errc, std::move(code), std::move(message)});
}

// Hands an error on with the place in front of its message: "usage.db: disk full".
inline std::unexpected<Error> failure_in(std::string_view place, Error error) {
    error.message = std::string(place) + ": " + error.message;
    return std::unexpected(std::move(error));
}

// The system's words for an errno, "No such file or directory". Unlike strerror, safe on any
// thread.
inline std::string error_text(int error) {
    return std::generic_category().message(error);
}

}  // namespace tallygate
