// Totals of users and of all users, over all runs.
#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "store/mongo/collections.h"
#include "store/mongo/mongo_store.h"
#include "store/mongo/totals_filter.h"

namespace tallygate::store {
namespace {

void write_scope(BsonWriter& writer, Scope scope, Period period) {
    writer.text("scope", scope_name(scope));
    write_period(writer, "date", period);
}

void sort_by_rank(std::vector<UserTotals>& users) {
    std::ranges::sort(users, [](const UserTotals& a, const UserTotals& b) {
        return std::tie(b.tokens, b.operations, a.user_id) <
               std::tie(a.tokens, a.operations, b.user_id);
    });
}

// What rankings need of a day.
const FindOptions kRankFields{.fields = {"user_id", "total_operations", "total_tokens",
                                         "last_activity", "last_activity_us", "tier"}};

// A pipeline stage {"$name": {…}}.
template <class Fill>
void add_stage(BsonWriter& pipeline, const char* place, const char* name, Fill fill) {
    pipeline.document(place, [&](BsonWriter& stage) { stage.document(name, fill); });
}

void add_sum(BsonWriter& group, const char* name, std::string_view of) {
    group.document(name, [&](BsonWriter& sum) { sum.text("$sum", of); });
}

}  // namespace

Result<std::vector<DailyTotals>> MongoStore::kept_totals(const Bson& filter) {
    if (auto prepared = ready(); !prepared) return std::unexpected(prepared.error());
    std::vector<DailyTotals> kept;
    auto read = database_.find(kDailyStats, filter, {}, [&](const bson_t& document) {
        if (auto day = read_totals(document)) kept.push_back(std::move(*day));
        return true;
    });
    if (!read) return std::unexpected(read.error());
    std::ranges::sort(kept, {},
                      [](const DailyTotals& day) { return std::tie(day.key.day, day.key.run); });
    return kept;
}

Result<std::vector<DailyTotals>> MongoStore::days_of(Scope scope, std::string_view user_id,
                                                     Period period) {
    const auto kept = kept_totals(Bson([&](BsonWriter& writer) {
        write_scope(writer, scope, period);
        writer.text("user_id", scope == Scope::global ? kAllUsers : user_id);
    }));
    if (!kept) return std::unexpected(kept.error());
    std::vector<DailyTotals> days;
    for (const DailyTotals& day : *kept)
        add_to_days(days, day);
    return days;
}

Result<std::vector<DailyTotals>> MongoStore::user_days(std::string_view user_id, Period period) {
    return days_of(Scope::user, user_id, period);
}

Result<std::vector<DailyTotals>> MongoStore::global_days(Period period) {
    return days_of(Scope::global, "", period);
}

Result<std::vector<DailyTotals>> MongoStore::latest_days(Scope scope, std::string_view user_id,
                                                         std::size_t limit) {
    if (auto prepared = ready(); !prepared) return std::unexpected(prepared.error());
    const Bson filter([&](BsonWriter& writer) {
        writer.text("scope", scope_name(scope));
        writer.text("user_id", scope == Scope::global ? kAllUsers : user_id);
    });
    // A day has as many documents as runs: the first one of the day after the last shows its end.
    constexpr std::size_t kFewRuns = 8;
    const FindOptions options{.sort = {{"date", -1}},
                              .batch = static_cast<std::int64_t>(limit + kFewRuns)};
    std::vector<DailyTotals> kept;
    std::size_t seen = 0;
    auto read = database_.find(kDailyStats, filter, options, [&](const bson_t& document) {
        auto day = read_totals(document);
        if (!day) return true;
        if (kept.empty() || kept.back().key.day != day->key.day) ++seen;
        if (seen > limit) return false;
        kept.push_back(std::move(*day));
        return true;
    });
    if (!read) return std::unexpected(read.error());
    std::ranges::sort(kept, [](const DailyTotals& a, const DailyTotals& b) {
        return std::tie(b.key.day, a.key.run) < std::tie(a.key.day, b.key.run);
    });
    std::vector<DailyTotals> days;
    for (const DailyTotals& day : kept)
        add_to_days(days, day);
    return days;
}

Result<std::vector<DailyTotals>> MongoStore::latest_user_days(std::string_view user_id,
                                                              std::size_t limit) {
    return latest_days(Scope::user, user_id, limit);
}

Result<std::optional<DailyTotals>> MongoStore::latest_global_day() {
    auto days = latest_days(Scope::global, "", 1);
    if (!days) return std::unexpected(days.error());
    if (days->empty()) return std::optional<DailyTotals>{};
    return std::optional<DailyTotals>{std::move(days->front())};
}

// --- rankings ---

Result<std::vector<UserTotals>> MongoStore::top_users(Period period, std::size_t limit) {
    if (auto prepared = ready(); !prepared) return std::unexpected(prepared.error());
    if (!sums_by_group_) {
        auto users = users_by_us(period);
        if (!users) return users;
        sort_by_rank(*users);
        users->resize(std::min(users->size(), limit));
        return users;
    }
    auto users = users_by_group(period, limit);
    if (!users) return users;
    if (auto found = find_tiers(period, *users); !found) return std::unexpected(found.error());
    return users;
}

Result<std::vector<UserTotals>> MongoStore::users_by_group(Period period, std::size_t limit) {
    std::vector<UserTotals> users;
    if (limit == 0) return users;
    const Bson pipeline([&](BsonWriter& writer) {
        add_stage(writer, "0", "$match",
                  [&](BsonWriter& match) { write_scope(match, Scope::user, period); });
        add_stage(writer, "1", "$group", [](BsonWriter& group) {
            group.text("_id", "$user_id");
            add_sum(group, "operations", "$total_operations");
            add_sum(group, "tokens", "$total_tokens");
        });
        add_stage(writer, "2", "$sort", [](BsonWriter& sort) {
            sort.whole("tokens", -1).whole("operations", -1).whole("_id", 1);
        });
        writer.document("3", [&](BsonWriter& stage) {
            stage.whole("$limit", static_cast<std::int64_t>(limit));
        });
    });
    auto read = database_.aggregate(kDailyStats, pipeline, [&](const bson_t& document) {
        BsonReader reader(document);
        UserTotals user{.user_id = reader.text("_id")};
        user.operations = reader.whole("operations");
        user.tokens = reader.whole("tokens");
        users.push_back(std::move(user));
        return true;
    });
    if (!read) return std::unexpected(read.error());
    sort_by_rank(users);
    return users;
}

// The tier of each user's newest operation in `period`.
Result<void> MongoStore::find_tiers(Period period, std::span<UserTotals> users) {
    constexpr std::size_t kUsersPerQuery = 1'000;
    for (; !users.empty(); users = users.subspan(std::min(users.size(), kUsersPerQuery))) {
        const auto some = users.first(std::min(users.size(), kUsersPerQuery));
        struct Newest {
            Timestamp at;
            UserTotals* user = nullptr;
        };
        std::unordered_map<std::string, Newest> newest;
        for (UserTotals& user : some)
            newest.try_emplace(user.user_id, Timestamp{}, &user);
        const Bson filter([&](BsonWriter& writer) {
            write_scope(writer, Scope::user, period);
            writer.document("user_id", [&](BsonWriter& range) {
                range.list("$in", some,
                           [](BsonWriter& list, const char* place, const UserTotals& user) {
                               list.text(place, user.user_id);
                           });
            });
        });
        auto read = database_.find(kDailyStats, filter, kRankFields, [&](const bson_t& document) {
            BsonReader reader(document);
            const auto found = newest.find(reader.text("user_id"));
            const Timestamp at = read_last_activity(reader);
            if (found == newest.end() || at < found->second.at) return true;
            found->second.at = at;
            found->second.user->tier = reader.text("tier");
            return true;
        });
        if (!read) return read;
    }
    return {};
}

// Where the server's sums are not to be trusted.
Result<std::vector<UserTotals>> MongoStore::users_by_us(Period period) {
    struct Sums {
        UserTotals totals;
        Timestamp newest;
    };
    std::unordered_map<std::string, Sums> users;
    const Bson filter([&](BsonWriter& writer) { write_scope(writer, Scope::user, period); });
    auto read = database_.find(kDailyStats, filter, kRankFields, [&](const bson_t& document) {
        BsonReader reader(document);
        Sums& user = users[reader.text("user_id")];
        user.totals.operations += reader.whole("total_operations");
        user.totals.tokens += reader.whole("total_tokens");
        const Timestamp at = read_last_activity(reader);
        if (at < user.newest) return true;
        user.newest = at;
        user.totals.tier = reader.text("tier");
        return true;
    });
    if (!read) return std::unexpected(read.error());
    std::vector<UserTotals> made;
    made.reserve(users.size());
    for (auto& [user_id, user] : users) {
        made.push_back(std::move(user.totals));
        made.back().user_id = user_id;
    }
    return made;
}

Result<std::int64_t> MongoStore::distinct_users(Period period) {
    if (auto prepared = ready(); !prepared) return std::unexpected(prepared.error());
    if (!sums_by_group_) {
        const auto users = users_by_us(period);
        if (!users) return std::unexpected(users.error());
        return static_cast<std::int64_t>(users->size());
    }
    const Bson pipeline([&](BsonWriter& writer) {
        add_stage(writer, "0", "$match",
                  [&](BsonWriter& match) { write_scope(match, Scope::user, period); });
        add_stage(writer, "1", "$group", [](BsonWriter& group) { group.text("_id", "$user_id"); });
        add_stage(writer, "2", "$group", [](BsonWriter& group) {
            group.null("_id");
            group.document("users", [](BsonWriter& sum) { sum.whole("$sum", 1); });
        });
    });
    std::int64_t users = 0;
    auto read = database_.aggregate(kDailyStats, pipeline, [&](const bson_t& document) {
        users = BsonReader(document).whole("users");
        return true;
    });
    if (!read) return std::unexpected(read.error());
    return users;
}

}  // namespace tallygate::store
