#include "filter.h"

#include <algorithm>

#include <fmt/format.h>

#include "comparison.h"

namespace tallygate::fake_mongod {
namespace {

// {$lt: 5}, unlike {lt: 5}, which is a value.
bool is_operators(const BsonValue& value) {
    if (value.type != BsonType::object || value.fields().empty()) return false;
    return value.fields().begin()->name.starts_with('$');
}

Outcome<std::vector<Filter>> parse_all(std::string_view name, const BsonValue& filters) {
    if (filters.type != BsonType::array || filters.fields().empty())
        return bad_value(fmt::format("{} needs an array of filters", name));
    std::vector<Filter> parsed;
    for (const auto& [index, value] : filters.fields()) {
        if (value.type != BsonType::object)
            return bad_value(fmt::format("{} needs an array of filters", name));
        auto filter = Filter::parse(value.fields());
        if (!filter) return std::unexpected(filter.error());
        parsed.push_back(std::move(*filter));
    }
    return parsed;
}

}  // namespace

Outcome<Filter> Filter::parse(BsonView filter) {
    Filter parsed;
    for (const BsonField& field : filter) {
        if (const auto added = parsed.add(field); !added) return std::unexpected(added.error());
    }
    return parsed;
}

Outcome<void> Filter::add(const BsonField& field) {
    if (field.name == "$and") return add_all_of(field.value);
    if (field.name == "$or") return add_any_of(field.value);
    if (field.name.starts_with('$'))
        return bad_value(fmt::format("fake_mongod has no filter {}", field.name));
    if (!is_operators(field.value)) return add_operator(field.name, {"$eq", field.value});
    for (const BsonField& named : field.value.fields()) {
        if (const auto added = add_operator(field.name, named); !added) return added;
    }
    return {};
}

Outcome<void> Filter::add_all_of(const BsonValue& filters) {
    auto parsed = parse_all("$and", filters);
    if (!parsed) return std::unexpected(parsed.error());
    for (Filter& filter : *parsed)
        std::ranges::move(filter.conditions_, std::back_inserter(conditions_));
    return {};
}

Outcome<void> Filter::add_any_of(const BsonValue& filters) {
    auto parsed = parse_all("$or", filters);
    if (!parsed) return std::unexpected(parsed.error());
    conditions_.push_back({Operator::any_of, {}, {}, {}, std::move(*parsed)});
    return {};
}

Outcome<void> Filter::add_operator(std::string_view path, const BsonField& named) {
    if (auto checked = check_path(path); !checked) return checked;
    constexpr std::pair<std::string_view, Operator> kOperators[] = {
        {"$eq", Operator::eq},   {"$ne", Operator::ne},        {"$gt", Operator::gt},
        {"$gte", Operator::gte}, {"$lt", Operator::lt},        {"$lte", Operator::lte},
        {"$in", Operator::in},   {"$exists", Operator::exists}};
    const auto* found =
        std::ranges::find(kOperators, named.name, &std::pair<std::string_view, Operator>::first);
    if (found == std::end(kOperators))
        return bad_value(fmt::format("fake_mongod has no operator {} for {}", named.name, path));
    Condition condition{found->second, path, named.value, {}, {}};
    const bool is_array = named.value.type == BsonType::array;
    if (condition.op == Operator::in) {
        if (!is_array) return bad_value(fmt::format("$in for {} needs an array", path));
        for (const BsonField& element : named.value.fields())
            condition.keys.push_back(key_of(element.value));
    } else {
        const bool is_range = condition.op >= Operator::gt && condition.op <= Operator::lte;
        if (is_range && is_array) {
            return bad_value(
                fmt::format("fake_mongod does not compare arrays: {} for {}", named.name, path));
        }
        condition.keys.push_back(key_of(named.value));
    }
    conditions_.push_back(std::move(condition));
    return {};
}

Outcome<bool> Filter::matches(BsonView document) const {
    for (const Condition& condition : conditions_) {
        const auto held = holds(condition, document);
        if (!held || !*held) return held;
    }
    return true;
}

Outcome<bool> Filter::holds(const Condition& condition, BsonView document) {
    if (condition.op == Operator::any_of) {
        for (const Filter& branch : condition.branches) {
            const auto matched = branch.matches(document);
            if (!matched || *matched) return matched;
        }
        return false;
    }
    const auto value = value_at(document, condition.path);
    if (!value) return std::unexpected(value.error());
    if (condition.op == Operator::exists) return value->has_value() == condition.operand.truth();
    const bool accepted = accepts(condition, value->value_or(BsonValue{}));
    return condition.op == Operator::ne ? !accepted : accepted;
}

bool Filter::accepts(const Condition& condition, const BsonValue& value) {
    if (accepts_key(condition, key_of(value))) return true;
    if (value.type != BsonType::array) return false;
    return std::ranges::any_of(value.fields(), [&](const BsonField& element) {
        return accepts_key(condition, key_of(element.value));
    });
}

// Of $ne: whether it is equal.
bool Filter::accepts_key(const Condition& condition, std::string_view key) {
    if (condition.op == Operator::in) return std::ranges::count(condition.keys, key) > 0;
    const std::string& operand = condition.keys.front();
    if (!comparable(key, operand)) return false;
    switch (condition.op) {
        case Operator::gt:
            return key > operand;
        case Operator::gte:
            return key >= operand;
        case Operator::lt:
            return key < operand;
        case Operator::lte:
            return key <= operand;
        default:
            return key == operand;
    }
}

Filter::Demand Filter::demand(std::string_view path) const {
    Demand demand;
    for (const Condition& condition : conditions_) {
        if (condition.path != path || condition.op == Operator::any_of) continue;
        switch (condition.op) {
            case Operator::eq:
                demand.equal = condition.keys.front();
                break;
            case Operator::gt:
            case Operator::gte:
                demand.at_least = condition.keys.front();
                break;
            case Operator::lt:
            case Operator::lte:
                demand.at_most = condition.keys.front();
                break;
            default:
                break;
        }
    }
    return demand;
}

std::vector<BsonField> Filter::equalities() const {
    std::vector<BsonField> fields;
    for (const Condition& condition : conditions_) {
        if (condition.op == Operator::eq) fields.push_back({condition.path, condition.operand});
    }
    return fields;
}

}  // namespace tallygate::fake_mongod
