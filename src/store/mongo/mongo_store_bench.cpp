// What the MongoDB store takes per second, rows and totals together, beside what the driver alone
// inserts of the same documents by unordered insertMany into a collection with the same indexes.
// Both work in turns, so that whatever else the machine does slows both.
//
//     TALLYGATE_TEST_MONGODB=mongodb://HOST:PORT/ mongo_store_bench [EVENTS [USERS]]
#include <cstdio>
#include <cstdlib>
#include <set>

#include "base/ids.h"
#include "store/mongo/collections.h"
#include "store/mongo/event_document.h"
#include "store/mongo/mongo_bulk.h"
#include "store/mongo/mongo_store.h"

namespace tallygate::store {
namespace {

constexpr std::size_t kBatch = 8'192;  // as the projector reads them
const Day kDay = Day{std::chrono::year{2026} / 11 / 24};

template <class T>
T must(Result<T> result) {
    if (!result) {
        std::fprintf(stderr, "%s\n", result.error().message.c_str());
        std::_Exit(1);
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// Batches of events of so many users, each as likely as the next.
class EventSource {
public:
    EventSource(std::size_t events, std::size_t users)
        : left_(events), users_(users), id_{make_uuid(Timestamp{kDay}), {make_uuid({}), 0}} {}

    std::vector<EventRow> next() {
        std::vector<EventRow> rows;
        for (; rows.size() < kBatch && left_ > 0; --left_)
            rows.push_back(make());
        return rows;
    }
    const Uuid& writer() const { return id_.writer; }

private:
    EventRow make() {
        random_ = random_ * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
        const std::uint64_t n = ++id_.position.n;
        EventRow made;
        UsageEvent& event = made.event;
        event.id = id_;
        event.user_id = "user-" + std::to_string((random_ >> 33) % users_);
        event.endpoint = n % 3 ? "/ai/chat" : "/ai/summarize";
        event.operation_type = n % 3 ? "chat" : "summarize";
        event.timestamp = Timestamp{kDay} + std::chrono::microseconds{n * 400};
        event.success = n % 50 != 0;
        event.response_time = std::chrono::microseconds{100'000 + random_ % 900'000};
        event.tokens_used = 500;
        event.token_source = TokenSource::estimate;
        event.request_id = make_request_id();
        event.tier = "pro";
        event.status = 200;
        made.checksum = static_cast<std::uint32_t>(random_);
        return made;
    }

    std::size_t left_;
    const std::size_t users_;
    EventId id_;
    std::uint64_t random_ = 42;
};

// The driver alone.
class Bare {
public:
    explicit Bare(MongoDatabase& database) : database_(database) {
        for (const char* first : {"user_id", "", "endpoint"}) {
            Bson keys;
            if (*first) bson_append_int32(keys.get(), first, -1, 1);
            bson_append_int32(keys.get(), "timestamp", -1, -1);
            must(database.make_index("bare", keys));
        }
    }
    void take(const std::vector<EventRow>& rows) {
        MongoBulk bulk(database_, "bare");
        for (const EventRow& row : rows)
            bulk.insert(Bson([&](BsonWriter& writer) { write_event(writer, row); }));
        must(bulk.execute());
    }

private:
    MongoDatabase& database_;
};

// As the projector does: rows of a batch at once, totals when so many events or so many totals
// wait.
class Projection {
public:
    Projection(MongoStore& store, const Uuid& writer, std::size_t most_totals)
        : store_(store), writer_(writer), most_totals_(most_totals) {}

    void take(const std::vector<EventRow>& rows) {
        must(store_.position(writer_));
        std::vector<TotalsKey> missing;
        for (const EventRow& row : rows) {
            for (const TotalsKey& key : totals_keys(row.event, true)) {
                if (known_.try_emplace(key).second) missing.push_back(key);
                waiting_.insert(key);
            }
        }
        for (DailyTotals& day : must(store_.load(missing)))
            known_[day.key] = day;
        for (const EventRow& row : rows) {
            for (const TotalsKey& key : totals_keys(row.event, true))
                known_.at(key).add(row.event);
        }
        must(store_.apply(writer_, rows, {}, {}));
        last_ = rows.back().event.id.position;
        events_ += rows.size();
        const TotalsDelay delay = store_.totals_delay();
        if (events_ >= delay.events || waiting_.size() >= most_totals_) flush();
    }
    void flush() {
        if (waiting_.empty()) return;
        std::vector<DailyTotals> totals;
        for (const TotalsKey& key : waiting_)
            totals.push_back(known_.at(key));
        must(store_.position(writer_));
        must(store_.apply(writer_, {}, totals, {&last_, 1}));
        waiting_.clear();
        events_ = 0;
    }

private:
    MongoStore& store_;
    const Uuid writer_;
    const std::size_t most_totals_;
    std::map<TotalsKey, DailyTotals> known_;
    std::set<TotalsKey> waiting_;
    std::size_t events_ = 0;
    LogPosition last_;
};

class Timer {
public:
    template <class Do>
    void measure(Do what) {
        const auto begin = std::chrono::steady_clock::now();
        what();
        took_ += std::chrono::steady_clock::now() - begin;
    }
    double seconds() const { return std::chrono::duration<double>(took_).count(); }

private:
    std::chrono::steady_clock::duration took_{};
};

void run(const std::string& url, std::size_t events, std::size_t users, std::size_t most_totals) {
    const auto store = must(MongoStore::open(url, false));
    MongoDatabase database(must(parse_mongo_url(url)));
    Bare bare(database);
    EventSource source(events, users);
    Projection projection(*store, source.writer(), most_totals);
    Timer alone;
    Timer stored;
    for (auto rows = source.next(); !rows.empty(); rows = source.next()) {
        alone.measure([&] { bare.take(rows); });
        stored.measure([&] { projection.take(rows); });
    }
    stored.measure([&] { projection.flush(); });
    const auto count = static_cast<double>(events);
    std::printf(
        "%zu events of %zu users, totals at most every %zu events or %zu totals:\n"
        "  insertMany %.0f/s, store %.0f/s, ratio %.2f\n",
        events, users, store->totals_delay().events, most_totals, count / alone.seconds(),
        count / stored.seconds(), alone.seconds() / stored.seconds());
    BsonReply reply;
    must(
        database.command(Bson([](BsonWriter& writer) { writer.whole("dropDatabase", 1); }), reply));
}

std::string url_of(std::string server) {
    server.resize(std::min(server.find('?'), server.size()));
    while (server.ends_with('/'))
        server.pop_back();
    return server + "/tallygate_bench_" + make_request_id();
}

void run_all(const std::string& server, std::size_t events, std::size_t users) {
    // The first is where the projector's cache of totals is full.
    for (const std::size_t most_totals : {std::size_t{6'000}, std::size_t{12'000}})
        run(url_of(server), events, users, most_totals);
}

}  // namespace
}  // namespace tallygate::store

int main(int count, char** arguments) {
    const char* server = std::getenv("TALLYGATE_TEST_MONGODB");  // NOLINT(concurrency-mt-unsafe)
    if (!server || !*server) {
        std::puts("skipped: TALLYGATE_TEST_MONGODB names no MongoDB server");
        return 0;
    }
    const auto number = [&](int at, std::size_t fallback) {
        return count > at ? std::strtoull(arguments[at], nullptr, 10) : fallback;
    };
    tallygate::store::run_all(server, number(1, 200'000), number(2, 10'000));
}
