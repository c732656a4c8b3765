// How a command fails: as MongoDB says it.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "bson_writer.h"

namespace tallygate::fake_mongod {

namespace code {
constexpr int kBadValue = 2;
constexpr int kTypeMismatch = 14;
constexpr int kNamespaceNotFound = 26;
constexpr int kPathNotViable = 28;
constexpr int kConflictingUpdateOperators = 40;
constexpr int kCursorNotFound = 43;
constexpr int kCommandNotFound = 59;
constexpr int kImmutableField = 66;
constexpr int kIndexOptionsConflict = 85;
constexpr int kIndexKeySpecsConflict = 86;
constexpr int kUnsupportedOpQueryCommand = 352;
constexpr int kNotWritablePrimary = 10107;
constexpr int kObjectTooLarge = 10334;
constexpr int kDuplicateKey = 11000;
constexpr int kNotPrimaryNoSecondaryOk = 13435;
}  // namespace code

struct Failure {
    int code = code::kBadValue;
    std::string message;
    Document details = nullptr;  // further fields of the error, as keyValue; may be null
};

template <class T>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> fail_with(int code, std::string message,
                                          Document details = nullptr) {
    return std::unexpected(Failure{code, std::move(message), std::move(details)});
}

// BadValue: what a test asks for is not what fake_mongod can do.
inline std::unexpected<Failure> bad_value(std::string message) {
    return fail_with(code::kBadValue, std::move(message));
}

// "DuplicateKey" for 11000; "Location12345" for one without a name.
std::string code_name(int code);

// The answer of a command that failed: ok 0, errmsg, code, codeName.
std::string failure_reply(const Failure& failure);

}  // namespace tallygate::fake_mongod
