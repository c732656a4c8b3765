#include "group_stage.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "comparison.h"

namespace tallygate::fake_mongod {
namespace {

// A constant, or the value at a path of each document.
struct Expression {
    std::string_view path;  // empty: a constant
    BsonValue constant;

    static Outcome<Expression> parse(const BsonValue& value) {
        if (value.type == BsonType::object || value.type == BsonType::array) {
            return bad_value(
                fmt::format("fake_mongod groups by constants and paths only, not by {}",
                            value.fields().empty() ? "{}" : value.fields().begin()->name));
        }
        const std::string_view text = value.text();
        if (!text.starts_with('$')) return Expression{{}, value};
        if (text.size() == 1 || text.starts_with("$$"))
            return bad_value(fmt::format("fake_mongod has no variable {}", text));
        if (const auto checked = check_path(text.substr(1)); !checked)
            return std::unexpected(checked.error());
        return Expression{text.substr(1), {}};
    }
    Outcome<std::optional<BsonValue>> of(BsonView document) const {
        if (path.empty()) return std::optional(constant);
        return value_at(document, path);
    }
};

// As MongoDB types a sum: int32 while it fits, int64 after that, double where a double is in it or
// int64 does not hold it. What is not a number does not count.
class Sum {
public:
    void add(const BsonValue& value) {
        if (!value.is_number()) return;
        if (value.type == BsonType::float64) {
            add_double(value.number());
        } else {
            whole_ += value.integer().value_or(0);
            has_int64_ = has_int64_ || value.type == BsonType::int64;
        }
    }
    void write(BsonWriter& writer, std::string_view name) const {
        using Int64 = std::numeric_limits<std::int64_t>;
        using Int32 = std::numeric_limits<std::int32_t>;
        if (has_double_ || whole_ < Int64::min() || whole_ > Int64::max()) {
            writer.add(name, static_cast<double>(whole_) + double_ + lost_);
        } else if (has_int64_ || whole_ < Int32::min() || whole_ > Int32::max()) {
            writer.add(name, static_cast<std::int64_t>(whole_));
        } else {
            writer.add(name, static_cast<std::int32_t>(whole_));
        }
    }

private:
    // Keeps what rounding loses.
    void add_double(double number) {
        has_double_ = true;
        const double sum = double_ + number;
        lost_ += std::abs(double_) >= std::abs(number) ? (double_ - sum) + number
                                                       : (number - sum) + double_;
        double_ = sum;
    }

    __extension__ using Wide = __int128;
    Wide whole_ = 0;
    double double_ = 0;
    double lost_ = 0;
    bool has_int64_ = false;
    bool has_double_ = false;
};

enum class Accumulation : std::uint8_t { sum, first, last, min, max };

struct Accumulator {
    std::string_view name;
    Accumulation kind = Accumulation::sum;
    Expression of;
};

// What one accumulator has come to in one group.
struct Accumulated {
    Sum sum;
    std::optional<BsonValue> value;
    bool has_any = false;

    void add(Accumulation kind, const std::optional<BsonValue>& next) {
        const bool is_null = !next || next->type == BsonType::null;
        switch (kind) {
            case Accumulation::sum:
                if (next) sum.add(*next);
                break;
            case Accumulation::first:
                if (!has_any) value = next;
                break;
            case Accumulation::last:
                value = next;
                break;
            case Accumulation::min:
                if (!is_null && (!value || key_of(*next) < key_of(*value))) value = next;
                break;
            case Accumulation::max:
                if (!is_null && (!value || key_of(*next) > key_of(*value))) value = next;
                break;
        }
        has_any = true;
    }
    void write(BsonWriter& writer, const Accumulator& accumulator) const {
        if (accumulator.kind == Accumulation::sum) return sum.write(writer, accumulator.name);
        writer.add(accumulator.name, value.value_or(BsonValue{}));
    }
};

struct Group {
    Document id;  // of the one field `_id`
    std::vector<Accumulated> accumulated;
};

Outcome<Accumulator> parse_accumulator(const BsonField& field) {
    constexpr std::pair<std::string_view, Accumulation> kKinds[] = {{"$sum", Accumulation::sum},
                                                                    {"$first", Accumulation::first},
                                                                    {"$last", Accumulation::last},
                                                                    {"$min", Accumulation::min},
                                                                    {"$max", Accumulation::max}};
    if (auto checked = check_path(field.name); !checked || field.name.contains('.'))
        return bad_value(fmt::format("{} of $group is no name of a field", field.name));
    const BsonView named = field.value.fields();
    if (named.empty()) return bad_value(fmt::format("{} of $group needs one operator", field.name));
    const BsonField only = *named.begin();
    for (const auto& [name, kind] : kKinds) {
        if (name != only.name) continue;
        if (++named.begin() != named.end()) break;
        const auto of = Expression::parse(only.value);
        if (!of) return std::unexpected(of.error());
        return Accumulator{field.name, kind, *of};
    }
    return bad_value(fmt::format("fake_mongod has no {} for {} of $group", only.name, field.name));
}

// The `_id` of $group.
class GroupId {
public:
    static Outcome<GroupId> parse(const BsonValue& value) {
        GroupId id;
        id.is_object_ = value.type == BsonType::object;
        if (!id.is_object_) {
            if (const auto added = id.add("_id", value); !added)
                return std::unexpected(added.error());
            return id;
        }
        for (const auto& [name, part] : value.fields()) {
            if (name.starts_with('$'))
                return bad_value(fmt::format("fake_mongod has no expression {}", name));
            if (const auto added = id.add(name, part); !added)
                return std::unexpected(added.error());
        }
        return id;
    }
    // A document of the one field `_id`; a part that is missing is left out of an object.
    Outcome<Document> of(BsonView document) const {
        BsonWriter writer;
        if (is_object_) writer.begin_object("_id");
        for (const auto& [name, expression] : parts_) {
            const auto value = expression.of(document);
            if (!value) return std::unexpected(value.error());
            if (*value || !is_object_) writer.add(name, value->value_or(BsonValue{}));
        }
        if (is_object_) writer.end();
        return writer.take_document();
    }

private:
    Outcome<void> add(std::string_view name, const BsonValue& value) {
        const auto expression = Expression::parse(value);
        if (!expression) return std::unexpected(expression.error());
        parts_.emplace_back(name, *expression);
        return {};
    }

    std::vector<std::pair<std::string_view, Expression>> parts_;
    bool is_object_ = false;
};

Outcome<void> accumulate(const std::vector<Accumulator>& accumulators, BsonView document,
                         Group& into) {
    into.accumulated.resize(accumulators.size());
    for (std::size_t i = 0; i < accumulators.size(); ++i) {
        const auto value = accumulators[i].of.of(document);
        if (!value) return std::unexpected(value.error());
        into.accumulated[i].add(accumulators[i].kind, *value);
    }
    return {};
}

Document document_of(const Group& group, const std::vector<Accumulator>& accumulators) {
    BsonWriter writer;
    writer.add_all(view_of(group.id));
    for (std::size_t i = 0; i < accumulators.size(); ++i)
        group.accumulated[i].write(writer, accumulators[i]);
    return writer.take_document();
}

}  // namespace

Outcome<std::vector<Document>> group(const BsonView& stage,
                                     const std::vector<Document>& documents) {
    const auto id_value = stage.find("_id");
    if (!id_value) return bad_value("$group needs an _id");
    const auto id = GroupId::parse(*id_value);
    if (!id) return std::unexpected(id.error());
    std::vector<Accumulator> accumulators;
    for (const BsonField& field : stage) {
        if (field.name == "_id") continue;
        const auto accumulator = parse_accumulator(field);
        if (!accumulator) return std::unexpected(accumulator.error());
        accumulators.push_back(*accumulator);
    }

    std::map<std::string, std::size_t> places;
    std::vector<Group> groups;
    for (const Document& document : documents) {
        const auto own_id = id->of(view_of(document));
        if (!own_id) return std::unexpected(own_id.error());
        const auto [place, is_new] =
            places.try_emplace(key_of(view_of(*own_id).find("_id")), groups.size());
        if (is_new) groups.push_back({*own_id, {}});
        const auto done = accumulate(accumulators, view_of(document), groups[place->second]);
        if (!done) return std::unexpected(done.error());
    }
    std::vector<Document> answer;
    for (const Group& one : groups)
        answer.push_back(document_of(one, accumulators));
    return answer;
}

}  // namespace tallygate::fake_mongod
