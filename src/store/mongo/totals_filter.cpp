#include "store/mongo/totals_filter.h"

#include <algorithm>
#include <initializer_list>

namespace tallygate::store {

Period bounded(Period period) {
    constexpr Day kFirst{std::chrono::year{-9999} / 1 / 1};
    constexpr Day kLast{std::chrono::year{9999} / 12 / 31};
    return {std::clamp(period.from, kFirst, kLast), std::clamp(period.to, kFirst, kLast)};
}

void write_period(BsonWriter& filter, const char* name, Period period) {
    const Period written = bounded(period);
    filter.document(name, [&](BsonWriter& range) {
        range.date("$gte", Timestamp{written.from}).date("$lt", Timestamp{written.to});
    });
}

void write_both_scopes(BsonWriter& filter) {
    filter.document("scope", [](BsonWriter& range) {
        range.list("$in", std::initializer_list<Scope>{Scope::user, Scope::global},
                   [](BsonWriter& list, const char* place, Scope scope) {
                       list.text(place, scope_name(scope));
                   });
    });
}

}  // namespace tallygate::store
