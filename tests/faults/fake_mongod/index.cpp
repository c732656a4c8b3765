#include "index.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "comparison.h"

namespace tallygate::fake_mongod {
namespace {

// A value in the text of an error.
std::string printed(const std::optional<BsonValue>& value) {
    if (!value) return "null";
    if (value->type == BsonType::string) return fmt::format("\"{}\"", value->text());
    if (const auto whole = value->integer()) return fmt::format("{}", *whole);
    if (value->type == BsonType::object_id) {
        std::string digits;
        for (const char byte : value->bytes)
            digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
        return fmt::format("ObjectId('{}')", digits);
    }
    return "…";
}

Document listed(std::string_view name, BsonView key, bool unique) {
    BsonWriter writer;
    writer.add("v", 2).add("key", key).add("name", name);
    if (unique) writer.add("unique", true);
    return writer.take_document();
}

Outcome<void> read_key(BsonView key, IndexSpec& spec) {
    for (const auto& [path, value] : key) {
        if (const auto checked = check_path(path); !checked)
            return std::unexpected(checked.error());
        const auto direction = value.integer();
        if (direction != 1 && direction != -1)
            return bad_value(fmt::format("fake_mongod indexes by 1 or -1 only: {}", path));
        spec.paths.emplace_back(path);
    }
    if (spec.paths.empty()) return bad_value("an index needs a key");
    return {};
}

}  // namespace

Outcome<IndexSpec> IndexSpec::parse(BsonView spec) {
    constexpr std::string_view kWithoutEffect[] = {"v", "background", "ns"};
    IndexSpec parsed;
    BsonView key;
    for (const auto& [name, value] : spec) {
        if (name == "key") {
            key = value.fields();
        } else if (name == "name") {
            parsed.name = value.text();
        } else if (name == "unique") {
            parsed.unique = value.truth();
        } else if (std::ranges::count(kWithoutEffect, name) == 0 && value.type != BsonType::null) {
            return bad_value(fmt::format("fake_mongod has no index option {}", name));
        }
    }
    if (const auto read = read_key(key, parsed); !read) return std::unexpected(read.error());
    if (parsed.name.empty()) return bad_value("an index needs a name");
    parsed.listed = fake_mongod::listed(parsed.name, key, parsed.unique);
    return parsed;
}

IndexSpec IndexSpec::of_id() {
    BsonWriter key;
    const Document id = key.add("_id", 1).take_document();
    return {"_id_", {"_id"}, true, fake_mongod::listed("_id_", view_of(id), false)};
}

Outcome<std::string> Index::key(BsonView document) const {
    std::string key;
    for (const std::string& path : spec_.paths) {
        const auto value = value_at(document, path);
        if (!value) return std::unexpected(value.error());
        if (*value && (*value)->type == BsonType::array)
            return bad_value(fmt::format("fake_mongod does not index arrays: {}", path));
        append_key(key, value->value_or(BsonValue{}));
    }
    return key;
}

std::string Index::entry(const std::string& key, Position position) const {
    std::string entry = key;
    for (int shift = 56; !spec_.unique && shift >= 0; shift -= 8)
        entry += static_cast<char>(position >> shift);
    return entry;
}

bool Index::is_taken(const std::string& key, std::optional<Position> own) const {
    if (!spec_.unique) return false;
    const auto found = entries_.find(key);
    return found != entries_.end() && found->second != own;
}

void Index::add(const std::string& key, Position position) {
    entries_.emplace(entry(key, position), position);
}

void Index::remove(const std::string& key, Position position) {
    entries_.erase(entry(key, position));
}

Failure Index::duplicate(std::string_view collection, BsonView document) const {
    BsonWriter details;
    std::vector<std::string> pairs;
    details.add("keyPattern", view_of(spec_.listed).find("key").value_or(BsonValue{}));
    details.begin_object("keyValue");
    for (const std::string& path : spec_.paths) {
        const auto value = value_at(document, path).value_or(std::nullopt);
        details.add(path, value.value_or(BsonValue{}));
        pairs.push_back(fmt::format("{}: {}", path, printed(value)));
    }
    details.end();
    return {code::kDuplicateKey,
            fmt::format("E11000 duplicate key error collection: {} index: {} dup key: {{ {} }}",
                        collection, spec_.name, fmt::join(pairs, ", ")),
            details.take_document()};
}

}  // namespace tallygate::fake_mongod
