// The whole log and all totals, as streams.
#include <algorithm>
#include <tuple>

#include "store/mongo/collections.h"
#include "store/mongo/event_document.h"
#include "store/mongo/mongo_store.h"
#include "store/mongo/totals_filter.h"

namespace tallygate::store {
namespace {

constexpr std::int64_t kBatch = 2'000;

// Documents whose `_id` is one: ours, in usage_logs.
void write_ours(BsonWriter& writer) {
    writer.document("_id", [](BsonWriter& range) { range.whole_document("$gt", Bson()); });
}

// Rows of one millisecond, which is all that the server can sort by, in their order.
class Instant {
public:
    explicit Instant(const UsageStore::RowVisitor& visit) : visit_(visit) {}

    bool take(EventRow row) {
        const auto millis = std::chrono::floor<std::chrono::milliseconds>(row.event.timestamp);
        if (millis != millis_ && !flush()) return false;
        millis_ = millis;
        rows_.push_back(std::move(row));
        return true;
    }
    bool flush() {
        std::ranges::sort(rows_, [](const EventRow& a, const EventRow& b) {
            return std::tie(a.event.timestamp, a.event.id) <
                   std::tie(b.event.timestamp, b.event.id);
        });
        const bool goes_on = std::ranges::all_of(rows_, visit_);
        rows_.clear();
        return goes_on;
    }

private:
    const UsageStore::RowVisitor& visit_;
    std::chrono::sys_time<std::chrono::milliseconds> millis_;
    std::vector<EventRow> rows_;
};

}  // namespace

Result<void> MongoStore::scan_events(const RowVisitor& visit) {
    if (auto prepared = ready(); !prepared) return prepared;
    return database_.find(kUsageLogs, Bson(write_ours), {.sort = {{"_id", 1}}, .batch = kBatch},
                          [&](const bson_t& document) {
                              const auto row = read_event(document);
                              return !row || visit(*row);
                          });
}

// By the index of timestamps: with a range of `_id`s a server may choose that index and sort.
Result<void> MongoStore::scan_events(Period period, const RowVisitor& visit) {
    if (auto prepared = ready(); !prepared) return prepared;
    const Bson filter([&](BsonWriter& writer) { write_period(writer, "timestamp", period); });
    Instant instant(visit);
    bool goes_on = true;
    auto read = database_.find(kUsageLogs, filter, {.sort = {{"timestamp", 1}}, .batch = kBatch},
                               [&](const bson_t& document) {
                                   auto row = read_event(document);
                                   if (row) goes_on = instant.take(std::move(*row));
                                   return goes_on;
                               });
    if (!read) return read;
    if (goes_on) instant.flush();
    return {};
}

// Day by day: the index by day and user has each in order, and a server's memory for sorting is
// not needed.
Result<void> MongoStore::scan_totals(Period period, const TotalsVisitor& visit) {
    if (auto prepared = ready(); !prepared) return prepared;
    const Period days = bounded(period);
    for (Day day = days.from; day < days.to; day += std::chrono::days{1}) {
        const auto next = end_of_totals(1, {day, days.to});
        if (!next) return std::unexpected(next.error());
        if (!*next) return {};
        day = **next;
        for (const Scope scope : {Scope::global, Scope::user}) {
            const auto goes_on = scan_day(day, scope, visit);
            if (!goes_on) return std::unexpected(goes_on.error());
            if (!*goes_on) return {};
        }
    }
    return {};
}

// Whether the visitor wants more.
Result<bool> MongoStore::scan_day(Day day, Scope scope, const TotalsVisitor& visit) {
    const Bson filter([&](BsonWriter& writer) {
        writer.date("date", Timestamp{day}).text("scope", scope_name(scope));
    });
    bool goes_on = true;
    std::vector<DailyTotals> of_user;  // of each run
    const auto flush = [&] {
        std::ranges::sort(of_user, {}, [](const DailyTotals& totals) { return totals.key.run; });
        goes_on = std::ranges::all_of(of_user, visit);
        of_user.clear();
        return goes_on;
    };
    auto read = database_.find(kDailyStats, filter, {.sort = {{"user_id", 1}}, .batch = kBatch},
                               [&](const bson_t& document) {
                                   auto totals = read_totals(document);
                                   if (!totals) return true;
                                   const bool is_next =
                                       !of_user.empty() &&
                                       of_user.back().key.user_id != totals->key.user_id;
                                   if (is_next && !flush()) return false;
                                   of_user.push_back(std::move(*totals));
                                   return true;
                               });
    if (!read) return std::unexpected(read.error());
    return goes_on && flush();
}

// The first day, or the last, of our documents that `filter` takes.
Result<std::optional<Day>> MongoStore::end_of(const End& end, const Bson& filter) {
    constexpr std::int64_t kFewOfOthers = 10;
    std::optional<Day> found;
    auto read = database_.find(
        end.collection, filter,
        {.sort = {{end.date, end.order}}, .fields = {end.date}, .batch = kFewOfOthers},
        [&](const bson_t& document) {
            BsonReader reader(document);
            const auto at = reader.find_date(end.date);
            if (at && end.is_ours(document)) found = day_of(*at);
            return !found;
        });
    if (!read) return std::unexpected(read.error());
    return found;
}

Result<std::optional<Day>> MongoStore::end_of_log(int order) {
    const auto is_event = [](const bson_t& document) {
        BsonReader reader(document);
        return read_event_id(reader).has_value();
    };
    return end_of({kUsageLogs, "timestamp", order, is_event}, Bson(write_ours));
}

Result<std::optional<Day>> MongoStore::end_of_totals(int order, Period period) {
    return end_of({kDailyStats, "date", order, is_totals_id}, Bson([&](BsonWriter& writer) {
                      write_period(writer, "date", period);
                      write_both_scopes(writer);
                  }));
}

Result<std::optional<Period>> MongoStore::extent() {
    if (auto prepared = ready(); !prepared) return std::unexpected(prepared.error());
    std::optional<Period> extent;
    for (const int order : {1, -1}) {
        const auto of_log = end_of_log(order);
        if (!of_log) return std::unexpected(of_log.error());
        const auto of_totals = end_of_totals(order, {Day::min(), Day::max()});
        if (!of_totals) return std::unexpected(of_totals.error());
        for (const auto& day : {*of_log, *of_totals}) {
            if (!day) continue;
            if (!extent) extent = Period{*day, *day + std::chrono::days{1}};
            extent->from = std::min(extent->from, *day);
            extent->to = std::max(extent->to, *day + std::chrono::days{1});
        }
    }
    return extent;
}

}  // namespace tallygate::store
