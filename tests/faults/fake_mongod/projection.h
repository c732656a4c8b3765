// Which fields of a document an answer has: {user: 1, "totals.tokens": 1, _id: 0}.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "bson_view.h"
#include "failure.h"

namespace tallygate::fake_mongod {

// Fields and paths that are kept; `_id` is kept unless told otherwise, and {_id: 0} alone keeps
// all others. Anything else is BadValue. A value.
class Projection {
public:
    Projection() = default;  // keeps everything
    static Outcome<Projection> parse(BsonView projection);

    Document apply(const Document& document) const;

private:
    struct Kept {
        std::map<std::string, Kept, std::less<>> inside;  // empty: all of it
    };
    Outcome<void> keep(std::string_view path);
    static void write(BsonWriter& writer, BsonView fields, const Kept& kept, bool is_array);

    Kept kept_;
    bool keeps_id_ = true;
};

}  // namespace tallygate::fake_mongod
