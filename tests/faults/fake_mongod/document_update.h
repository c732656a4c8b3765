// How a command changes a document: {user: "a", n: 5} puts it in the place of the old one, {$set:
// {n: 5}} changes fields of it.
#pragma once

#include <string_view>
#include <vector>

#include "bson_view.h"
#include "failure.h"
#include "filter.h"

namespace tallygate::fake_mongod {

// Any operator but $set is BadValue, and so is a path through an array. Points into what it was
// parsed from. A value.
class DocumentUpdate {
public:
    static Outcome<DocumentUpdate> parse(const BsonValue& update);

    bool replaces() const { return replaces_; }
    // The document behind the update. Fails with ImmutableField where it would change `_id`.
    Outcome<Document> apply(BsonView old) const;
    // The document of an upsert that found none.
    Outcome<Document> insertion(const Filter& filter) const;

private:
    bool replaces_ = false;
    BsonView replacement_;
    std::vector<BsonField> assignments_;  // of $set, by path
};

// `document` with `_id` in front, a new ObjectId where it has none.
Document with_id(BsonView document);

}  // namespace tallygate::fake_mongod
