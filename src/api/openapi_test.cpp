// Holds openapi.yaml against the routes and against what they answer.
#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "api/api_fixture.h"
#include "api/embedded_dashboard.h"
#include "api/embedded_documents.h"

namespace tallygate::api {
namespace {

namespace json = boost::json;
using http::Access;

const json::value& document() {
    static const json::value parsed = json::parse(openapi_document());
    return parsed;
}

// What a "$ref" names; any other value as it is. Null where the name leads nowhere.
const json::value* resolve(const json::value& value) {
    const json::object* object = value.if_object();
    if (object == nullptr || !object->contains("$ref")) return &value;
    const json::value* found = &document();
    std::string_view rest = std::string_view(object->at("$ref").as_string()).substr(2);
    while (found != nullptr && !rest.empty()) {
        const std::string_view name = rest.substr(0, rest.find('/'));
        found = found->is_object() ? found->as_object().if_contains(name) : nullptr;
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    }
    return found;
}

const json::value& at(const json::value& value, std::initializer_list<std::string_view> keys) {
    const json::value* found = resolve(value);
    for (const std::string_view key : keys) {
        found = resolve(found->at(key));
    }
    return *found;
}

// "GET /health" for every operation of the document.
std::map<std::string, const json::value*> operations() {
    std::map<std::string, const json::value*> found;
    for (const auto& [path, item] : document().at("paths").as_object()) {
        for (const auto& [key, operation] : item.as_object()) {
            std::string method(key);
            for (char& c : method) {
                c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
            }
            found.emplace(method + " " + std::string(path), &operation);
        }
    }
    return found;
}

bool is_metered(const json::value& operation) {
    return operation.as_object().contains("x-tallygate-metered");
}

template <class Visit>
void visit_all(const json::value& value, const Visit& visit) {
    visit(value);
    if (const json::array* array = value.if_array()) {
        for (const json::value& item : *array) {
            visit_all(item, visit);
        }
    }
    if (const json::object* object = value.if_object()) {
        for (const auto& [key, item] : *object) {
            visit_all(item, visit);
        }
    }
}

// --- a checker for the part of JSON Schema that the document uses ---

bool is_of_type(const json::value& value, std::string_view type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "null") return value.is_null();
    if (type == "integer") return value.is_int64() || value.is_uint64();
    return type == "number" && value.is_number();
}

void check(const json::value& value, const json::value& unresolved, const std::string& where);

void check_type(const json::value& value, const json::object& schema, const std::string& where) {
    const json::value* type = schema.if_contains("type");
    if (type == nullptr) return;
    bool fits = type->is_string() && is_of_type(value, type->as_string());
    if (const json::array* types = type->if_array()) {
        fits = std::ranges::any_of(
            *types, [&](const json::value& t) { return is_of_type(value, t.as_string()); });
    }
    EXPECT_TRUE(fits) << where << " is " << value << ", not of type " << *type;
}

void check_object(const json::object& value, const json::object& schema, const std::string& where) {
    static const json::object nothing;
    const json::value* properties = schema.if_contains("properties");
    const json::object& known = properties == nullptr ? nothing : properties->as_object();
    if (const json::value* required = schema.if_contains("required")) {
        EXPECT_EQ(required->as_array().size(), known.size())
            << where << ": every property is required";
        for (const json::value& key : required->as_array()) {
            EXPECT_TRUE(value.contains(key.as_string())) << where << " has no " << key;
            EXPECT_TRUE(known.contains(key.as_string())) << where << " does not describe " << key;
        }
    }
    for (const auto& [key, item] : value) {
        const std::string below = where + "/" + std::string(key);
        const json::value* described = known.if_contains(key);
        if (described == nullptr) described = schema.if_contains("additionalProperties");
        ASSERT_NE(described, nullptr) << below << " is not in the document";
        check(item, *described, below);
    }
}

void check(const json::value& value, const json::value& unresolved, const std::string& where) {
    const json::value* resolved = resolve(unresolved);
    ASSERT_NE(resolved, nullptr) << where << ": " << unresolved << " leads nowhere";
    if (resolved->is_bool()) return;
    const json::object& schema = resolved->as_object();
    check_type(value, schema, where);
    if (const json::value* names = schema.if_contains("enum")) {
        EXPECT_NE(std::ranges::find(names->as_array(), value), names->as_array().end())
            << where << " is " << value;
    }
    if (const json::value* alternatives = schema.if_contains("oneOf")) {
        const auto is_it = [&value](const json::value& one) { return one.at("const") == value; };
        EXPECT_EQ(std::ranges::count_if(alternatives->as_array(), is_it), 1)
            << where << " is " << value;
    }
    if (const json::array* array = value.if_array()) {
        const json::value* least = schema.if_contains("minItems");
        const json::value* most = schema.if_contains("maxItems");
        if (least != nullptr) EXPECT_GE(array->size(), least->to_number<std::size_t>()) << where;
        if (most != nullptr) EXPECT_LE(array->size(), most->to_number<std::size_t>()) << where;
        for (const json::value& item : *array) {
            check(item, schema.at("items"), where + "/items");
        }
    }
    if (const json::object* object = value.if_object()) check_object(*object, schema, where);
}

class OpenApiTest : public ApiTest {
protected:
    // Checks the answer against what the document says of its status and type.
    void expect_documented(const std::string& operation, const http::Reply& reply) {
        const std::string where = operation + " " + std::to_string(reply.status);
        const auto described = operations();
        ASSERT_TRUE(described.contains(operation)) << where;
        const json::value& responses = described.at(operation)->at("responses");
        ASSERT_TRUE(responses.as_object().contains(std::to_string(reply.status))) << where;
        const json::value& response = at(responses, {std::to_string(reply.status)});
        for (const auto& [name, value] : reply.fields) {
            if (name == "X-Content-Type-Options" || name == "Referrer-Policy") continue;
            if (name == "Cache-Control" && reply.status >= 400) continue;
            EXPECT_TRUE(response.at("headers").as_object().contains(name))
                << where << " sends " << name;
        }
        if (reply.content_type.empty()) return;
        ASSERT_TRUE(response.at("content").as_object().contains(reply.content_type)) << where;
        if (reply.content_type.find("json") == std::string::npos) return;
        if (operation.find("openapi.json") != std::string::npos) return;
        check(json::parse(reply.body), at(response, {"content", reply.content_type}).at("schema"),
              where);
    }
};

TEST_F(OpenApiTest, HasEveryRouteAndNoOther) {
    std::set<std::string> ours;
    std::set<std::string> metered;
    for (const auto& [name, operation] : operations()) {
        (is_metered(*operation) ? metered : ours).insert(name);
    }
    std::set<std::string> routes;
    for (const Route& route : api.routes()) {
        routes.insert(route.method + " " + route.pattern);
    }

    EXPECT_EQ(ours, routes);
    EXPECT_EQ(metered, (std::set<std::string>{
                           "POST /ai/chat", "POST /ai/chat/stream", "POST /ai/summarize",
                           "POST /ai/summarize/stream", "POST /ai/qa", "POST /ai/qa/stream",
                           "POST /ai/qa/file", "POST /ai/mindmap", "POST /ai/upload"}));
}

TEST_F(OpenApiTest, SaysOfEachRouteWhoMayCallIt) {
    const auto described = operations();
    for (const Route& route : api.routes()) {
        const std::string name = route.method + " " + route.pattern;
        ASSERT_TRUE(described.contains(name)) << name;
        const json::object& operation = described.at(name)->as_object();
        const json::object& responses = operation.at("responses").as_object();
        const bool is_open =
            operation.contains("security") && operation.at("security").as_array().empty();

        EXPECT_EQ(is_open, route.access == Access::open) << name;
        EXPECT_EQ(responses.contains("401"), route.access != Access::open) << name;
        EXPECT_EQ(responses.contains("403"),
                  route.access == Access::admin || route.access == Access::admin_or_scraper)
            << name;
    }
}

TEST_F(OpenApiTest, HasNoReferenceThatLeadsNowhere) {
    visit_all(document(),
              [](const json::value& value) { EXPECT_NE(resolve(value), nullptr) << value; });
}

TEST_F(OpenApiTest, NamesEachOperationOnce) {
    std::set<std::string> ids;
    for (const auto& [name, operation] : operations()) {
        EXPECT_TRUE(ids.emplace(operation->at("operationId").as_string()).second) << name;
    }
}

TEST_F(OpenApiTest, HasTheVersionOfTheBuild) {
    EXPECT_EQ(document().at("info").at("version").as_string().find('@'), json::string::npos);
    EXPECT_EQ(openapi_document().find("@VERSION@"), std::string_view::npos);
}

TEST_F(OpenApiTest, GivesExamplesThatFitTheirSchemas) {
    int examples = 0;
    visit_all(document(), [&examples](const json::value& value) {
        const json::object* object = value.if_object();
        if (object == nullptr || !object->contains("example") || !object->contains("schema")) {
            return;
        }
        check(object->at("example"), object->at("schema"), "example " + std::to_string(++examples));
    });
    EXPECT_GE(examples, 6);
}

TEST_F(OpenApiTest, DescribesEveryAnswer) {
    record("alice", "chat", 500, true, kNow);
    record("bob", "qa", 800, false, kNow);
    for (const Route& route : api.routes()) {
        expect_documented("GET " + route.pattern, get(route.pattern, "", "alice"));
    }
}

TEST_F(OpenApiTest, DescribesEveryFileOfTheDashboard) {
    static constexpr std::string_view kAssets = "assets/";
    for (const EmbeddedFile& file : embedded_dashboard()) {
        if (file.path == "index.html") continue;  // which is /tallygate/
        const bool is_asset = file.path.starts_with(kAssets);
        const std::string pattern = is_asset ? "/tallygate/assets/{file}" : "/tallygate/{file}";
        const std::string name(is_asset ? file.path.substr(kAssets.size()) : file.path);
        for (const char* coding : {"br", "gzip", ""}) {
            accept_encoding = coding;
            const http::Reply reply = get(pattern, "", name);
            EXPECT_EQ(reply.status, 200) << file.path;
            expect_documented("GET " + pattern, reply);
        }
        if_none_match = "*";
        expect_documented("GET " + pattern, get(pattern, "", name));
        if_none_match = "";
    }
}

TEST_F(OpenApiTest, DescribesTheAnswersOfAnEmptyUnlimitedServer) {
    tiers->tiers["free"].tokens_per_month.reset();
    for (const Route& route : api.routes()) {
        expect_documented("GET " + route.pattern, get(route.pattern, "", "nobody"));
    }
}

TEST_F(OpenApiTest, DescribesEveryProblem) {
    expect_documented("GET /ai/usage/me", get("/ai/usage/me", "days=0"));
    expect_documented("GET /ai/usage/global", get("/ai/usage/global", "top=x"));
    expect_documented("GET /ai/usage/user/{user_id}", get("/ai/usage/user/{user_id}", "", "\xff"));
    tracker.caught_up =
        failure(Errc::unavailable, "store_unavailable", "the store does not answer");
    expect_documented("GET /ai/usage/me", get("/ai/usage/me"));
    expect_documented("GET /ai/usage/global", get("/ai/usage/global"));
    tracker.caught_up = failure(Errc::internal, "internal_error", "a bug");
    expect_documented("GET /ai/usage/me", get("/ai/usage/me"));
    journal.state.state = journal::JournalStatus::State::failed;
    for (const char* path :
         {"/health", "/tallygate/livez", "/tallygate/readyz", "/livez", "/readyz"}) {
        expect_documented(std::string("GET ") + path, get(path));
    }
    if_none_match = "*";
    expect_documented("GET /tallygate/", get("/tallygate/"));
    expect_documented("GET /openapi.json", get("/openapi.json"));
}

}  // namespace
}  // namespace tallygate::api
