// Each command, as libmongoc sends it.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "driver.h"
#include "server.h"

namespace tallygate::fake_mongod {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Commands : public testing::Test {
protected:
    SystemClock clock_;
    std::unique_ptr<Server> server_ = Server::start(clock_).value();
    Driver driver_{server_->uri()};
};

std::vector<std::string> numbered(int count) {
    std::vector<std::string> documents;
    for (int i = 0; i < count; ++i)
        documents.push_back(R"({"_id": )" + std::to_string(i) + "}");
    return documents;
}

TEST_F(Commands, SaysItIsThePrimaryOfItsSetAndTakesNoSessions) {
    const Answered answered = driver_.command(R"({"hello": 1})", "admin");

    EXPECT_TRUE(answered.ok) << answered.error;
    EXPECT_THAT(answered.reply, HasSubstr(R"("isWritablePrimary" : true)"));
    EXPECT_THAT(answered.reply, HasSubstr(R"("setName" : "fake")"));
    EXPECT_THAT(answered.reply, HasSubstr(server_->address()));
    EXPECT_THAT(answered.reply, Not(HasSubstr("logicalSessionTimeoutMinutes")));
}

TEST_F(Commands, IsFoundByTheNameOfItsReplicaSet) {
    Driver of_set(server_->uri(), "replicaSet=fake");

    EXPECT_TRUE(of_set.insert({R"({"_id": 1})"}).ok);
    EXPECT_EQ(of_set.find("{}").size(), 1u);
}

TEST_F(Commands, AnswersPingAndBuildInfo) {
    EXPECT_TRUE(driver_.command(R"({"ping": 1})", "admin").ok);
    EXPECT_THAT(driver_.command(R"({"buildInfo": 1})", "admin").reply, HasSubstr("versionArray"));
}

TEST_F(Commands, RefusesACommandThatIsNotThere) {
    const Answered answered = driver_.command(R"({"mapReduce": "things"})");

    EXPECT_EQ(answered.code, 59u);
    EXPECT_THAT(answered.error, HasSubstr("mapReduce"));
}

TEST_F(Commands, RefusesAnArgumentThatItWouldPassOver) {
    const Answered answered =
        driver_.command(R"({"find": "things", "collation": {"locale": "de"}})");

    EXPECT_EQ(answered.code, 2u);
    EXPECT_THAT(answered.error, HasSubstr("collation"));
}

TEST_F(Commands, RefusesAValueThatItCannotCompare) {
    const Answered answered = driver_.insert({R"({"cost": {"$numberDecimal": "1.5"}})"});

    EXPECT_EQ(answered.code, 2u);
    EXPECT_THAT(answered.error, HasSubstr("cost is a decimal128"));
    EXPECT_THAT(driver_.find("{}"), IsEmpty());
}

TEST_F(Commands, TakesConcernsOfReadingAndWriting) {
    const std::string majority = R"({"writeConcern": {"w": "majority", "j": true}})";

    EXPECT_TRUE(driver_.insert({R"({"_id": 1})"}, majority).ok);
    EXPECT_EQ(driver_.find("{}", R"({"readConcern": {"level": "majority"}})").size(), 1u);
}

TEST_F(Commands, AnswersNothingToAWriteThatWantsNoAnswer) {
    ASSERT_TRUE(driver_.insert({R"({"_id": 1})"}, R"({"writeConcern": {"w": 0}})").ok);

    EXPECT_EQ(driver_.find("{}").size(), 1u) << "the answer to find comes, not one of insert";
}

TEST_F(Commands, AnOrderedInsertStopsAtTheFirstDuplicate) {
    driver_.insert({R"({"_id": 2})"});

    const Answered answered =
        driver_.insert({R"({"_id": 1})", R"({"_id": 2})", R"({"_id": 2})", R"({"_id": 3})"});

    EXPECT_EQ(answered.code, 11'000u);
    EXPECT_THAT(answered.reply, HasSubstr(R"("insertedCount" : 1)"));
    EXPECT_THAT(answered.reply, HasSubstr(R"("index" : 1)"));
    EXPECT_THAT(answered.reply, HasSubstr(R"("keyPattern" : { "_id" : 1 })"));
    EXPECT_THAT(answered.error, HasSubstr("test.things index: _id_ dup key: { _id: 2 }"));
    EXPECT_EQ(driver_.count("{}"), 2);
}

TEST_F(Commands, AnUnorderedInsertGoesOnBehindADuplicate) {
    driver_.insert({R"({"_id": 2})"});

    const Answered answered =
        driver_.insert({R"({"_id": 1})", R"({"_id": 2})", R"({"_id": 2})", R"({"_id": 3})"},
                       R"({"ordered": false})");

    EXPECT_EQ(answered.code, 11'000u);
    EXPECT_THAT(answered.reply, HasSubstr(R"("insertedCount" : 2)"));
    EXPECT_THAT(answered.reply, HasSubstr(R"("index" : 1)"));
    EXPECT_THAT(answered.reply, HasSubstr(R"("index" : 2)"));
    EXPECT_EQ(driver_.count("{}"), 3);
}

TEST_F(Commands, TheSameNumberOfAnotherTypeIsTheSameId) {
    driver_.insert({R"({"_id": 5})"});

    EXPECT_EQ(driver_.insert({R"({"_id": {"$numberLong": "5"}})"}).code, 11'000u);
    EXPECT_EQ(driver_.insert({R"({"_id": 5.0})"}).code, 11'000u);
    EXPECT_TRUE(driver_.insert({R"({"_id": 5.5})"}).ok);
}

TEST_F(Commands, AUniqueIndexRefusesADuplicate) {
    ASSERT_TRUE(driver_
                    .command(R"({"createIndexes": "things", "indexes": [
                        {"key": {"user": 1, "day": -1}, "name": "by_user", "unique": true}]})")
                    .ok);
    driver_.insert({R"({"_id": 1, "user": "a", "day": 7})"});

    const Answered answered = driver_.insert({R"({"_id": 2, "user": "a", "day": 7})"});

    EXPECT_EQ(answered.code, 11'000u);
    EXPECT_THAT(answered.error, HasSubstr(R"(by_user dup key: { user: "a", day: 7 })"));
    EXPECT_TRUE(driver_.insert({R"({"_id": 2, "user": "a", "day": 8})"}).ok);
    EXPECT_EQ(driver_.update(R"({"_id": 2})", R"({"$set": {"day": 7}})").code, 11'000u);
    EXPECT_TRUE(driver_.update(R"({"_id": 2})", R"({"$set": {"day": 8, "n": 1}})").ok);
}

TEST_F(Commands, AReplacementUnderAConditionIsInsertedWhereThereIsNone) {
    const std::string upsert = R"({"upsert": true})";
    const auto put = [&](int n) {
        const std::string number = std::to_string(n);
        return driver_.replace(R"({"_id": "day", "n": {"$lt": )" + number + "}}",
                               R"({"_id": "day", "n": )" + number + "}", upsert);
    };

    EXPECT_THAT(put(5).reply, HasSubstr(R"("upsertedId" : "day")"));
    EXPECT_THAT(put(7).reply, HasSubstr(R"("modifiedCount" : 1)"));
    EXPECT_EQ(put(6).code, 11'000u) << "there is a later one, so none is found and _id is taken";
    EXPECT_THAT(driver_.find("{}"), ElementsAre(R"({ "_id" : "day", "n" : 7 })"));
}

TEST_F(Commands, SetChangesFieldsAndAddsThem) {
    driver_.insert({R"({"_id": 1, "a": {"b": 1, "c": 2}, "z": 3})"});

    const Answered answered =
        driver_.update(R"({"_id": 1})", R"({"$set": {"a.b": 9, "d.e": 4, "z": 3}})");

    EXPECT_THAT(answered.reply, HasSubstr(R"("modifiedCount" : 1)"));
    EXPECT_THAT(
        driver_.find("{}"),
        ElementsAre(R"({ "_id" : 1, "a" : { "b" : 9, "c" : 2 }, "z" : 3, "d" : { "e" : 4 } })"));
}

TEST_F(Commands, SetThatChangesNothingSaysSo) {
    driver_.insert({R"({"_id": 1, "a": 2})"});

    const Answered answered = driver_.update(R"({"_id": 1})", R"({"$set": {"a": 2}})");

    EXPECT_THAT(answered.reply, HasSubstr(R"("matchedCount" : 1)"));
    EXPECT_THAT(answered.reply, HasSubstr(R"("modifiedCount" : 0)"));
}

TEST_F(Commands, AnUpsertBySetBeginsWithWhatTheFilterDemands) {
    driver_.update(R"({"user": "a", "n": {"$lt": 5}, "_id": 1})", R"({"$set": {"x": 1}})",
                   R"({"upsert": true})");

    EXPECT_THAT(driver_.find("{}"), ElementsAre(R"({ "_id" : 1, "user" : "a", "x" : 1 })"));
}

TEST_F(Commands, RefusesWhatAnUpdateCannotDo) {
    driver_.insert({R"({"_id": 1, "a": 1, "list": [{"b": 1}]})"});

    EXPECT_EQ(driver_.update("{}", R"({"$inc": {"a": 1}})").code, 2u);
    EXPECT_EQ(driver_.update("{}", R"({"$set": {"_id": 2}})").code, 66u);
    EXPECT_EQ(driver_.update("{}", R"({"$set": {"a": 1, "a.b": 2}})").code, 40u);
    EXPECT_EQ(driver_.update("{}", R"({"$set": {"a.b": 2}})").code, 28u);
    EXPECT_EQ(driver_.update("{}", R"({"$set": {"list.0.b": 2}})").code, 2u);
    EXPECT_EQ(driver_.replace(R"({"_id": 1})", R"({"_id": 2})").code, 66u);
}

TEST_F(Commands, UpdatesManyAndDeletesOneOrMany) {
    driver_.insert({R"({"_id": 1, "a": 1})", R"({"_id": 2, "a": 1})", R"({"_id": 3, "a": 2})"});

    const Answered updated = driver_.command(R"({"update": "things", "updates": [
        {"q": {"a": 1}, "u": {"$set": {"b": 1}}, "multi": true}]})");
    const Answered deleted =
        driver_.command(R"({"delete": "things", "deletes": [{"q": {"b": 1}, "limit": 1}]})");

    EXPECT_THAT(updated.reply, HasSubstr(R"("n" : 2, "nModified" : 2)"));
    EXPECT_THAT(deleted.reply, HasSubstr(R"("n" : 1)"));
    EXPECT_THAT(driver_.remove(R"({"a": {"$gte": 0}})").reply, HasSubstr(R"("deletedCount" : 2)"));
    EXPECT_THAT(driver_.find("{}"), IsEmpty());
}

TEST_F(Commands, ReadsACursorInSeveralBatches) {
    driver_.insert(numbered(1'000));

    EXPECT_EQ(driver_.find("{}", R"({"batchSize": 300})").size(), 1'000u);
    EXPECT_EQ(server_->mongod().status().commands.at("getMore"), 3);
    EXPECT_EQ(driver_.find("{}").size(), 1'000u) << "101 and then all the rest";
    EXPECT_EQ(server_->mongod().status().commands.at("getMore"), 4);
    EXPECT_EQ(driver_.aggregate("[]", R"({"batchSize": 500})").size(), 1'000u);
    EXPECT_EQ(server_->mongod().status().cursors, 0);
}

TEST_F(Commands, ACursorThatIsLeftIsKilled) {
    driver_.insert(numbered(100));
    mongoc_cursor_t* cursor =
        mongoc_collection_find_with_opts(driver_.collection(), bson_from("{}").get(),
                                         bson_from(R"({"batchSize": 10})").get(), nullptr);
    const bson_t* document = nullptr;
    ASSERT_TRUE(mongoc_cursor_next(cursor, &document));
    ASSERT_EQ(server_->mongod().status().cursors, 1);

    mongoc_cursor_destroy(cursor);

    EXPECT_TRUE(driver_.command(R"({"ping": 1})").ok);
    EXPECT_EQ(server_->mongod().status().cursors, 0);
    EXPECT_EQ(driver_.command(R"({"getMore": {"$numberLong": "77"}, "collection": "things"})").code,
              43u);
}

TEST_F(Commands, FindSortsSkipsLimitsAndProjects) {
    driver_.insert({R"({"_id": 1, "user": "b", "n": 1, "t": {"in": 1, "out": 2}})",
                    R"({"_id": 2, "user": "a", "n": 1, "t": {"in": 3, "out": 4}})",
                    R"({"_id": 3, "user": "a", "n": 2, "t": {"in": 5, "out": 6}})",
                    R"({"_id": 4, "user": "c", "n": 0, "t": {"in": 7, "out": 8}})"});

    EXPECT_THAT(driver_.find("{}", R"({"sort": {"user": 1, "n": -1}, "skip": 1, "limit": 2,
                                       "projection": {"t.in": 1}})"),
                ElementsAre(R"({ "_id" : 2, "t" : { "in" : 3 } })",
                            R"({ "_id" : 1, "t" : { "in" : 1 } })"));
    EXPECT_THAT(driver_.find(R"({"_id": 4})", R"({"projection": {"_id": 0, "user": 1}})"),
                ElementsAre(R"({ "user" : "c" })"));
}

TEST_F(Commands, RefusesWhatIsNoPath) {
    driver_.insert({R"({"_id": 1, "a": 1})"});

    EXPECT_THAT(driver_.find("{}", R"({"sort": {"$natural": -1}})"), ElementsAre("error 2"));
    EXPECT_THAT(driver_.find("{}", R"({"projection": {"a.$": 1}})"), ElementsAre("error 2"));
    EXPECT_THAT(driver_.find(R"({"a..b": 1})"), ElementsAre("error 2"));
    EXPECT_EQ(driver_.update("{}", R"({"$set": {"b.$[]": 1}})").code, 2u);
}

TEST_F(Commands, CountsByEachOfTheWays) {
    driver_.insert({R"({"_id": 1, "a": 1})", R"({"_id": 2, "a": 1})", R"({"_id": 3})"});

    EXPECT_EQ(driver_.count(R"({"a": 1})"), 2);
    EXPECT_EQ(driver_.count(R"({"a": 5})"), 0);
    EXPECT_EQ(driver_.estimated_count(), 3);
    EXPECT_THAT(driver_.command(R"({"count": "things", "query": {"a": 1}})").reply,
                HasSubstr(R"("n" : 2)"));
}

TEST_F(Commands, AggregatesByGroups) {
    driver_.insert({R"({"_id": 1, "user": "a", "n": 3, "at": {"day": 1}})",
                    R"({"_id": 2, "user": "b", "n": {"$numberLong": "5"}, "at": {"day": 1}})",
                    R"({"_id": 3, "user": "a", "n": 4, "at": {"day": 2}})",
                    R"({"_id": 4, "user": "x", "n": 9, "at": {"day": 9}})"});

    const auto grouped = driver_.aggregate(R"([
        {"$match": {"at.day": {"$lt": 9}}}, {"$sort": {"n": -1}},
        {"$group": {"_id": {"u": "$user"}, "n": {"$sum": "$n"}, "calls": {"$sum": 1},
                    "first": {"$first": "$n"}, "last": {"$last": "$at.day"},
                    "most": {"$max": "$n"}, "none": {"$max": "$nothing"}}},
        {"$sort": {"_id.u": 1}}, {"$limit": 2}])");

    EXPECT_THAT(
        grouped,
        ElementsAre(R"({ "_id" : { "u" : "a" }, "n" : 7, "calls" : 2, "first" : 4, "last" : 1, )"
                    R"("most" : 4, "none" : null })",
                    R"({ "_id" : { "u" : "b" }, "n" : 5, "calls" : 1, "first" : 5, "last" : 1, )"
                    R"("most" : 5, "none" : null })"));
}

TEST_F(Commands, AnAggregationCountsAndRefusesWhatItDoesNotKnow) {
    driver_.insert(numbered(7));

    EXPECT_THAT(driver_.aggregate(R"([{"$match": {"_id": {"$gt": 2}}}, {"$count": "n"}])"),
                ElementsAre(R"({ "n" : 4 })"));
    EXPECT_THAT(driver_.aggregate(R"([{"$match": {"_id": 99}}, {"$count": "n"}])"), IsEmpty());
    EXPECT_THAT(driver_.aggregate(R"([{"$unwind": "$a"}])"), ElementsAre("error 2"));
    EXPECT_THAT(driver_.aggregate(R"([{"$group": {"_id": null, "a": {"$avg": "$_id"}}}])"),
                ElementsAre("error 2"));
    EXPECT_THAT(driver_.aggregate(R"([{"$group": {"_id": {"$dayOfYear": "$a"}}}])"),
                ElementsAre("error 2"));
}

TEST_F(Commands, CreatesIndexesAndListsThem) {
    const std::string create = R"({"createIndexes": "things", "indexes": [
        {"key": {"a": 1}, "name": "by_a"}, {"key": {"b.c": -1}, "name": "by_c", "unique": true}]})";

    EXPECT_THAT(driver_.command(create).reply, HasSubstr(R"("numIndexesAfter" : 3)"));
    EXPECT_THAT(driver_.command(create).reply, HasSubstr("all indexes already exist"));
    EXPECT_THAT(
        read_all(mongoc_collection_find_indexes_with_opts(driver_.collection(), nullptr)),
        ElementsAre(R"({ "v" : 2, "key" : { "_id" : 1 }, "name" : "_id_" })",
                    R"({ "v" : 2, "key" : { "a" : 1 }, "name" : "by_a" })",
                    R"({ "v" : 2, "key" : { "b.c" : -1 }, "name" : "by_c", "unique" : true })"));
}

TEST_F(Commands, RefusesIndexesThatCannotBe) {
    driver_.insert({R"({"_id": 1, "a": 1})", R"({"_id": 2, "a": 1})"});
    const auto create = [&](const std::string& index) {
        return driver_.command(R"({"createIndexes": "things", "indexes": [)" + index + "]}").code;
    };

    EXPECT_EQ(create(R"({"key": {"a": 1}, "name": "one", "unique": true})"), 11'000u);
    EXPECT_EQ(create(R"({"key": {"a": 1}, "name": "one"})"), 0u);
    EXPECT_EQ(create(R"({"key": {"b": 1}, "name": "one"})"), 86u);
    EXPECT_EQ(create(R"({"key": {"a": 1}, "name": "two"})"), 85u);
    EXPECT_EQ(create(R"({"key": {"c": 1}, "name": "c", "expireAfterSeconds": 5})"), 2u);
    EXPECT_EQ(create(R"({"key": {"c": "hashed"}, "name": "c"})"), 2u);
}

TEST_F(Commands, ListsCollectionsAndDropsThem) {
    driver_.insert({R"({"_id": 1})"});
    driver_.command(R"({"createIndexes": "others", "indexes": [{"key": {"a": 1}, "name": "a"}]})");
    driver_.command(R"({"insert": "elsewhere", "documents": [{"_id": 1}]})", "another");
    const std::unique_ptr<mongoc_database_t, void (*)(mongoc_database_t*)> database(
        mongoc_client_get_database(driver_.client(), "test"), mongoc_database_destroy);
    const auto names = [&] {
        return read_all(mongoc_database_find_collections_with_opts(
            database.get(), bson_from(R"({"nameOnly": true})").get()));
    };

    EXPECT_THAT(names(), ElementsAre(R"({ "name" : "others", "type" : "collection" })",
                                     R"({ "name" : "things", "type" : "collection" })"));
    EXPECT_TRUE(driver_.command(R"({"drop": "others"})").ok);
    EXPECT_EQ(driver_.command(R"({"listIndexes": "others"})").code, 26u);
    EXPECT_TRUE(driver_.command(R"({"dropDatabase": 1})").ok);
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_EQ(server_->mongod().status().documents.at("another.elsewhere"), 1);
}

}  // namespace
}  // namespace tallygate::fake_mongod
