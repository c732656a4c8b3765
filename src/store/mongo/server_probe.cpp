#include "store/mongo/server_probe.h"

#include <fmt/format.h>

#include "base/ids.h"
#include "base/log.h"
#include "store/mongo/bson_reader.h"
#include "store/mongo/event_document.h"
#include "store/mongo/mongo_bulk.h"

namespace tallygate::store {
namespace {

// The documents {_id: {w: "probe", i: "run", n}} that lie between those of other kinds.
void write_id(BsonWriter& writer, std::int64_t n) {
    writer.document("_id",
                    [n](BsonWriter& id) { id.text("w", "probe").text("i", "run").whole("n", n); });
}

Bson numbered(std::int64_t n, std::int64_t value) {
    return Bson([&](BsonWriter& writer) {
        write_id(writer, n);
        writer.text("name", n % 2 == 0 ? "even" : "odd").whole("n", value);
    });
}

class Probe {
public:
    explicit Probe(MongoDatabase& database)
        : database_(database), collection_("tallygate_probe_" + make_request_id()) {}
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;
    ~Probe() {
        if (const auto dropped = database_.drop(collection_.c_str()); !dropped) {
            log::warn("a collection that was made to try the server out is still there; drop it",
                      {{"collection", collection_}, {"error", dropped.error().message}});
        }
    }

    Result<void> insert_around_a_duplicate();
    Result<void> replace_only_what_is_older();
    Result<void> sort_and_bracket_ids();
    bool adds_up();

private:
    std::unexpected<Error> lacks(std::string_view what) const {
        return failure(Errc::invalid_argument, "",
                       fmt::format("this server cannot keep the store: {}. Use MongoDB, or a "
                                   "server that does this as MongoDB does",
                                   what));
    }
    Result<std::vector<std::int64_t>> numbers(const Bson& filter, const char* sort_by);

    MongoDatabase& database_;
    const std::string collection_;
};

Result<std::vector<std::int64_t>> Probe::numbers(const Bson& filter, const char* sort_by) {
    std::vector<std::int64_t> found;
    auto read =
        database_.find(collection_.c_str(), filter, {.sort = {{sort_by, 1}}, .from_primary = true},
                       [&](const bson_t& document) {
                           BsonReader reader(document);
                           auto id = reader.document("_id");
                           found.push_back(id ? id->whole("n") : -1);
                           return true;
                       });
    if (!read) return std::unexpected(read.error());
    return found;
}

Result<void> Probe::insert_around_a_duplicate() {
    MongoBulk bulk(database_, collection_.c_str());
    bulk.insert(numbered(9, 9));
    bulk.insert(numbered(9, 0));
    bulk.insert(numbered(10, 10));
    bulk.insert(numbered(2, 2));
    // Of another program.
    bulk.insert(Bson([](BsonWriter& writer) { writer.text("_id", "text"); }));
    bulk.insert(Bson([](BsonWriter& writer) { writer.whole("_id", 7); }));
    const auto refused = bulk.execute();
    if (!refused) return std::unexpected(refused.error());
    if (*refused != std::vector<std::size_t>{1})
        return lacks("an unordered insertMany does not report a taken _id, and that one alone");
    const auto there = numbers(Bson(), "_id");
    if (!there) return std::unexpected(there.error());
    if (there->size() == 5) return {};
    return lacks("an unordered insertMany does not insert the documents around a taken _id");
}

Result<void> Probe::replace_only_what_is_older() {
    const auto replace = [&](std::int64_t n, std::int64_t older_than, std::int64_t value) {
        MongoBulk bulk(database_, collection_.c_str());
        bulk.replace(Bson([&](BsonWriter& writer) {
                         write_id(writer, n);
                         writer.document(
                             "n", [&](BsonWriter& range) { range.whole("$lt", older_than); });
                     }),
                     numbered(n, value));
        return bulk.execute();
    };
    const auto later_is_there = replace(9, 9, 1);
    if (!later_is_there) return std::unexpected(later_is_there.error());
    if (later_is_there->size() != 1) {
        return lacks(
            "a replaceOne with upsert by _id and a condition that does not hold is not "
            "refused as a duplicate");
    }
    const auto newer = replace(9, 11, 11);
    if (!newer) return std::unexpected(newer.error());
    const auto missing = replace(12, 12, 12);
    if (!missing) return std::unexpected(missing.error());
    const auto values =
        numbers(Bson([](BsonWriter& writer) {
                    writer.document("n", [](BsonWriter& range) { range.whole("$gte", 11); });
                }),
                "n");
    if (!values) return std::unexpected(values.error());
    if (newer->empty() && missing->empty() && *values == std::vector<std::int64_t>{9, 12})
        return {};
    return lacks(
        "a replaceOne with upsert by _id and a condition does not replace or make the "
        "document");
}

Result<void> Probe::sort_and_bracket_ids() {
    const auto found = numbers(
        Bson([](BsonWriter& writer) {
            writer.document("_id", [](BsonWriter& range) { range.whole_document("$gt", Bson()); });
        }),
        "_id");
    if (!found) return std::unexpected(found.error());
    if (*found == std::vector<std::int64_t>{2, 9, 10, 12}) return {};
    return lacks(
        "a range of sub-documents in _id takes values of other types, or is not sorted by "
        "their fields");
}

bool Probe::adds_up() {
    const Bson pipeline([](BsonWriter& writer) {
        writer.document("0", [](BsonWriter& stage) {
            stage.document("$match", [](BsonWriter& match) {
                match.document("name", [](BsonWriter& range) { range.text("$gt", ""); });
            });
        });
        writer.document("1", [](BsonWriter& stage) {
            stage.document("$group", [](BsonWriter& group) {
                group.text("_id", "$name");
                group.document("sum", [](BsonWriter& sum) { sum.text("$sum", "$n"); });
                group.document("count", [](BsonWriter& sum) { sum.whole("$sum", 1); });
            });
        });
        writer.document("2", [](BsonWriter& stage) {
            stage.document("$sort",
                           [](BsonWriter& sort) { sort.whole("sum", -1).whole("_id", 1); });
        });
        writer.document("3", [](BsonWriter& stage) { stage.whole("$limit", 2); });
    });
    // Of 2, 10, 12 and of 11.
    const std::vector<std::tuple<std::string, std::int64_t, std::int64_t>> expected = {
        {"even", 24, 3}, {"odd", 11, 1}};
    auto found = expected;
    found.clear();
    const auto read = database_.aggregate(collection_.c_str(), pipeline, [&](const bson_t& row) {
        BsonReader reader(row);
        const std::string name = reader.text("_id");
        const std::int64_t sum = reader.whole("sum");
        found.emplace_back(name, sum, reader.whole("count"));
        return true;
    });
    // A server that has no $group, and one that went away meanwhile, look alike here: we add up
    // ourselves for both.
    if (!read) log::debug("trying out $group", {{"error", read.error().message}});
    return read && found == expected;
}

}  // namespace

Result<std::string> server_name(MongoDatabase& database) {
    BsonReply reply;
    const Bson question([](BsonWriter& writer) { writer.whole("buildInfo", 1); });
    if (auto asked = database.command(question, reply); !asked)
        return std::unexpected(asked.error());
    BsonReader reader(reply.get());
    std::string name = reader.find_text("version").value_or("unknown");
    if (auto ferret = reader.document("ferretdb"))
        name += fmt::format(" (ferretdb {})", ferret->text("version"));
    return name;
}

Result<ServerAbilities> probe_server(MongoDatabase& database) {
    ServerAbilities abilities;
    auto name = server_name(database);
    if (!name) return std::unexpected(name.error());
    abilities.name = std::move(*name);
    Probe probe(database);
    if (auto done = probe.insert_around_a_duplicate(); !done) return std::unexpected(done.error());
    if (auto done = probe.replace_only_what_is_older(); !done) return std::unexpected(done.error());
    if (auto done = probe.sort_and_bracket_ids(); !done) return std::unexpected(done.error());
    abilities.adds_up_right = probe.adds_up();
    return abilities;
}

}  // namespace tallygate::store
