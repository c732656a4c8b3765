#include "gateway/response_meter.h"

#include <gtest/gtest.h>

namespace tallygate::gateway {
namespace {

TEST(ReadUsage, TakesDisjointPoolsAsTheyAre) {
    const auto usage = read_usage(
        R"({"usage":{"input_tokens":10,"output_tokens":5,"cache_read_tokens":3,"reasoning_tokens":2}})",
        "/usage");

    ASSERT_TRUE(usage);
    EXPECT_EQ(usage->pools.input, 10);
    EXPECT_EQ(usage->pools.cache_read, 3);
    EXPECT_FALSE(usage->pools.cache_write);
    EXPECT_EQ(usage->billed, 20);
}

TEST(ReadUsage, TakesNestedPartsOutOfThePoolThatIncludesThem) {
    const auto usage =
        read_usage(R"({"usage":{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,
        "prompt_tokens_details":{"cached_tokens":80},"completion_tokens_details":{"reasoning_tokens":30}}})",
                   "/usage");

    ASSERT_TRUE(usage);
    EXPECT_EQ(usage->pools.input, 20);
    EXPECT_EQ(usage->pools.cache_read, 80);
    EXPECT_EQ(usage->pools.output, 20);
    EXPECT_EQ(usage->pools.reasoning, 30);
    EXPECT_EQ(usage->billed, 150);
}

TEST(ReadUsage, TakesABareNumberOrATotalAlone) {
    EXPECT_EQ(read_usage(R"({"meta":{"tokens":77}})", "/meta/tokens")->billed, 77);
    EXPECT_EQ(read_usage(R"({"u":{"total_tokens":12}})", "/u")->billed, 12);
}

TEST(ReadUsage, KeepsAZeroThatWasReported) {
    const auto usage = read_usage(R"({"usage":{"input_tokens":0,"output_tokens":0}})", "/usage");

    ASSERT_TRUE(usage);
    EXPECT_EQ(usage->billed, 0);
}

TEST(ReadUsage, FindsNothingInWhatIsNoUsage) {
    EXPECT_FALSE(read_usage("not json", "/usage"));
    EXPECT_FALSE(read_usage("{}", "/usage"));
    EXPECT_FALSE(read_usage(R"({"usage":{"input_tokens":-5}})", "/usage"));
    EXPECT_FALSE(read_usage(R"({"usage":{"input_tokens":1.5}})", "/usage"));
    EXPECT_FALSE(read_usage(R"({"usage":"many"})", "/usage"));
    EXPECT_FALSE(read_usage(R"({"usage":null})", "/usage"));
}

TEST(ResponseMeter, ReadsAJsonAnswerThatComesInPieces) {
    ResponseMeter meter("/usage");
    meter.on_answer("application/json; charset=utf-8");
    meter.on_content(R"({"answer":"x","us)");
    meter.on_content(R"(age":{"input_tokens":4,"output_tokens":6}})");

    EXPECT_FALSE(meter.is_stream());
    EXPECT_EQ(meter.usage()->billed, 10);
}

TEST(ResponseMeter, TakesTheLastEventThatHasUsage) {
    ResponseMeter meter("/usage");
    meter.on_answer("text/event-stream");
    meter.on_content("data: {\"usage\":{\"output_tokens\":1}}\n\ndata: {\"delta\":\"x\"}\n\nda");
    meter.on_content("ta: {\"usage\":{\"output_tokens\":9}}\n\ndata: [DONE]\n\n");

    EXPECT_TRUE(meter.is_stream());
    EXPECT_EQ(meter.usage()->billed, 9);
}

TEST(ResponseMeter, ReadsLinesOfJson) {
    ResponseMeter meter("/usage/total_tokens");
    meter.on_answer("application/x-ndjson");
    meter.on_content("{\"response\":\"a\"}\n{\"usage\":{\"total_");
    meter.on_content("tokens\":33}}\n");

    EXPECT_TRUE(meter.is_stream());
    EXPECT_EQ(meter.usage()->billed, 33);
}

TEST(ResponseMeter, GivesUpOnAnAnswerTooLargeToKeep) {
    ResponseMeter meter("/usage");
    meter.on_answer("application/json");
    meter.on_content("{\"blob\":\"");
    for (int i = 0; i < 20; ++i)
        meter.on_content(std::string(100'000, 'x'));
    meter.on_content("\",\"usage\":{\"input_tokens\":4}}");

    EXPECT_FALSE(meter.usage());
}

TEST(ResponseMeter, LooksAtNothingWithoutAPointer) {
    ResponseMeter meter("");
    meter.on_answer("application/json");
    meter.on_content(R"({"usage":{"input_tokens":4}})");

    EXPECT_FALSE(meter.usage());
}

}  // namespace
}  // namespace tallygate::gateway
