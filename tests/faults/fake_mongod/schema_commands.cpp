// createIndexes, listIndexes, listCollections, drop and dropDatabase.
#include <string>
#include <utility>

#include <fmt/format.h>

#include "commands.h"

namespace tallygate::fake_mongod {
namespace {

Outcome<std::vector<IndexSpec>> specs_of(const CommandCall& call) {
    const auto documents = call.request.documents("indexes");
    if (!documents) return std::unexpected(documents.error());
    std::vector<IndexSpec> specs;
    for (const BsonView& document : *documents) {
        auto spec = IndexSpec::parse(document);
        if (!spec) return std::unexpected(spec.error());
        specs.push_back(std::move(*spec));
    }
    return specs;
}

Outcome<void> create_indexes(CommandCall& call) {
    const auto specs = specs_of(call);
    if (!specs) return std::unexpected(specs.error());
    const std::string name_space = call.request.name_space();
    const Collection* there = call.data.find(name_space);
    Collection indexed = there ? *there : Collection(name_space);  // all indexes or none
    const auto before = static_cast<std::int32_t>(indexed.indexes().size());
    for (const IndexSpec& spec : *specs) {
        if (const auto created = indexed.create_index(spec); !created)
            return std::unexpected(created.error());
    }
    const auto after = static_cast<std::int32_t>(indexed.indexes().size());
    const bool was_there = there != nullptr;
    call.data.collections.insert_or_assign(name_space, std::move(indexed));
    call.reply.add("numIndexesBefore", before).add("numIndexesAfter", after);
    call.reply.add("createdCollectionAutomatically", !was_there);
    if (after == before) call.reply.add("note", "all indexes already exist");
    return {};
}

Outcome<void> list_indexes(CommandCall& call) {
    const std::string name_space = call.request.name_space();
    const Collection* collection = call.data.find(name_space);
    if (!collection) {
        return fail_with(code::kNamespaceNotFound,
                         fmt::format("ns does not exist: {}", name_space));
    }
    std::vector<Document> listed;
    for (const Index& index : collection->indexes())
        listed.push_back(index.spec().listed);
    call.data.cursors.answer(call.reply, name_space, std::move(listed), std::nullopt);
    return {};
}

Document listed(std::string_view name, const Collection& collection, bool name_only) {
    BsonWriter writer;
    writer.add("name", name).add("type", "collection");
    if (name_only) return writer.take_document();
    writer.begin_object("options").end();
    writer.begin_object("info").add("readOnly", false).end();
    writer.add("idIndex", view_of(collection.indexes().front().spec().listed));
    return writer.take_document();
}

Outcome<void> list_collections(CommandCall& call) {
    const auto filter = Filter::parse(call.fields("filter"));
    if (!filter) return std::unexpected(filter.error());
    const auto name_only = call.argument("nameOnly");
    const std::string prefix = fmt::format("{}.", call.request.database);
    std::vector<Document> documents;
    for (const auto& [name_space, collection] : call.data.collections) {
        if (!name_space.starts_with(prefix)) continue;
        const std::string_view name = std::string_view(name_space).substr(prefix.size());
        Document document = listed(name, collection, name_only && name_only->truth());
        const auto matched = filter->matches(view_of(document));
        if (!matched) return std::unexpected(matched.error());
        if (*matched) documents.push_back(std::move(document));
    }
    call.data.cursors.answer(call.reply, prefix + "$cmd.listCollections", std::move(documents),
                             std::nullopt);
    return {};
}

Outcome<void> drop(CommandCall& call) {
    const std::string name_space = call.request.name_space();
    if (call.data.collections.erase(name_space) == 0)
        return fail_with(code::kNamespaceNotFound, "ns not found");
    call.reply.add("ns", name_space);
    return {};
}

Outcome<void> drop_database(CommandCall& call) {
    const std::string prefix = fmt::format("{}.", call.request.database);
    const auto erased = std::erase_if(
        call.data.collections, [&](const auto& entry) { return entry.first.starts_with(prefix); });
    if (erased > 0) call.reply.add("dropped", call.request.database);
    return {};
}

}  // namespace

std::vector<Command> schema_commands() {
    using enum Command::Kind;
    return {{"createIndexes", schema, true, create_indexes, {"indexes", "commitQuorum"}},
            {"listIndexes", read, true, list_indexes, {"cursor"}},
            {"listCollections",
             read,
             false,
             list_collections,
             {"filter", "nameOnly", "cursor", "authorizedCollections"}},
            {"drop", schema, true, drop, {}},
            {"dropDatabase", schema, false, drop_database, {}}};
}

}  // namespace tallygate::fake_mongod
