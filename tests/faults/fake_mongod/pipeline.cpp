#include "pipeline.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "group_stage.h"

namespace tallygate::fake_mongod {
namespace {

using Documents = std::vector<Document>;

Outcome<BsonField> stage_of(const BsonField& element) {
    const BsonView stage = element.value.fields();
    if (element.value.type != BsonType::object || stage.empty() ||
        ++stage.begin() != BsonView::end())
        return bad_value("a stage is a document of one field");
    const BsonField only = *stage.begin();
    const bool takes_object =
        only.name == "$match" || only.name == "$sort" || only.name == "$group";
    if (takes_object && only.value.type != BsonType::object)
        return bad_value(fmt::format("{} needs a document", only.name));
    return only;
}

Outcome<Documents> match(const BsonValue& operand, Documents documents) {
    const auto filter = Filter::parse(operand.fields());
    if (!filter) return std::unexpected(filter.error());
    Documents matching;
    for (Document& document : documents) {
        const auto matched = filter->matches(view_of(document));
        if (!matched) return std::unexpected(matched.error());
        if (*matched) matching.push_back(std::move(document));
    }
    return matching;
}

Outcome<Documents> sort(const BsonValue& operand, Documents documents) {
    const auto order = SortOrder::parse(operand.fields());
    if (!order) return std::unexpected(order.error());
    const auto sorted = order->sort(documents, [](const Document& document) { return document; });
    if (!sorted) return std::unexpected(sorted.error());
    return documents;
}

Outcome<Documents> count(const BsonValue& operand, const Documents& documents) {
    if (operand.text().empty()) return bad_value("$count needs the name of a field");
    if (documents.empty()) return Documents{};
    BsonWriter writer;
    writer.add(operand.text(), static_cast<std::int32_t>(documents.size()));
    return Documents{writer.take_document()};
}

Outcome<Documents> cut(const BsonField& stage, Documents documents) {
    const auto number = stage.value.integer();
    if (!number || *number < (stage.name == "$limit" ? 1 : 0))
        return bad_value(fmt::format("{} needs a whole number above zero", stage.name));
    const auto at = documents.begin() + std::min<std::ptrdiff_t>(*number, std::ssize(documents));
    if (stage.name == "$limit") {
        documents.erase(at, documents.end());
    } else {
        documents.erase(documents.begin(), at);
    }
    return documents;
}

Outcome<Documents> run_stage(const BsonField& stage, Documents documents) {
    if (stage.name == "$match") return match(stage.value, std::move(documents));
    if (stage.name == "$sort") return sort(stage.value, std::move(documents));
    if (stage.name == "$group") return group(stage.value.fields(), documents);
    if (stage.name == "$count") return count(stage.value, documents);
    if (stage.name == "$limit" || stage.name == "$skip") return cut(stage, std::move(documents));
    return bad_value(fmt::format("fake_mongod has no stage {}", stage.name));
}

// What the first stages select: a $match, and a $sort behind it.
struct Selection {
    Filter filter;
    SortOrder order;
    std::size_t stages = 0;
};

Outcome<Selection> selection_of(const std::vector<BsonField>& stages) {
    Selection selection;
    if (stages.size() > selection.stages && stages[selection.stages].name == "$match") {
        auto filter = Filter::parse(stages[selection.stages++].value.fields());
        if (!filter) return std::unexpected(filter.error());
        selection.filter = std::move(*filter);
    }
    if (stages.size() > selection.stages && stages[selection.stages].name == "$sort") {
        auto order = SortOrder::parse(stages[selection.stages++].value.fields());
        if (!order) return std::unexpected(order.error());
        selection.order = std::move(*order);
    }
    return selection;
}

}  // namespace

Outcome<std::vector<Document>> run_pipeline(const Collection* collection, const BsonView& stages) {
    std::vector<BsonField> parsed;
    for (const BsonField& element : stages) {
        const auto stage = stage_of(element);
        if (!stage) return std::unexpected(stage.error());
        parsed.push_back(*stage);
    }
    const auto selection = selection_of(parsed);
    if (!selection) return std::unexpected(selection.error());
    Documents documents;
    if (collection) {
        const auto found = collection->find(selection->filter, selection->order,
                                            std::numeric_limits<std::size_t>::max());
        if (!found) return std::unexpected(found.error());
        for (const Position position : *found)
            documents.push_back(collection->at(position));
    }
    for (std::size_t i = selection->stages; i < parsed.size(); ++i) {
        auto next = run_stage(parsed[i], std::move(documents));
        if (!next) return next;
        documents = std::move(*next);
    }
    return documents;
}

}  // namespace tallygate::fake_mongod
