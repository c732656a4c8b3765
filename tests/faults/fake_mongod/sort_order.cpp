#include "sort_order.h"

#include <algorithm>

#include <fmt/format.h>

#include "comparison.h"

namespace tallygate::fake_mongod {

Outcome<SortOrder> SortOrder::parse(BsonView sort) {
    SortOrder parsed;
    for (const auto& [path, value] : sort) {
        if (const auto checked = check_path(path); !checked)
            return std::unexpected(checked.error());
        const auto direction = value.integer();
        if (direction != 1 && direction != -1)
            return bad_value(fmt::format("fake_mongod sorts by 1 or -1 only: {}", path));
        parsed.fields_.push_back({std::string(path), direction == -1});
    }
    return parsed;
}

Outcome<std::string> SortOrder::key(BsonView document) const {
    std::string key;
    for (const SortField& field : fields_) {
        const auto value = value_at(document, field.path);
        if (!value) return std::unexpected(value.error());
        if (*value && (*value)->type == BsonType::array)
            return bad_value(fmt::format("fake_mongod does not sort by arrays: {}", field.path));
        std::string part = key_of(*value);
        if (field.descending) {
            std::ranges::transform(part, part.begin(),
                                   [](char c) { return static_cast<char>(~c); });
        }
        key += part;
    }
    return key;
}

}  // namespace tallygate::fake_mongod
