#include "journal/event_codec.h"

#include <random>

#include <gtest/gtest.h>

#include "journal/crc32c.h"

namespace tallygate::journal {
namespace {

UsageEvent full_event() {
    UsageEvent event;
    event.id = {*parse_uuid("0192f3c4-7d1e-7abc-8def-0123456789ab"),
                {*parse_uuid("0192f3c4-7d1e-7abc-8def-0123456789ac"), 300}};
    event.kind = EventKind::correction;
    event.corrects = "an earlier event";
    event.operations = -1;
    event.user_id = "ünï\xf0\x9f\x98\x80";
    event.endpoint = "/ai/chat/{id}";
    event.operation_type = "chat";
    event.timestamp = timestamp_of(1'795'000'000'000'123);
    event.success = true;
    event.response_time = std::chrono::microseconds{1'234'567};
    event.tokens_used = -500;
    event.tokens = {1, 0, std::nullopt, 3, 4, 5};
    event.token_source = TokenSource::provider;
    event.cost_nano_usd = INT64_MIN;
    event.price_version = "2026-11";
    event.request_id = "r";
    event.model = "m";
    event.provider = "p";
    event.tier = "free";
    event.key_id = "k";
    event.team = "t";
    event.tags = {"", "two words"};
    event.status = 200;
    event.error_class = "none";
    event.time_to_first_token = std::chrono::microseconds{77};
    event.streamed = true;
    event.client_gone = true;
    return event;
}

std::string encoded(const UsageEvent& event) {
    std::string bytes;
    encode_event(event, bytes);
    return bytes;
}

TEST(EventCodec, GivesEveryFieldBack) {
    EXPECT_EQ(decode_event(encoded(full_event())).value(), full_event());
    EXPECT_EQ(decode_event(encoded(UsageEvent{})).value(), UsageEvent{});
}

TEST(EventCodec, WritesVersionOneAsItAlwaysDid) {
    UsageEvent event;
    event.id.position.n = 1;
    event.user_id = "u";
    event.tokens_used = 500;

    const std::string bytes = encoded(event);

    const std::string expected = std::string("\x01\x00\x00\x00", 4) + std::string(32, '\0') +
                                 std::string("\x01\x02\x00\x00\xe8\x07\x00", 7) +
                                 std::string("\x00\x01u", 3) + std::string(10, '\0') +
                                 std::string(1, '\0');
    EXPECT_EQ(bytes, expected);
}

TEST(EventCodec, RefusesEveryCutAndEveryExtraByte) {
    const std::string bytes = encoded(full_event());

    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_event(bytes.substr(0, size))) << size;
    EXPECT_FALSE(decode_event(bytes + '\0'));
}

TEST(EventCodec, SurvivesAnyByteChangedToAnything) {
    std::mt19937 random(7);
    const std::string bytes = encoded(full_event());
    for (int round = 0; round < 20'000; ++round) {
        std::string broken = bytes;
        for (int i = 0; i < 3; ++i)
            broken[random() % broken.size()] = static_cast<char>(random());
        const auto event = decode_event(broken);
        // What is taken is written the same way again: there is one spelling of each event.
        if (event) {
            EXPECT_EQ(encoded(*event), broken);
        }
    }
}

TEST(Crc32c, GivesTheKnownValueBothWays) {
    EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
    EXPECT_EQ(crc32c_by_table("123456789"), 0xe3069283U);
    EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xe3069283U);
}

TEST(Crc32c, IsTheSameByTableAndByInstruction) {
    std::mt19937 random(3);
    for (std::size_t size = 0; size < 200; ++size) {
        std::string bytes(size, '\0');
        for (char& c : bytes)
            c = static_cast<char>(random());
        EXPECT_EQ(crc32c(bytes), crc32c_by_table(bytes));
    }
}

}  // namespace
}  // namespace tallygate::journal
