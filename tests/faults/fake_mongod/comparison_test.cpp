// The order of values, and the filters and indexes that follow from it.
#include "comparison.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collection.h"
#include "driver.h"
#include "projection.h"

namespace tallygate::fake_mongod {
namespace {

using testing::ElementsAre;

Document document_from(const std::string& json) {
    const auto document = bson_from(json);
    return std::make_shared<const std::string>(
        reinterpret_cast<const char*>(bson_get_data(document.get())), document->len);
}

std::string key_from(const std::string& json_value) {
    return key_of(view_of(document_from(R"({"v": )" + json_value + "}")).find("v"));
}

TEST(Comparison, OrdersValuesAsMongoDbDoes) {
    const std::vector<std::string> ascending = {
        "null",
        R"({"$numberDouble": "-Infinity"})",
        R"({"$numberLong": "-9223372036854775808"})",
        "-1.5",
        "-1",
        "-0.25",
        "0",
        "5e-324",
        "1",
        R"({"$numberLong": "9007199254740992"})",
        R"({"$numberLong": "9007199254740993"})",
        R"({"$numberDouble": "9007199254740994"})",
        R"({"$numberLong": "9223372036854775806"})",
        R"({"$numberLong": "9223372036854775807"})",
        R"({"$numberDouble": "9223372036854775808"})",
        R"({"$numberDouble": "Infinity"})",
        R"("")",
        R"("a")",
        R"("a\u0000")",
        R"("a\u0001")",
        R"("aa")",
        R"("ä")",
        "{}",
        R"({"a": null})",
        R"({"a": 1})",
        R"({"a": 1, "b": 1})",
        R"({"a": 2})",
        R"({"b": 0})",
        R"({"a": "x"})",
        "[]",
        "[1]",
        "[1, 2]",
        "[2]",
        R"({"$binary": {"base64": "/w==", "subType": "00"}})",
        R"({"$binary": {"base64": "AAA=", "subType": "00"}})",
        R"({"$binary": {"base64": "AAA=", "subType": "80"}})",
        R"({"$oid": "000000000000000000000001"})",
        R"({"$oid": "ff0000000000000000000000"})",
        "false",
        "true",
        R"({"$date": {"$numberLong": "-5"}})",
        R"({"$date": {"$numberLong": "5"}})",
    };

    for (std::size_t i = 0; i < ascending.size(); ++i) {
        for (std::size_t k = i + 1; k < ascending.size(); ++k) {
            const std::string low = key_from(ascending[i]);
            const std::string high = key_from(ascending[k]);
            EXPECT_LT(low, high) << ascending[i] << " and " << ascending[k];
            EXPECT_FALSE(high.starts_with(low)) << ascending[i] << " and " << ascending[k];
        }
    }
}

TEST(Comparison, NumbersAreEqualWhateverTheirType) {
    EXPECT_EQ(key_from("5"), key_from("5.0"));
    EXPECT_EQ(key_from("5"), key_from(R"({"$numberLong": "5"})"));
    EXPECT_EQ(key_from("0"), key_from("-0.0"));
    EXPECT_EQ(key_from(R"({"a": [1]})"), key_from(R"({"a": [1.0]})"));
}

// Which of the documents, by `_id`, match.
std::vector<std::int64_t> matching(const std::string& filter,
                                   const std::vector<std::string>& documents) {
    const Document parsed = document_from(filter);
    const auto compiled = Filter::parse(view_of(parsed));
    std::vector<std::int64_t> ids;
    for (const std::string& json : documents) {
        const Document document = document_from(json);
        if (compiled.value().matches(view_of(document)).value())
            ids.push_back(*view_of(document).find("_id")->integer());
    }
    return ids;
}

TEST(Filters, MatchAsMongoDbDoes) {
    const std::vector<std::string> all = {R"({"_id": 1, "a": 1, "b": {"c": 5}})",
                                          R"({"_id": 2, "a": "x", "b": 7})",
                                          R"({"_id": 3, "a": null})",
                                          R"({"_id": 4})",
                                          R"({"_id": 5, "a": [1, 9]})",
                                          R"({"_id": 6, "a": {"x": 1}})"};

    EXPECT_THAT(matching("{}", all), ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_THAT(matching(R"({"a": 1})", all), ElementsAre(1, 5));
    EXPECT_THAT(matching(R"({"a": [1, 9]})", all), ElementsAre(5));
    EXPECT_THAT(matching(R"({"a": {"x": 1}})", all), ElementsAre(6));
    EXPECT_THAT(matching(R"({"a": null})", all), ElementsAre(3, 4));
    EXPECT_THAT(matching(R"({"a": {"$ne": 1}})", all), ElementsAre(2, 3, 4, 6));
    EXPECT_THAT(matching(R"({"a": {"$gt": 0}})", all), ElementsAre(1, 5)) << "numbers only";
    EXPECT_THAT(matching(R"({"a": {"$gte": 1, "$lt": 2}})", all), ElementsAre(1, 5));
    EXPECT_THAT(matching(R"({"a": {"$lte": "x"}})", all), ElementsAre(2));
    EXPECT_THAT(matching(R"({"a": {"$gte": null}})", all), ElementsAre(3, 4));
    EXPECT_THAT(matching(R"({"a": {"$in": ["x", 9, null]}})", all), ElementsAre(2, 3, 4, 5));
    EXPECT_THAT(matching(R"({"a": {"$exists": true}})", all), ElementsAre(1, 2, 3, 5, 6));
    EXPECT_THAT(matching(R"({"b.c": {"$exists": false}})", all), ElementsAre(2, 3, 4, 5, 6));
    EXPECT_THAT(matching(R"({"b.c": {"$eq": 5}})", all), ElementsAre(1));
    EXPECT_THAT(matching(R"({"$or": [{"b.c": 5}, {"_id": 4}]})", all), ElementsAre(1, 4));
    EXPECT_THAT(matching(R"({"$and": [{"a": 1}, {"_id": {"$gt": 1}}]})", all), ElementsAre(5));
}

TEST(Filters, AreRefusedWhereTheyAreNotKnown) {
    for (const std::string filter :
         {R"({"a": {"$mod": [2, 0]}})", R"({"$nor": [{"a": 1}]})", R"({"a": {"$gt": 1, "b": 2}})",
          R"({"a": {"$in": 5}})", R"({"$or": []})", R"({"$or": [5]})", R"({"a": {"$gt": [1]}})",
          R"({"a": {"$not": {"$gt": 5}}})", R"({"$expr": {"$gt": ["$a", 1]}})"}) {
        const Document parsed = document_from(filter);
        const auto compiled = Filter::parse(view_of(parsed));
        ASSERT_FALSE(compiled) << filter;
        EXPECT_EQ(compiled.error().code, 2) << filter;
    }
}

TEST(Filters, ThatWouldLookThroughAnArrayAreRefused) {
    const Document filter = document_from(R"({"a.b": 1})");
    const Document document = document_from(R"({"a": [{"b": 1}]})");

    EXPECT_EQ(Filter::parse(view_of(filter))->matches(view_of(document)).error().code, 2);
}

TEST(Projections, KeepWhatIsNamed) {
    const auto projected = [](const std::string& projection) {
        const Document parsed = document_from(projection);
        const Document from =
            document_from(R"({"_id": 1, "a": {"b": 2, "c": [{"d": 3, "e": 4}, 5]}, "f": 6})");
        return *Projection::parse(view_of(parsed)).value().apply(from);
    };

    EXPECT_EQ(projected(R"({"f": 1})"), *document_from(R"({"_id": 1, "f": 6})"));
    EXPECT_EQ(projected(R"({"a.c.d": 1, "_id": 0})"),
              *document_from(R"({"a": {"c": [{"d": 3}]}})"));
    EXPECT_EQ(projected(R"({"f.g": 1})"), *document_from(R"({"_id": 1})"));
    EXPECT_EQ(projected(R"({"_id": 1})"), *document_from(R"({"_id": 1})"));
    for (const std::string refused :
         {R"({"f": 0})", R"({"a": 1, "a.b": 1})", R"({"a.b": 1, "a": 1})", R"({"f": "$a"})"}) {
        const Document parsed = document_from(refused);
        EXPECT_FALSE(Projection::parse(view_of(parsed))) << refused;
    }
}

std::vector<std::string> texts(const Collection& collection, const std::string& filter,
                               const std::string& order, std::size_t most) {
    const Document filter_document = document_from(filter);
    const Document order_document = document_from(order);
    const auto found = collection.find(Filter::parse(view_of(filter_document)).value(),
                                       SortOrder::parse(view_of(order_document)).value(), most);
    std::vector<std::string> documents;
    for (const Position position : found.value())
        documents.push_back(*collection.at(position));
    return documents;
}

TEST(Collections, FindTheSameWithIndexesAndWithout) {
    std::mt19937 random(1);  // NOLINT(bugprone-random-generator-seed): the same every time
    const auto draw = [&](int below) { return static_cast<int>(random() % below); };
    const std::vector<std::string> values = {"null", "1",      "2",      "2.5",
                                             "3",    R"("x")", R"("y")", R"({"$date": 5})"};
    const auto value = [&] { return values[draw(static_cast<int>(values.size()))]; };
    Collection plain("test.things");
    Collection indexed("test.things");
    for (const std::string index : {R"({"key": {"a": 1, "b": -1, "_id": 1}, "name": "one"})",
                                    R"({"key": {"b": 1}, "name": "two"})",
                                    R"({"key": {"c.d": 1, "a": 1}, "name": "three"})"}) {
        const Document spec = document_from(index);
        ASSERT_TRUE(indexed.create_index(IndexSpec::parse(view_of(spec)).value()).value());
    }
    for (int i = 0; i < 300; ++i) {
        const Document document = document_from(fmt::format(
            R"({{"_id": {}, "a": {}, "b": {}, "c": {{"d": {}}}}})", i, value(), value(), value()));
        ASSERT_TRUE(plain.insert(document) && indexed.insert(document));
    }
    for (Position i = 0; i < 300; i += 7) {
        plain.erase(i);
        indexed.erase(i);
    }

    const std::vector<std::string> operators = {"$eq", "$gt", "$gte", "$lt", "$lte", "$ne"};
    const std::vector<std::string> paths = {"a", "b", "c.d", "_id"};
    for (int i = 0; i < 2'000; ++i) {
        std::string filter = "{";
        for (int k = draw(4); k > 0; --k) {
            filter += fmt::format(R"({}"{}": {{"{}": {}}})", filter.size() > 1 ? ", " : "",
                                  paths[k], operators[draw(6)], value());
        }
        filter += "}";
        const std::string order = fmt::format(R"({{"{}": {}, "{}": {}, "_id": 1}})", paths[draw(2)],
                                              draw(2) ? 1 : -1, "c.d", draw(2) ? 1 : -1);
        const std::size_t most = draw(2) ? 1'000 : 5;
        EXPECT_EQ(texts(plain, filter, order, most), texts(indexed, filter, order, most))
            << filter << order;
        const std::string by_index =
            draw(2) ? R"({"a": 1, "b": 1, "_id": 1})" : R"({"a": -1, "b": -1, "_id": -1})";
        EXPECT_EQ(texts(plain, filter, by_index, most), texts(indexed, filter, by_index, most))
            << filter << by_index;
    }
}

}  // namespace
}  // namespace tallygate::fake_mongod
