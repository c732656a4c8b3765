// Messages that no driver sends.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/log.h"
#include "raw_client.h"
#include "server.h"

namespace tallygate::fake_mongod {
namespace {

const std::string kPing = R"({"ping": 1, "$db": "admin"})";

class Malformed : public testing::Test {
protected:
    // What is answered to bytes on a connection of their own.
    std::optional<std::string> answer_to(const std::string& bytes) const {
        const RawClient client(server_->address());
        client.send(bytes);
        client.end();
        return client.answer();
    }
    int code_of_answer_to(const std::string& bytes) const {
        const auto answer = answer_to(bytes);
        if (!answer) return -1;
        const auto code = BsonView(*answer).find("code");
        return code ? static_cast<int>(code->integer().value_or(-2)) : 0;
    }

    SystemClock clock_;
    std::unique_ptr<Server> server_ = Server::start(clock_).value();
};

TEST_F(Malformed, MessagesCloseTheirConnectionAndNoOther) {
    const std::string insert = R"({"insert": "things", "$db": "test"})";
    BsonWriter deep;
    for (int i = 0; i < 150; ++i)
        deep.begin_object("a");
    for (int i = 0; i < 150; ++i)
        deep.end();
    std::string no_end = bson_bytes(kPing);
    no_end.back() = 'x';
    std::string long_string = bson_bytes(R"({"ping": "text", "$db": "admin"})");
    long_string[10] = '\x7f';
    const std::vector<std::string> malformed = {
        number_bytes(-1) + std::string(12, '\0'),
        number_bytes(15) + std::string(12, '\0'),
        number_bytes(0x7fffffff) + std::string(12, '\0'),
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        message(2012, std::string(20, '\0')),
        message(2013, ""),
        op_msg(0, ""),
        op_msg(0, "\7"),
        op_msg(0, std::string("\0", 1)),
        op_msg(0, body_section("{}")),
        op_msg(0, body_section(R"({"ping": 1})")),
        op_msg(0, body_section(R"({"ping": 1, "$db": 5})")),
        op_msg(0, body_section(kPing) + body_section(kPing)),
        op_msg(4, body_section(kPing)),
        op_msg(1, ""),
        op_msg(0, std::string(1, '\0') + deep.take()),
        op_msg(0, std::string(1, '\0') + no_end),
        op_msg(0, std::string(1, '\0') + long_string),
        op_msg(0, body_section(insert) + '\1' + number_bytes(1'000) + "documents"),
        op_msg(0, body_section(insert) + '\1' + number_bytes(-5)),
        op_msg(0, body_section(insert) + '\1' + number_bytes(8) + "docs"),
        op_msg(0, body_section(insert) + '\1' + number_bytes(9) + std::string("docs\0\5", 6)),
        message(2004, ""),
        message(2004, number_bytes(0) + std::string("test.things\0", 12) + number_bytes(0) +
                          number_bytes(1) + bson_bytes("{}")),
        message(2004, number_bytes(0) + std::string("test.things\0", 12) + number_bytes(0) +
                          number_bytes(1) + bson_bytes(R"({"a": 1})"))};

    for (const std::string& bytes : malformed)
        EXPECT_EQ(code_of_answer_to(bytes), -1) << testing::PrintToString(bytes);

    EXPECT_EQ(code_of_answer_to(op_msg(0, body_section(kPing))), 0);
}

TEST_F(Malformed, CommandsAreAnsweredWithAnError) {
    const std::string insert = R"({"insert": "things", "$db": "test"})";
    const std::string both = R"({"insert": "things", "documents": [{"_id": 1}], "$db": "test"})";

    EXPECT_EQ(code_of_answer_to(op_msg(0, body_section(insert))), 2) << "no documents";
    EXPECT_EQ(
        code_of_answer_to(op_msg(0, body_section(both) + sequence_section("documents", "{}"))), 2);
    EXPECT_EQ(
        code_of_answer_to(op_msg(0, body_section(insert) + sequence_section("updates", "{}"))), 2);
    EXPECT_EQ(
        code_of_answer_to(op_msg(0, body_section(kPing) + sequence_section("documents", "{}"))), 2);
    EXPECT_EQ(code_of_answer_to(op_msg(0, body_section(R"({"find": 5, "$db": "test"})"))), 2);
    EXPECT_EQ(code_of_answer_to(
                  op_msg(0, body_section(R"({"find": "things", "filter": 5, "$db": "test"})"))),
              2);
    EXPECT_EQ(code_of_answer_to(
                  op_msg(0, body_section(R"({"find": "things", "limit": -1, "$db": "test"})"))),
              2);
}

TEST_F(Malformed, AChecksumIsPassedOver) {
    const std::string sections = body_section(kPing) + number_bytes(0x12345678);

    EXPECT_EQ(code_of_answer_to(op_msg(1, sections)), 0);
}

TEST_F(Malformed, TheBodyMayStandBehindASequence) {
    const std::string insert = R"({"insert": "things", "$db": "test"})";

    EXPECT_EQ(code_of_answer_to(
                  op_msg(0, sequence_section("documents", R"({"_id": 7})") + body_section(insert))),
              0);
    EXPECT_EQ(server_->mongod().status().documents.at("test.things"), 1);
}

TEST_F(Malformed, OnlyTheFirstHandshakeComesByTheOldOpcode) {
    const auto query = [](const std::string& json) {
        return message(2004, number_bytes(0) + std::string("admin.$cmd\0", 11) + number_bytes(0) +
                                 number_bytes(-1) + bson_bytes(json));
    };

    EXPECT_EQ(code_of_answer_to(query(R"({"isMaster": 1})")), 0);
    EXPECT_EQ(code_of_answer_to(query(R"({"ping": 1})")), 352);
    EXPECT_EQ(code_of_answer_to(query(R"({"fault": "clear"})")), 352);
}

TEST_F(Malformed, AMessageMayEndAnywhere) {
    const std::string whole = op_msg(0, body_section(kPing));

    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(code_of_answer_to(whole.substr(0, size)), -1) << size;
    EXPECT_EQ(server_->mongod().status().commands.count("ping"), 0u);
}

// Sets each byte of a message to several others and hands it over without a socket in between.
TEST_F(Malformed, NoByteOfAMessageMayBreakAnything) {
    log::set_level(log::Level::error);
    Mongod& mongod = server_->mongod();
    const std::vector<std::string> whole = {
        op_msg(0, body_section(R"({"insert": "things", "ordered": false, "$db": "test"})") +
                      sequence_section("documents", R"({"_id": 5, "a": [1, {"b": "text"}]})")),
        op_msg(0, body_section(R"({"update": "things", "updates": [{"q": {"_id": {"$in": [1, 5]}},
            "u": {"$set": {"a.b": 2.5}}, "upsert": true}], "$db": "test"})")),
        op_msg(0, body_section(R"({"find": "things", "filter": {"$or": [{"a": {"$gt": null}}]},
            "sort": {"a.b": -1}, "projection": {"a.b": 1}, "limit": 5, "$db": "test"})")),
        op_msg(0, body_section(R"({"aggregate": "things", "cursor": {}, "pipeline": [
            {"$group": {"_id": {"x": "$a"}, "n": {"$sum": "$_id"}}}], "$db": "test"})")),
        op_msg(0, body_section(R"({"createIndexes": "others", "indexes": [
            {"key": {"a": 1}, "name": "a", "unique": true}], "$db": "test"})"))};

    int parsed = 0;
    for (const std::string& bytes : whole) {
        for (std::size_t i = kHeaderSize; i < bytes.size(); ++i) {
            for (const int other : {0, 1, 4, 0x24, 0x7f, 0x80, 0xff}) {
                std::string changed = bytes;
                changed[i] = static_cast<char>(other);
                const auto request = parse_request(std::move(changed));
                if (!request) continue;
                ++parsed;
                mongod.handle(*request, true, "127.0.0.1:1");
            }
        }
    }
    log::set_level(log::Level::info);

    EXPECT_GT(parsed, 1'000) << "most of it gets as far as the commands";
}

}  // namespace
}  // namespace tallygate::fake_mongod
