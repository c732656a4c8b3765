// insert, update and delete.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "commands.h"
#include "document_update.h"

namespace tallygate::fake_mongod {
namespace {

constexpr std::size_t kMaxStatements = 100'000;

void write_errors(BsonWriter& reply, const std::vector<std::pair<std::size_t, Failure>>& errors) {
    if (errors.empty()) return;
    reply.begin_array("writeErrors");
    for (std::size_t i = 0; i < errors.size(); ++i) {
        const auto& [index, failure] = errors[i];
        reply.begin_object(std::to_string(i));
        reply.add("index", static_cast<std::int32_t>(index)).add("code", failure.code);
        if (failure.details) reply.add_all(view_of(failure.details));
        reply.add("errmsg", failure.message).end();
    }
    reply.end();
}

// Calls `run(index, statement)` for each of the documents of `name`, up to the first that fails
// where the command is ordered.
template <class Run>
Outcome<void> run_statements(CommandCall& call, std::string_view name, Run run) {
    const auto statements = call.request.documents(name);
    if (!statements) return std::unexpected(statements.error());
    if (statements->size() > kMaxStatements)
        return bad_value(fmt::format("{} statements are too many", statements->size()));
    const auto ordered = call.argument("ordered");
    std::vector<std::pair<std::size_t, Failure>> errors;
    for (std::size_t i = 0; i < std::min(statements->size(), call.statements); ++i) {
        const Outcome<void> done = run(i, (*statements)[i]);
        if (done) continue;
        errors.emplace_back(i, done.error());
        if (!ordered || ordered->truth()) break;
    }
    write_errors(call.reply, errors);
    return {};
}

Outcome<void> check_size(const Document& document) {
    if (document->size() <= kMaxDocument) return {};
    return fail_with(code::kObjectTooLarge,
                     fmt::format("a document of {} bytes is too large", document->size()));
}

Outcome<void> insert(CommandCall& call) {
    std::int32_t inserted = 0;
    Collection& collection = call.data.find_or_create(call.request.name_space());
    const auto ran =
        run_statements(call, "documents", [&](std::size_t, BsonView statement) -> Outcome<void> {
            const Document document = with_id(statement);
            if (auto fits = check_size(document); !fits) return fits;
            if (auto done = collection.insert(document); !done) return done;
            ++inserted;
            return {};
        });
    call.reply.add("n", inserted);
    return ran;
}

struct Updated {
    std::int32_t matched = 0;
    std::int32_t modified = 0;
    std::vector<std::pair<std::size_t, Document>> upserted;  // by index
};

Outcome<void> change(Collection& collection, Position position, const DocumentUpdate& update,
                     Updated& updated) {
    const Document old = collection.at(position);
    const auto changed = update.apply(view_of(old));
    if (!changed) return std::unexpected(changed.error());
    if (**changed != *old) {
        if (auto fits = check_size(*changed); !fits) return fits;
        if (auto done = collection.replace(position, *changed); !done) return done;
        ++updated.modified;
    }
    ++updated.matched;
    return {};
}

Outcome<void> upsert(Collection& collection, const Filter& filter, const DocumentUpdate& update,
                     std::size_t index, Updated& updated) {
    const auto document = update.insertion(filter);
    if (!document) return std::unexpected(document.error());
    if (auto fits = check_size(*document); !fits) return fits;
    if (auto done = collection.insert(*document); !done) return done;
    ++updated.matched;
    updated.upserted.emplace_back(index, *document);
    return {};
}

bool flag(BsonView statement, std::string_view name) {
    const auto value = statement.find(name);
    return value && value->truth();
}

Outcome<Filter> filter_of(BsonView statement) {
    const auto filter = statement.find("q");
    if (!filter || filter->type != BsonType::object) return bad_value("a statement needs q");
    return Filter::parse(filter->fields());
}

Outcome<void> update_one(CommandCall& call, std::size_t index, BsonView statement,
                         Updated& updated) {
    const auto known =
        check_fields("a statement of update", statement, {"q", "u", "upsert", "multi", "hint"});
    if (!known) return known;
    const auto filter = filter_of(statement);
    if (!filter) return std::unexpected(filter.error());
    const auto update = DocumentUpdate::parse(statement.find("u").value_or(BsonValue{}));
    if (!update) return std::unexpected(update.error());
    const bool multi = flag(statement, "multi");
    if (multi && update->replaces()) return bad_value("a replacement is for one document");

    const std::string name_space = call.request.name_space();
    std::vector<Position> positions;
    if (const Collection* collection = std::as_const(call.data).find(name_space)) {
        auto found = collection->find(*filter, {}, multi ? collection->size() : 1);
        if (!found) return std::unexpected(found.error());
        positions = std::move(*found);
    }
    if (positions.empty() && flag(statement, "upsert"))
        return upsert(call.data.find_or_create(name_space), *filter, *update, index, updated);
    for (const Position position : positions) {
        auto done = change(*call.data.find(name_space), position, *update, updated);
        if (!done) return done;
    }
    return {};
}

Outcome<void> update(CommandCall& call) {
    Updated updated;
    const auto ran = run_statements(call, "updates", [&](std::size_t index, BsonView statement) {
        return update_one(call, index, statement, updated);
    });
    call.reply.add("n", updated.matched).add("nModified", updated.modified);
    if (updated.upserted.empty()) return ran;
    call.reply.begin_array("upserted");
    for (std::size_t i = 0; i < updated.upserted.size(); ++i) {
        const auto& [index, document] = updated.upserted[i];
        call.reply.begin_object(std::to_string(i)).add("index", static_cast<std::int32_t>(index));
        call.reply.add("_id", *view_of(document).find("_id")).end();
    }
    call.reply.end();
    return ran;
}

Outcome<void> delete_matching(CommandCall& call, BsonView statement, std::int32_t& deleted) {
    const auto known = check_fields("a statement of delete", statement, {"q", "limit", "hint"});
    if (!known) return known;
    const auto filter = filter_of(statement);
    if (!filter) return std::unexpected(filter.error());
    const auto limit = statement.find("limit").value_or(BsonValue{}).integer();
    if (limit != 0 && limit != 1) return bad_value("limit of delete is 0 or 1");
    Collection* collection = call.data.find(call.request.name_space());
    if (!collection) return {};
    const auto found = collection->find(*filter, {}, limit == 1 ? 1 : collection->size());
    if (!found) return std::unexpected(found.error());
    for (const Position position : *found)
        collection->erase(position);
    deleted += static_cast<std::int32_t>(found->size());
    return {};
}

Outcome<void> delete_documents(CommandCall& call) {
    std::int32_t deleted = 0;
    const auto ran = run_statements(call, "deletes", [&](std::size_t, BsonView statement) {
        return delete_matching(call, statement, deleted);
    });
    call.reply.add("n", deleted);
    return ran;
}

}  // namespace

std::vector<Command> write_commands() {
    using enum Command::Kind;
    return {{"insert", write, true, insert, {"documents", "ordered"}},
            {"update", write, true, update, {"updates", "ordered"}},
            {"delete", write, true, delete_documents, {"deletes", "ordered"}}};
}

}  // namespace tallygate::fake_mongod
