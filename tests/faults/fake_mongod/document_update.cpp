#include "document_update.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/ids.h"
#include "comparison.h"

namespace tallygate::fake_mongod {
namespace {

Outcome<void> check_paths(const std::vector<BsonField>& sorted) {
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const std::string_view one = sorted[i].name;
        if (auto checked = check_path(one); !checked) return checked;
        for (std::size_t k = i + 1; k < sorted.size(); ++k) {
            const std::string_view other = sorted[k].name;
            if (other == one || (other.starts_with(one) && other[one.size()] == '.')) {
                return fail_with(code::kConflictingUpdateOperators,
                                 fmt::format("{} and {} are set at once", one, other));
            }
        }
    }
    return {};
}

// Writes `fields` with the value at `path` set to `value`.
Outcome<void> write_set(BsonWriter& writer, BsonView fields, std::string_view path,
                        const BsonValue& value) {
    const std::size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    const bool is_last = dot == std::string_view::npos;
    const std::string_view rest = is_last ? std::string_view() : path.substr(dot + 1);
    const auto write_inside = [&](BsonView inside) -> Outcome<void> {
        if (is_last) {
            writer.add(name, value);
            return {};
        }
        writer.begin_object(name);
        auto written = write_set(writer, inside, rest, value);
        writer.end();
        return written;
    };
    bool was_there = false;
    for (const BsonField& field : fields) {
        if (field.name != name) {
            writer.add(field.name, field.value);
            continue;
        }
        was_there = true;
        if (!is_last && field.value.type == BsonType::array)
            return bad_value(fmt::format("fake_mongod does not set inside of arrays: {}", path));
        if (!is_last && field.value.type != BsonType::object) {
            return fail_with(code::kPathNotViable,
                             fmt::format("{} is no object, so {} cannot be set", name, path));
        }
        if (auto written = write_inside(field.value.fields()); !written) return written;
    }
    return was_there ? Outcome<void>() : write_inside(BsonView());
}

Outcome<Document> assign(BsonView old, const std::vector<BsonField>& assignments) {
    auto document = std::make_shared<const std::string>(old.bytes());
    for (const auto& [path, value] : assignments) {
        BsonWriter writer;
        if (const auto written = write_set(writer, view_of(document), path, value); !written)
            return std::unexpected(written.error());
        document = writer.take_document();
    }
    return document;
}

std::unexpected<Failure> immutable_id() {
    return fail_with(code::kImmutableField, "the update would change _id, which stays as it is");
}

}  // namespace

Document with_id(BsonView document) {
    if (!document.empty() && document.begin()->name == "_id")
        return std::make_shared<const std::string>(document.bytes());
    BsonWriter writer;
    if (const auto id = document.find("_id")) {
        writer.add("_id", *id);
    } else {
        std::array<char, 12> bytes{};
        fill_random(reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size());
        writer.add_object_id("_id", {bytes.data(), bytes.size()});
    }
    for (const auto& [name, value] : document) {
        if (name != "_id") writer.add(name, value);
    }
    return writer.take_document();
}

Outcome<DocumentUpdate> DocumentUpdate::parse(const BsonValue& update) {
    if (update.type != BsonType::object)
        return bad_value("fake_mongod updates by a document, not by a pipeline");
    const BsonView fields = update.fields();
    DocumentUpdate parsed;
    parsed.replaces_ = fields.empty() || !fields.begin()->name.starts_with('$');
    if (parsed.replaces_) {
        for (const BsonField& field : fields) {
            if (field.name.starts_with('$'))
                return bad_value(fmt::format("{} stands in a replacement", field.name));
        }
        parsed.replacement_ = fields;
        return parsed;
    }
    for (const auto& [name, value] : fields) {
        if (name != "$set") return bad_value(fmt::format("fake_mongod has no update {}", name));
        for (const BsonField& assignment : value.fields())
            parsed.assignments_.push_back(assignment);
    }
    std::ranges::sort(parsed.assignments_, {}, &BsonField::name);  // as MongoDB adds new fields
    if (const auto checked = check_paths(parsed.assignments_); !checked)
        return std::unexpected(checked.error());
    return parsed;
}

Outcome<Document> DocumentUpdate::apply(BsonView old) const {
    const std::string id = key_of(old.find("_id"));
    if (!replaces_) {
        auto changed = assign(old, assignments_);
        if (changed && key_of(view_of(*changed).find("_id")) != id) return immutable_id();
        return changed;
    }
    if (const auto new_id = replacement_.find("_id"); new_id && key_of(*new_id) != id)
        return immutable_id();
    BsonWriter writer;
    writer.add("_id", *old.find("_id"));
    for (const auto& [name, value] : replacement_) {
        if (name != "_id") writer.add(name, value);
    }
    return writer.take_document();
}

Outcome<Document> DocumentUpdate::insertion(const Filter& filter) const {
    std::vector<BsonField> beginning = filter.equalities();
    if (replaces_) std::erase_if(beginning, [](const BsonField& f) { return f.name != "_id"; });
    const auto begun = assign(BsonView(), beginning);
    if (!begun) return std::unexpected(begun.error());
    if (!replaces_) {
        const auto assigned = assign(view_of(*begun), assignments_);
        if (!assigned) return std::unexpected(assigned.error());
        return with_id(view_of(*assigned));
    }
    const auto id = view_of(*begun).find("_id");
    const auto own_id = replacement_.find("_id");
    if (id && own_id && key_of(*id) != key_of(*own_id)) return immutable_id();
    if (!id) return with_id(replacement_);
    BsonWriter writer;
    writer.add_all(view_of(*begun));
    for (const auto& [name, value] : replacement_) {
        if (name != "_id") writer.add(name, value);
    }
    return writer.take_document();
}

}  // namespace tallygate::fake_mongod
