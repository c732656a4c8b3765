// What goes into documents comes out of them, also where somebody changed them. No server needed.
#include <gtest/gtest.h>

#include "store/mongo/event_document.h"
#include "store/mongo/mongo_error.h"
#include "store/mongo/run_document.h"
#include "store/mongo/totals_document.h"
#include "store/usage_store_contract.h"

namespace tallygate::store {
namespace {

Bson document_of(const EventRow& row) {
    return Bson([&](BsonWriter& writer) { write_event(writer, row); });
}

// The document with `name` at its top set to a text.
Bson tampered(const Bson& document, const char* name) {
    Bson copy;
    bson_copy_to_excluding_noinit(document.get(), copy.get(), name, nullptr);
    copy.writer().text(name, "tampered");
    return copy;
}

TEST(EventDocument, GivesEveryFieldBack) {
    EventRow empty;
    empty.event.id = {kContractWriter, {kFirstRun, 1}};
    EventRow odd = contract_full_row();
    odd.event.timestamp = Timestamp{std::chrono::microseconds{-1}};
    odd.event.response_time = std::chrono::microseconds{86'400'000'001};
    odd.event.model = std::string("no\xffUTF-8");
    odd.event.tags = {std::string("\xc3")};
    odd.event.status = -1;
    odd.event.cost_nano_usd = INT64_MIN;
    odd.event.id.position.n = INT64_MAX;
    for (const EventRow& row : {contract_full_row(), contract_row(1, "alice", {}), empty, odd})
        EXPECT_EQ(read_event(*document_of(row).get()), row);
}

TEST(EventDocument, KeepsEveryMicrosecondOfATime) {
    for (std::int64_t us = 0; us < 3'000'000'000'000; us = us * 3 + 7) {
        const std::chrono::microseconds time{us};
        EXPECT_EQ(micros_of(millis_of(time)), time);
    }
    EXPECT_EQ(micros_of(std::nan("")).count(), 0);
    EXPECT_GT(micros_of(1e300).count(), 0);
}

TEST(EventDocument, ShowsWhatSomebodyChanged) {
    const EventRow row = contract_full_row();
    const Bson document = document_of(row);
    for (const char* field : {"user_id", "endpoint", "operation_type", "tokens_used", "success",
                              "response_time_ms", "timestamp", "metadata"}) {
        const auto read = read_event(*tampered(document, field).get());
        ASSERT_TRUE(read) << field;
        EXPECT_NE(*read, row) << field;
    }
}

TEST(EventDocument, IsNotWhatAnotherProgramMade) {
    const Bson document = document_of(contract_full_row());
    EXPECT_FALSE(read_event(*tampered(document, "_id").get()));
    EXPECT_FALSE(read_event(*Bson().get()));
    Bson other([](BsonWriter& writer) {
        writer.document("_id", [](BsonWriter& id) { id.text("w", "x").whole("n", 1); });
    });
    EXPECT_FALSE(read_event(*other.get()));
}

TEST(TotalsDocument, GivesEveryFieldBack) {
    DailyTotals user{.key = {Scope::user, "global", kContractDay, {kContractWriter, kFirstRun}}};
    DailyTotals all{.key = {Scope::global, "", kContractDay, {kContractWriter, kFirstRun}}};
    for (std::uint64_t n = 1; n <= 12; ++n) {
        const EventRow row =
            contract_row(n, "global", Timestamp{kContractDay} + std::chrono::microseconds{n});
        user.add(row.event);
        all.add(row.event);
    }
    const DailyTotals empty{.key = user.key};
    for (const DailyTotals& day : {user, all, empty}) {
        const Bson document([&](BsonWriter& writer) { write_totals(writer, day); });
        EXPECT_EQ(read_totals(*document.get()), day);
        for (const char* field : {"scope", "user_id", "date", "writer", "incarnation"})
            EXPECT_NE(read_totals(*tampered(document, field).get()), day) << field;
        EXPECT_FALSE(is_totals_id(*tampered(document, "_id").get()));
    }
}

TEST(RunDocument, GivesEveryFieldBack) {
    RunProgress progress{.run = {kContractWriter, kFirstRun}, .applied = 7, .written = 9};
    const auto read_back = [&] {
        const Bson document([&](BsonWriter& writer) { write_run(writer, progress, {}); });
        return read_run(*document.get());
    };
    EXPECT_EQ(read_back(), progress);
    progress.include(kContractDay);
    progress.include(kContractDay + std::chrono::days{2});
    EXPECT_EQ(read_back(), progress);
    EXPECT_FALSE(read_run(*Bson().get()));
}

TEST(MongoError, GoesByNumbersAlone) {
    const auto errc_of = [](std::uint32_t domain, std::uint32_t code) {
        bson_error_t error{};
        bson_set_error(&error, domain, code, "E11000 Authentication failed, not authorized");
        return mongo_error(error, "doing something").errc;
    };
    EXPECT_EQ(errc_of(MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_AUTHENTICATE),
              Errc::unauthenticated);
    EXPECT_EQ(errc_of(MONGOC_ERROR_SERVER, 18), Errc::unauthenticated);
    EXPECT_EQ(errc_of(MONGOC_ERROR_SCRAM, MONGOC_ERROR_SCRAM_PROTOCOL_ERROR),
              Errc::unauthenticated);
    EXPECT_EQ(errc_of(MONGOC_ERROR_SERVER, 13), Errc::permission_denied);
    EXPECT_EQ(errc_of(MONGOC_ERROR_STREAM, 13), Errc::unavailable);
    EXPECT_EQ(errc_of(MONGOC_ERROR_SERVER, 10'107), Errc::unavailable);  // no longer the primary
    EXPECT_EQ(errc_of(MONGOC_ERROR_SERVER_SELECTION, MONGOC_ERROR_SERVER_SELECTION_FAILURE),
              Errc::unavailable);
}

}  // namespace
}  // namespace tallygate::store
