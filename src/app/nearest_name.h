// What somebody may have meant.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tallygate::app {

// The name that `written` is a likely slip of: few letters wrong, missing, too many or swapped.
std::optional<std::string> nearest_name(std::string_view written,
                                        std::span<const std::string> names);

// "; did you mean X?" or nothing.
std::string did_you_mean(std::string_view written, std::span<const std::string> names);

}  // namespace tallygate::app
