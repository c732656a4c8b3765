#include "app/nearest_name.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace tallygate::app {
namespace {

// Edits that make `b` of `a`; two neighbours swapped are one.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t k = 0; k <= b.size(); ++k)
        last[k] = k;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t k = 1; k <= b.size(); ++k) {
            const std::size_t wrong = a[i - 1] == b[k - 1] ? 0 : 1;
            row[k] = std::min({last[k] + 1, row[k - 1] + 1, last[k - 1] + wrong});
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
                row[k] = std::min(row[k], before[k - 2] + 1);
            }
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view written,
                                        std::span<const std::string> names) {
    constexpr std::size_t kLongest = 128;  // nobody means a name that long
    if (written.size() > kLongest) return std::nullopt;
    std::optional<std::string> nearest;
    std::size_t least = std::max<std::size_t>(1, written.size() / 4) + 1;
    for (const std::string& name : names) {
        const std::size_t edits = distance(written, name);
        if (edits >= least) continue;
        least = edits;
        nearest = name;
    }
    return nearest;
}

std::string did_you_mean(std::string_view written, std::span<const std::string> names) {
    const auto nearest = nearest_name(written, names);
    return nearest ? fmt::format("; did you mean {}?", *nearest) : std::string();
}

}  // namespace tallygate::app
