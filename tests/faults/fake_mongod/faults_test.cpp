// Each fault, as libmongoc meets it.
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "driver.h"
#include "raw_client.h"
#include "server.h"

namespace tallygate::fake_mongod {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class FaultsOf : public testing::Test {
protected:
    std::string id(int number) const { return R"({"_id": )" + std::to_string(number) + "}"; }
    std::string stored(int number) const { return R"({ "_id" : )" + std::to_string(number) + " }"; }
    // What is there, by the way that no fault reaches.
    std::vector<std::string> data() { return control_.find("{}", R"({"sort": {"_id": 1}})"); }

    ManualClock clock_{timestamp_of(1'700'000'000'000'000)};
    std::unique_ptr<Server> server_ = Server::start(clock_).value();
    Mongod& mongod_ = server_->mongod();
    Driver driver_{server_->uri()};
    Driver control_{server_->control_uri()};
};

TEST_F(FaultsOf, AWriteIsAppliedAndItsAcknowledgementLost) {
    mongod_.lose_acknowledgement(2);

    EXPECT_TRUE(driver_.insert({id(1)}).ok);
    EXPECT_EQ(driver_.insert({id(2)}).code, kNoAnswer);

    EXPECT_THAT(data(), ElementsAre(stored(1), stored(2)));
    EXPECT_EQ(Driver(server_->uri()).insert({id(2)}).code, 11'000u) << "what a retry finds";
}

TEST_F(FaultsOf, AWriteIsCutBeforeItIsApplied) {
    mongod_.cut();

    EXPECT_EQ(driver_.insert({id(1), id(2)}).code, kNoAnswer);

    EXPECT_THAT(data(), IsEmpty());
    EXPECT_TRUE(Driver(server_->uri()).insert({id(1)}).ok) << "only that one";
}

TEST_F(FaultsOf, ABatchIsCutInItsMiddle) {
    mongod_.cut(1, 2);

    EXPECT_EQ(driver_.insert({id(1), id(2), id(3), id(4)}).code, kNoAnswer);

    EXPECT_THAT(data(), ElementsAre(stored(1), stored(2)));
}

TEST_F(FaultsOf, SeveralFaultsWaitForTheirWrites) {
    mongod_.cut(2);
    mongod_.lose_acknowledgement(3);

    EXPECT_TRUE(Driver(server_->uri()).insert({id(1)}).ok);
    EXPECT_EQ(Driver(server_->uri()).insert({id(2)}).code, kNoAnswer);
    EXPECT_EQ(Driver(server_->uri()).insert({id(3)}).code, kNoAnswer);

    EXPECT_THAT(data(), ElementsAre(stored(1), stored(3)));
}

TEST_F(FaultsOf, AWriteLandsAfterTheClientWentOn) {
    driver_.insert({R"({"_id": "day", "n": 1})"});
    mongod_.apply_late(500ms, 1);
    ASSERT_EQ(driver_.replace(R"({"_id": "day"})", R"({"_id": "day", "n": 2})").code, kNoAnswer);
    ASSERT_TRUE(control_.replace(R"({"_id": "day"})", R"({"_id": "day", "n": 3})").ok);

    clock_.advance(499ms);
    EXPECT_THAT(data(), ElementsAre(R"({ "_id" : "day", "n" : 3 })"));
    clock_.advance(1ms);

    EXPECT_THAT(data(), ElementsAre(R"({ "_id" : "day", "n" : 2 })"));
}

TEST_F(FaultsOf, ALateWriteIsAnsweredWithAnErrorAndLandsOnDemand) {
    mongod_.apply_late(std::nullopt, std::nullopt, 11'600);

    EXPECT_EQ(driver_.insert({id(1)}).code, 11'600u);
    EXPECT_EQ(Driver(server_->uri()).insert({id(2)}).code, 11'600u);
    clock_.advance(std::chrono::hours(1'000));
    EXPECT_EQ(mongod_.status().late_writes, 2);
    EXPECT_THAT(data(), IsEmpty());
    mongod_.land();

    EXPECT_THAT(data(), ElementsAre(stored(1), stored(2)));
}

TEST_F(FaultsOf, AcknowledgedWritesVanishBehindASnapshot) {
    EXPECT_FALSE(mongod_.roll_back());
    driver_.insert({R"({"_id": 1, "n": 1})"});
    mongod_.snapshot();
    ASSERT_TRUE(driver_.insert({id(2)}).ok);
    ASSERT_TRUE(driver_.update(id(1), R"({"$set": {"n": 2}})").ok);

    ASSERT_TRUE(mongod_.roll_back());

    EXPECT_THAT(data(), ElementsAre(R"({ "_id" : 1, "n" : 1 })"));
    EXPECT_TRUE(driver_.insert({id(2)}).ok) << "indexes are of the snapshot too";
}

TEST_F(FaultsOf, APrimaryStepsDownAndComesBackByALaterElection) {
    ASSERT_TRUE(driver_.insert({id(1)}).ok);
    const std::string before = driver_.command(R"({"hello": 1})").reply;

    mongod_.primary_change(1'000ms);

    EXPECT_EQ(driver_.insert({id(2)}).code, kNoAnswer) << "its connection is closed";
    Driver meanwhile(server_->uri());
    EXPECT_THAT(meanwhile.command(R"({"hello": 1})").reply,
                HasSubstr(R"("isWritablePrimary" : false, "secondary" : true)"));
    EXPECT_EQ(meanwhile.insert({id(3)}).code, 10'107u);
    EXPECT_EQ(Driver(server_->uri()).command(R"({"drop": "things"})").code, 10'107u);
    clock_.advance(1'000ms);
    EXPECT_TRUE(Driver(server_->uri()).insert({id(4)}).ok);
    const std::string after = control_.command(R"({"hello": 1})").reply;
    EXPECT_THAT(before, HasSubstr("7fffffff0000000000000001"));
    EXPECT_THAT(after, HasSubstr("7fffffff0000000000000002"));
    EXPECT_THAT(data(), ElementsAre(stored(1), stored(4)));
}

TEST_F(FaultsOf, ASecondaryIsReadOnlyByThoseWhoPreferOne) {
    driver_.insert({id(1)});
    mongod_.primary_change(1'000ms);
    const auto read = [&](const std::string& options) {
        return Driver(server_->uri(), options).command(R"({"find": "things"})");
    };

    EXPECT_FALSE(read("replicaSet=fake&serverSelectionTimeoutMS=10").ok);
    EXPECT_THAT(
        Driver(server_->uri(), "replicaSet=fake&readPreference=secondaryPreferred").find("{}"),
        SizeIs(1));
}

TEST_F(FaultsOf, ConnectionsAreRefused) {
    ASSERT_TRUE(driver_.insert({id(1)}).ok);

    mongod_.refuse(1'000ms);

    EXPECT_EQ(driver_.insert({id(2)}).code, kNoAnswer) << "old connections close";
    EXPECT_FALSE(Driver(server_->uri()).insert({id(3)}).ok) << "and new ones";
    clock_.advance(1'000ms);
    EXPECT_TRUE(Driver(server_->uri()).insert({id(4)}).ok);
    EXPECT_THAT(data(), ElementsAre(stored(1), stored(4)));
}

TEST_F(FaultsOf, AStalledServerCarriesOutLaterWhatItHasRead) {
    const RawClient patient(server_->address());
    mongod_.stall(1'000ms);

    patient.send(op_msg(0, body_section(R"({"insert": "things", "$db": "test"})") +
                               sequence_section("documents", id(1))));
    EXPECT_THAT(data(), IsEmpty());
    clock_.advance(1'000ms);

    EXPECT_TRUE(patient.answer());
    EXPECT_THAT(data(), ElementsAre(stored(1)));
}

TEST_F(FaultsOf, AStalledServerAnswersNobodyInTheMeantime) {
    Driver impatient(server_->uri(), "socketTimeoutMS=2000");
    ASSERT_TRUE(impatient.insert({id(1)}).ok);

    mongod_.stall();

    EXPECT_EQ(impatient.insert({id(2)}).code, kNoAnswer);
    EXPECT_THAT(data(), ElementsAre(stored(1)));
    mongod_.clear();
    EXPECT_TRUE(driver_.command(R"({"ping": 1})").ok);
}

TEST_F(FaultsOf, AServerCanEndWhileItIsStalled) {
    const RawClient waiting(server_->address());
    mongod_.stall();
    waiting.send(op_msg(0, body_section(R"({"ping": 1, "$db": "admin"})")));

    server_.reset();  // comes back

    EXPECT_FALSE(waiting.answer());
}

TEST_F(FaultsOf, ACommandGetsAnErrorAsOftenAsAsked) {
    mongod_.error({.code = 13, .on = "createIndexes", .times = 2});
    const auto create = [&] {
        return driver_.command(
            R"({"createIndexes": "things", "indexes": [{"key": {"a": 1}, "name": "a"}]})");
    };

    EXPECT_EQ(create().code, 13u);
    EXPECT_THAT(create().reply, HasSubstr(R"("codeName" : "Unauthorized")"));
    EXPECT_TRUE(create().ok);
    EXPECT_TRUE(driver_.insert({id(1)}).ok);
}

TEST_F(FaultsOf, AnErrorStaysUntilItIsCleared) {
    mongod_.error({.code = 11'600, .on = "insert"});
    mongod_.error({.code = 189, .on = "update"});

    EXPECT_EQ(Driver(server_->uri()).insert({id(1)}).code, 11'600u);
    EXPECT_EQ(Driver(server_->uri()).insert({id(1)}).code, 11'600u);
    EXPECT_EQ(Driver(server_->uri()).update("{}", R"({"$set": {"a": 1}})").code, 189u);
    mongod_.clear();

    EXPECT_TRUE(Driver(server_->uri()).insert({id(1)}).ok);
}

TEST_F(FaultsOf, AWriteIsDoneButItsConcernIsNot) {
    mongod_.error({.code = 64, .on = "insert", .times = 1, .of_write_concern = true});

    const Answered answered = driver_.insert({id(1)}, R"({"writeConcern": {"w": "majority"}})");

    EXPECT_THAT(answered.reply, HasSubstr("writeConcernErrors"));
    EXPECT_THAT(answered.reply, HasSubstr(R"("code" : 64)"));
    EXPECT_THAT(data(), ElementsAre(stored(1)));
}

TEST_F(FaultsOf, ClearEndsThemAll) {
    mongod_.lose_acknowledgement();
    mongod_.cut();
    mongod_.apply_late(10ms);
    mongod_.refuse();
    mongod_.stall();
    mongod_.primary_change(std::chrono::hours(1));

    mongod_.clear();

    EXPECT_TRUE(Driver(server_->uri()).insert({id(1)}).ok);
    EXPECT_TRUE(mongod_.status().is_primary);
}

TEST_F(FaultsOf, NoneReachesTheControlPort) {
    mongod_.lose_acknowledgement();
    mongod_.error({.code = 13, .on = "insert"});
    mongod_.refuse();
    mongod_.stall();
    mongod_.primary_change(std::chrono::hours(1));

    EXPECT_TRUE(control_.insert({id(1)}).ok);
    EXPECT_THAT(control_.find("{}"), SizeIs(1));
}

TEST_F(FaultsOf, ADriverOfAnyLanguageSwitchesThem) {
    const auto fault = [&](const std::string& command) {
        return control_.command(command, "admin").ok;
    };
    EXPECT_TRUE(fault(R"({"fault": "snapshot"})"));
    EXPECT_TRUE(fault(R"({"fault": "cut", "after": 2, "applied": 1})"));
    EXPECT_TRUE(fault(R"({"fault": "error", "code": 13, "on": "find", "times": 1})"));

    EXPECT_TRUE(driver_.insert({id(1), id(2)}).ok);
    EXPECT_EQ(driver_.insert({id(3), id(4)}).code, kNoAnswer);
    EXPECT_THAT(Driver(server_->uri()).find("{}"), ElementsAre("error 13"));
    EXPECT_THAT(data(), SizeIs(3));
    EXPECT_TRUE(fault(R"({"fault": "roll_back"})"));
    EXPECT_THAT(data(), IsEmpty());
    EXPECT_TRUE(fault(R"({"fault": "lose_acknowledgement"})"));
    EXPECT_TRUE(fault(R"({"fault": "apply_late", "ms": 5, "times": 3, "code": 11600})"));
    EXPECT_TRUE(fault(R"({"fault": "land"})"));
    EXPECT_TRUE(fault(R"({"fault": "primary_change", "ms": 5})"));
    EXPECT_TRUE(fault(R"({"fault": "refuse", "ms": 5})"));
    EXPECT_TRUE(fault(R"({"fault": "stall"})"));
    EXPECT_TRUE(fault(R"({"fault": "clear"})"));
    EXPECT_TRUE(Driver(server_->uri()).insert({id(1)}).ok);
}

TEST_F(FaultsOf, AFaultThatCannotBeIsRefused) {
    EXPECT_THAT(driver_.command(R"({"fault": "flood"})", "admin").error,
                HasSubstr("there are: lose_acknowledgement, cut"));
    EXPECT_THAT(driver_.command(R"({"fault": "cut", "ms": 5})", "admin").error,
                HasSubstr("cut has no argument ms"));
    EXPECT_EQ(driver_.command(R"({"fault": "cut", "after": -1})", "admin").code, 2u);
    EXPECT_EQ(driver_.command(R"({"fault": "error", "code": 5})", "admin").code, 2u);
    EXPECT_EQ(driver_.command(R"({"fault": "roll_back"})", "admin").code, 2u);
    EXPECT_EQ(driver_.command(R"({"fault": "cut"})", "test").code, 13u);
}

TEST_F(FaultsOf, StatusCountsCommandsDocumentsAndConnections) {
    driver_.insert({id(1), id(2)});
    driver_.find("{}");
    driver_.command(R"({"nonsense": 1})");

    const std::string status = driver_.command(R"({"faultStatus": 1})", "admin").reply;

    EXPECT_THAT(
        status,
        HasSubstr(R"("commands" : { "find" : 1, "insert" : 1, "isMaster" : 1, "unknown" : 1 })"));
    EXPECT_THAT(status, HasSubstr(R"("documents" : { "test.things" : 2 })"));
    EXPECT_THAT(status, HasSubstr(R"("connections" : { "open" : 1, "accepted" : 1 })"));
    EXPECT_THAT(status, HasSubstr(R"("lateWrites" : 0, "primary" : true)"));
}

}  // namespace
}  // namespace tallygate::fake_mongod
