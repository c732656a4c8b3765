// A string that must never be printed.
#pragma once

#include <string>
#include <utility>

#include <fmt/format.h>

namespace tallygate {

// Prints as ***; the text comes out by reveal() alone, so a search for that word finds every use of
// a secret.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}

    const std::string& reveal() const { return text_; }
    bool empty() const { return text_.empty(); }
    std::size_t size() const { return text_.size(); }
    bool operator==(const Secret&) const = default;

private:
    std::string text_;
};

}  // namespace tallygate

template <>
struct fmt::formatter<tallygate::Secret> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const tallygate::Secret&, Context& context) const {
        return fmt::formatter<fmt::string_view>::format("***", context);
    }
};
