#include "store/mongo/mongo_bulk.h"

#include <fmt/format.h>

#include "store/mongo/bson_reader.h"
#include "store/mongo/mongo_error.h"

namespace tallygate::store {
namespace {

struct DestroyBulk {
    void operator()(mongoc_bulk_operation_t* bulk) const { mongoc_bulk_operation_destroy(bulk); }
};

const Bson& unordered() {
    static const Bson options([](BsonWriter& writer) { writer.truth("ordered", false); });
    return options;
}
// Our writers make documents that are sound.
const Bson& unchecked() {
    static const Bson options([](BsonWriter& writer) { writer.truth("validate", false); });
    return options;
}
const Bson& unchecked_upsert() {
    static const Bson options(
        [](BsonWriter& writer) { writer.truth("validate", false).truth("upsert", true); });
    return options;
}

}  // namespace

Result<std::vector<std::size_t>> MongoBulk::outcome(const bson_t& answer,
                                                    const bson_error_t& error) const {
    const std::string doing = fmt::format("writing {}", collection_);
    std::vector<std::size_t> duplicates;
    bool is_only_duplicates = error.code == 0 || is_refusal(error);
    BsonReader reply(answer);
    bson_error_t other{};
    reply.documents("writeErrors", [&](BsonReader& refused) {
        const auto code = static_cast<std::uint32_t>(refused.whole("code"));
        if (code == kDuplicateKey) {
            duplicates.push_back(static_cast<std::size_t>(refused.whole("index")));
            return;
        }
        bson_set_error(&other, MONGOC_ERROR_SERVER, code, "%s", refused.text("errmsg").c_str());
    });
    reply.documents("writeConcernErrors", [&](BsonReader&) { is_only_duplicates = false; });
    if (other.code != 0) return std::unexpected(database_.error_of(other, doing));
    if (!is_only_duplicates) return std::unexpected(database_.error_of(error, doing));

    // Each write is accounted for, or else we do not know of all of them that they were done.
    const auto done = static_cast<std::size_t>(reply.whole("nInserted") + reply.whole("nMatched") +
                                               reply.whole("nUpserted"));
    if (done + duplicates.size() == writes_.size()) return duplicates;
    if (error.code != 0) return std::unexpected(database_.error_of(error, doing));
    return failure(Errc::unavailable, "store_unavailable",
                   fmt::format("{}: the server speaks of {} writes instead of {}", doing,
                               done + duplicates.size(), writes_.size()));
}

Result<std::vector<std::size_t>> MongoBulk::execute() {
    if (writes_.empty()) return std::vector<std::size_t>{};
    auto opened = database_.collection(collection_);
    if (!opened) return std::unexpected(opened.error());
    const std::unique_ptr<mongoc_bulk_operation_t, DestroyBulk> bulk(
        mongoc_collection_create_bulk_operation_with_opts(opened->handle.get(), unordered().get()));
    bson_error_t error{};
    for (const Write& write : writes_) {
        const bool is_added =
            write.filter ? mongoc_bulk_operation_replace_one_with_opts(
                               bulk.get(), write.filter->get(), write.document.get(),
                               unchecked_upsert().get(), &error)
                         : mongoc_bulk_operation_insert_with_opts(bulk.get(), write.document.get(),
                                                                  unchecked().get(), &error);
        if (!is_added) return std::unexpected(database_.error_of(error, "writing"));
    }
    BsonReply reply;
    error = {};
    if (mongoc_bulk_operation_execute(bulk.get(), reply.out(), &error) != 0) error = {};
    auto duplicates = outcome(reply.get(), error);
    writes_.clear();
    bytes_ = 0;
    return duplicates;
}

}  // namespace tallygate::store
