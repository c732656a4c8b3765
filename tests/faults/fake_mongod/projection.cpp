#include "projection.h"

#include <fmt/format.h>

#include "comparison.h"

namespace tallygate::fake_mongod {

Outcome<Projection> Projection::parse(BsonView projection) {
    Projection parsed;
    for (const auto& [path, value] : projection) {
        if (const auto checked = check_path(path); !checked)
            return std::unexpected(checked.error());
        if (!value.is_number() && value.type != BsonType::boolean)
            return bad_value(fmt::format("fake_mongod projects by 1 and 0 only: {}", path));
        if (path == "_id") {
            parsed.keeps_id_ = value.truth();
            if (!value.truth()) continue;
        } else if (!value.truth()) {
            return bad_value(fmt::format("fake_mongod leaves out nothing but _id: {}", path));
        }
        if (const auto kept = parsed.keep(path); !kept) return std::unexpected(kept.error());
    }
    if (parsed.keeps_id_ && !parsed.kept_.inside.empty()) parsed.kept_.inside.try_emplace("_id");
    return parsed;
}

Outcome<void> Projection::keep(std::string_view path) {
    Kept* at = &kept_;
    bool is_new = true;
    for (std::string_view rest = path; !rest.empty();) {
        const std::size_t dot = rest.find('.');
        if (at != &kept_ && !is_new && at->inside.empty()) break;  // all of it is kept already
        const auto [entry, added] = at->inside.try_emplace(std::string(rest.substr(0, dot)));
        at = &entry->second;
        is_new = added;
        rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    }
    if (!is_new) return bad_value(fmt::format("the projection names {} twice", path));
    return {};
}

Document Projection::apply(const Document& document) const {
    if (kept_.inside.empty() && keeps_id_) return document;
    BsonWriter writer;
    const BsonView fields = view_of(document);
    if (!kept_.inside.empty()) {
        write(writer, fields, kept_, false);
        return writer.take_document();
    }
    for (const auto& [name, value] : fields) {
        if (name != "_id") writer.add(name, value);
    }
    return writer.take_document();
}

// What is kept of documents in an array is kept of each of them; other elements go.
void Projection::write(BsonWriter& writer, BsonView fields, const Kept& kept, bool is_array) {
    int element = 0;
    for (const auto& [name, value] : fields) {
        const auto entry = kept.inside.find(name);
        if (!is_array && entry == kept.inside.end()) continue;
        const Kept& inside = is_array ? kept : entry->second;
        const std::string new_name = is_array ? std::to_string(element) : std::string(name);
        if (inside.inside.empty()) {
            writer.add(new_name, value);
        } else if (value.type == BsonType::object) {
            writer.begin_object(new_name);
            write(writer, value.fields(), inside, false);
            writer.end();
        } else if (value.type == BsonType::array) {
            writer.begin_array(new_name);
            write(writer, value.fields(), inside, true);
            writer.end();
        } else {
            continue;
        }
        ++element;
    }
}

}  // namespace tallygate::fake_mongod
