#include "store/mongo/mongo_store.h"

#include <algorithm>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "base/log.h"
#include "store/mongo/collections.h"
#include "store/mongo/event_document.h"
#include "store/mongo/mongo_bulk.h"
#include "store/mongo/server_probe.h"
#include "store/mongo/totals_filter.h"

namespace tallygate::store {
namespace {

constexpr std::size_t kIdsPerQuery = 2'000;

// {_id: {$in: [...]}}; `append` gets a writer, a name and the element.
template <class Elements, class Append>
Bson among(const Elements& elements, Append append) {
    return Bson([&](BsonWriter& writer) {
        writer.document("_id", [&](BsonWriter& range) { range.list("$in", elements, append); });
    });
}

// The same elements in pieces of at most `size`.
template <class T>
std::vector<std::span<T>> pieces(std::span<T> all, std::size_t size) {
    std::vector<std::span<T>> made;
    for (; !all.empty(); all = all.subspan(made.back().size()))
        made.push_back(all.first(std::min(all.size(), size)));
    return made;
}

// Calls `write` for both halves of what is worth it, on a connection each: a server does more at
// once than one after the other.
template <class T, class Write>
Result<void> side_by_side(std::span<const T> all, Write write) {
    constexpr std::size_t kWorthAThread = 500;
    if (all.size() < kWorthAThread) return write(all);
    Result<void> second;
    Result<void> first;
    {
        const std::jthread other([&] { second = write(all.subspan(all.size() / 2)); });
        first = write(all.first(all.size() / 2));
    }
    return first ? second : first;
}

Result<void> cut_off() {
    return failure(Errc::unavailable, "store_unavailable", "the store was cut off");
}

std::string bytes_of(const Bson& document) {
    return {reinterpret_cast<const char*>(bson_get_data(document.get())), document.size()};
}

// The `_id` of a document, as it is.
void copy_id(BsonWriter& writer, const char* name, const bson_t& document) {
    bson_iter_t id;
    if (bson_iter_init_find(&id, &document, "_id")) writer.value(name, *bson_iter_value(&id));
}

}  // namespace

Result<std::unique_ptr<MongoStore>> MongoStore::open(std::string_view url, bool read_only,
                                                     WriteFault fault) {
    auto uri = parse_mongo_url(url);
    if (!uri) return std::unexpected(uri.error());
    const std::string shown = shown_mongo_url(**uri);
    if (auto checked = check_tls_files(**uri); !checked) return failure_in(shown, checked.error());
    std::unique_ptr<MongoStore> store(new MongoStore(std::move(*uri), read_only, std::move(fault)));
    if (auto prepared = store->prepare(); !prepared) {
        Error error = prepared.error();
        if (error.errc == Errc::unavailable && !read_only) {
            log::warn("the database does not answer; calls are journalled until it does",
                      {{"store", shown}, {"error", error.message}});
            store->database_.have_started();
            return store;
        }
        const bool is_for_configuration =
            error.errc == Errc::unauthenticated || error.errc == Errc::permission_denied;
        if (is_for_configuration) error.errc = Errc::invalid_argument;
        return failure_in(shown, std::move(error));
    }
    store->database_.have_started();
    return store;
}

Result<void> MongoStore::ready() {
    if (is_ready_) return {};
    const std::lock_guard lock(prepare_mutex_);
    if (is_ready_) return {};
    auto prepared = prepare();
    if (prepared) return {};
    // The configuration was good enough to start with: time may mend it.
    return failure(Errc::unavailable, "store_unavailable",
                   fmt::format("{}: {}", database_.shown(), prepared.error().message));
}

Result<void> MongoStore::prepare() {
    if (auto chosen = database_.choose_read_concern(); !chosen) return chosen;
    const auto version = read_schema_version(database_);
    if (!version) return std::unexpected(version.error());
    if (read_only_) {
        if (!*version) {
            return failure(Errc::not_found, "",
                           "the database holds nothing of Tallygate's; look at its name in the URL "
                           "of `store`");
        }
        is_ready_ = true;
        return {};
    }
    const auto server = probe_server(database_);
    if (!server) return std::unexpected(server.error());
    if (auto made = make_collections(database_); !made) return made;
    sums_by_group_ = server->adds_up_right;
    is_ready_ = true;
    log::info("the database is ready", {{"store", database_.shown()}, {"server", server->name}});
    return {};
}

TotalsDelay MongoStore::totals_delay() const {
    using namespace std::chrono_literals;
    return {.idle = 500ms, .under_load = 5s, .events = 100'000};
}

Result<void> MongoStore::before_write() const {
    return !fault_ || fault_() ? Result<void>{} : cut_off();
}

Result<void> MongoStore::apply(const Uuid& writer, std::span<const EventRow> rows,
                               std::span<const DailyTotals> totals,
                               std::span<const LogPosition> up_to) {
    if (auto prepared = ready(); !prepared) return prepared;
    if (auto written = put_rows(rows); !written) return written;
    if (auto written = put_totals(totals, Replace::what_is_older); !written) return written;
    if (rows.empty() && up_to.empty()) return {};
    return write_progress(writer, rows, totals, up_to);
}

// How many of so many may be written: all of them, but where a test cuts the store off.
std::size_t MongoStore::count_allowed(std::size_t wanted) const {
    std::size_t count = 0;
    while (count < wanted && before_write())
        ++count;
    return count;
}

Result<void> MongoStore::put_rows(std::span<const EventRow> rows) {
    const std::size_t count = count_allowed(rows.size());
    auto written = side_by_side(rows.first(count), [this](auto half) { return insert_rows(half); });
    return written && count < rows.size() ? cut_off() : written;
}

Result<void> MongoStore::insert_rows(std::span<const EventRow> rows) {
    MongoBulk bulk(database_, kUsageLogs);
    std::size_t first = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        bulk.insert(Bson([&](BsonWriter& writer) { write_event(writer, rows[i]); }));
        if (!bulk.is_full() && i + 1 < rows.size()) continue;
        const auto duplicates = bulk.execute();
        if (!duplicates) return std::unexpected(duplicates.error());
        std::vector<EventRow> there;
        for (const std::size_t place : *duplicates)
            there.push_back(rows[first + place]);
        if (auto same = check_same(there); !same) return same;
        first = i + 1;
    }
    return {};
}

// `rows` have ids that are taken: by the same events, if all is well.
Result<void> MongoStore::check_same(std::span<const EventRow> rows) {
    for (const auto piece : pieces(rows, kIdsPerQuery)) {
        std::map<EventId, std::uint32_t> stored;
        auto read = database_.find(
            kUsageLogs,
            among(piece, [](BsonWriter& list, const char* place,
                            const EventRow& row) { write_event_id(list, place, row.event.id); }),
            {.fields = {"metadata.checksum"}, .from_primary = true}, [&](const bson_t& document) {
                if (const auto row = read_event(document))
                    stored.emplace(row->event.id, row->checksum);
                return true;
            });
        if (!read) return read;
        for (const EventRow& row : piece) {
            const auto found = stored.find(row.event.id);
            if (found == stored.end()) {
                return failure(
                    Errc::unavailable, "store_unavailable",
                    fmt::format("{} was refused as a duplicate and is not there; does usage_logs "
                                "have another unique index?",
                                to_string(row.event.id)));
            }
            if (found->second == row.checksum) continue;
            return failure(Errc::data_loss, "",
                           fmt::format("{} is in the store with other content; `tallygate verify` "
                                       "names the difference",
                                       to_string(row.event.id)));
        }
    }
    return {};
}

Result<std::vector<DailyTotals>> MongoStore::load(std::span<const TotalsKey> keys) {
    if (auto prepared = ready(); !prepared) return std::unexpected(prepared.error());
    std::map<TotalsKey, DailyTotals> stored;
    for (const auto piece : pieces(keys, kIdsPerQuery)) {
        auto read = database_.find(
            kDailyStats,
            among(piece, [](BsonWriter& list, const char* place,
                            const TotalsKey& key) { write_totals_id(list, place, key); }),
            {.from_primary = true}, [&](const bson_t& document) {
                if (auto day = read_totals(document)) stored.emplace(day->key, std::move(*day));
                return true;
            });
        if (!read) return std::unexpected(read.error());
    }
    std::vector<DailyTotals> loaded;
    loaded.reserve(keys.size());
    for (const TotalsKey& key : keys) {
        const auto found = stored.find(key);
        loaded.push_back(found == stored.end() ? DailyTotals{.key = key} : found->second);
    }
    return loaded;
}

Result<void> MongoStore::put_totals(std::span<const DailyTotals> totals, Replace replace) {
    const std::size_t count = count_allowed(totals.size());
    auto written = side_by_side(
        totals.first(count), [this, replace](auto half) { return replace_totals(half, replace); });
    return written && count < totals.size() ? cut_off() : written;
}

Result<void> MongoStore::replace_totals(std::span<const DailyTotals> totals, Replace replace) {
    MongoBulk bulk(database_, kDailyStats);
    for (std::size_t i = 0; i < totals.size(); ++i) {
        const DailyTotals& day = totals[i];
        Bson filter([&](BsonWriter& writer) {
            write_totals_id(writer, "_id", day.key);
            if (replace == Replace::always) return;
            writer.document("n", [&](BsonWriter& range) {
                range.whole("$lt", static_cast<std::int64_t>(day.position.n));
            });
        });
        bulk.replace(std::move(filter),
                     Bson([&](BsonWriter& writer) { write_totals(writer, day); }));
        if (!bulk.is_full() && i + 1 < totals.size()) continue;
        // One whose id is taken: what is there is as new, or newer.
        if (const auto done = bulk.execute(); !done) return std::unexpected(done.error());
    }
    return {};
}

Result<void> MongoStore::replace_day(Day day, std::span<const DailyTotals> totals) {
    if (auto prepared = ready(); !prepared) return prepared;
    if (auto written = put_totals(totals, Replace::always); !written) return written;
    if (auto allowed = before_write(); !allowed) return allowed;
    std::set<std::string> kept;
    for (const DailyTotals& made : totals)
        kept.insert(bytes_of(Bson([&](BsonWriter& id) { write_totals_id(id, "_id", made.key); })));
    std::vector<Bson> others;  // each {_id}
    const Bson of_day([&](BsonWriter& writer) {
        writer.date("date", Timestamp{day});
        write_both_scopes(writer);
    });
    auto read =
        database_.find(kDailyStats, of_day, {.fields = {"_id"}, .from_primary = true},
                       [&](const bson_t& document) {
                           Bson id([&](BsonWriter& writer) { copy_id(writer, "_id", document); });
                           if (is_totals_id(document) && !kept.contains(bytes_of(id)))
                               others.push_back(std::move(id));
                           return true;
                       });
    if (!read) return read;
    for (const auto piece : pieces(std::span<const Bson>(others), kIdsPerQuery)) {
        auto removed = database_.remove(
            kDailyStats, among(piece, [](BsonWriter& list, const char* place, const Bson& id) {
                copy_id(list, place, *id.get());
            }));
        if (!removed) return removed;
    }
    return {};
}

}  // namespace tallygate::store
