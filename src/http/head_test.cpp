#include "http/head.h"

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace tallygate::http {
namespace {

// A head and the buffer that its views point into.
template <class Head>
struct Parsed {
    std::string buffer;
    Head head;
};

std::unique_ptr<Parsed<RequestHead>> request(std::string bytes, const HeadLimits& limits = {}) {
    auto parsed = std::make_unique<Parsed<RequestHead>>();
    parsed->buffer = std::move(bytes);
    const auto result = parse_request_head(parsed->buffer, parsed->head, limits);
    EXPECT_TRUE(result.has_value()) << result.error().detail;
    EXPECT_TRUE(result.value_or(true)) << "incomplete";
    return parsed;
}

std::unique_ptr<Parsed<ResponseHead>> response(std::string bytes, std::string_view method = "GET") {
    auto parsed = std::make_unique<Parsed<ResponseHead>>();
    parsed->buffer = std::move(bytes);
    const auto result = parse_response_head(parsed->buffer, method, parsed->head);
    EXPECT_TRUE(result.has_value()) << result.error().detail;
    EXPECT_TRUE(result.value_or(true)) << "incomplete";
    return parsed;
}

constexpr std::string_view kPost =
    "POST /ai/chat?x=1 HTTP/1.1\r\n"
    "Host: app.example.org:8000\r\n"
    "content-length: 12\r\n"
    "X-Custom:  spaced \t value \t \r\n"
    "Empty:\r\n"
    "\r\n";

TEST(RequestHead, HoldsViewsOfTheBuffer) {
    const auto parsed = request(std::string(kPost) + "and the body");
    const RequestHead& head = parsed->head;

    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.target, "/ai/chat?x=1");
    EXPECT_EQ(head.minor_version, 1);
    EXPECT_EQ(head.bytes, kPost.size());
    ASSERT_EQ(head.field_count, 4U);
    for (const FieldView& field : head.fields()) {
        EXPECT_GE(field.name.data(), parsed->buffer.data());
        EXPECT_LE(field.value.data() + field.value.size(), parsed->buffer.data() + kPost.size());
    }
}

TEST(RequestHead, FindsFieldsByIdAndByNameIgnoringCase) {
    const auto parsed = request(std::string(kPost));
    const RequestHead& head = parsed->head;

    EXPECT_EQ(head.find(FieldId::host).value, "app.example.org:8000");
    EXPECT_EQ(head.find(FieldId::content_length).name, "content-length");
    EXPECT_EQ(head.find("x-CUSTOM").value, "spaced \t value");
    EXPECT_EQ(head.find("x-custom").id, FieldId::unknown);
    EXPECT_EQ(head.find("Empty").name, "Empty");
    EXPECT_EQ(head.find("Empty").value, "");
}

TEST(RequestHead, GivesAnEmptyFieldWhereThereIsNone) {
    const auto parsed = request(std::string(kPost));

    EXPECT_TRUE(parsed->head.find(FieldId::accept).name.empty());
    EXPECT_TRUE(parsed->head.find("X-Other").name.empty());
    EXPECT_TRUE(parsed->head.find(FieldId::unknown).name.empty());
}

TEST(RequestHead, IsIncompleteAtEveryByteButTheLast) {
    for (const std::string& bytes : {std::string(kPost), "\r\n" + std::string(kPost)}) {
        RequestHead head;
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const auto result = parse_request_head(std::string_view(bytes).substr(0, size), head);
            ASSERT_TRUE(result) << size << ": " << result.error().detail;
            EXPECT_FALSE(*result) << size;
        }
        EXPECT_TRUE(parse_request_head(bytes, head).value());
        EXPECT_EQ(head.bytes, bytes.size());
    }
}

TEST(RequestHead, LeavesNothingOfTheHeadBefore) {
    RequestHead head;
    ASSERT_TRUE(parse_request_head(
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close, upgrade"
        "\r\nUpgrade: x\r\nExpect: 100-continue\r\n\r\n",
        head));

    ASSERT_TRUE(parse_request_head("GET /b HTTP/1.1\r\nHost: b\r\n\r\n", head));

    EXPECT_EQ(head.field_count, 1U);
    EXPECT_EQ(head.framing, Framing::none);
    EXPECT_TRUE(head.keep_alive);
    EXPECT_TRUE(head.upgrade.empty());
    EXPECT_FALSE(head.expect_continue);
}

TEST(RequestHead, HasTheFramingThatItsFieldsGive) {
    EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: a\r\n\r\n")->head.framing, Framing::none);
    EXPECT_EQ(
        request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n")->head.framing,
        Framing::chunked);
    const auto length =
        request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0018446744073709551615\r\n\r\n");
    EXPECT_EQ(length->head.framing, Framing::length);
    EXPECT_EQ(length->head.content_length, 18446744073709551615U);
    EXPECT_EQ(request("POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n")->head.framing,
              Framing::length);
}

TEST(RequestHead, KeepsTheConnectionByVersionAndOptions) {
    const auto kept = [](const std::string& version, const std::string& fields) {
        return request("GET / HTTP/" + version + "\r\nHost: a\r\n" + fields + "\r\n")
            ->head.keep_alive;
    };
    EXPECT_TRUE(kept("1.1", ""));
    EXPECT_TRUE(kept("1.2", ""));
    EXPECT_TRUE(kept("1.1", "Connection: keep-alive\r\n"));
    EXPECT_FALSE(kept("1.1", "Connection: Close\r\n"));
    EXPECT_FALSE(kept("1.1", "Connection: te, CLOSE ,x\r\n"));
    EXPECT_FALSE(kept("1.1", "Connection: te\r\nConnection: close\r\n"));
    EXPECT_TRUE(kept("1.1", "Connection: closed, not-close\r\n"));
    EXPECT_FALSE(kept("1.0", ""));
    EXPECT_TRUE(kept("1.0", "Connection: Keep-Alive\r\n"));
    EXPECT_FALSE(kept("1.0", "Connection: keep-alive, close\r\n"));
}

TEST(RequestHead, KnowsWhatConnectionLists) {
    const auto parsed = request(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: ,TE ,, x-hop\r\nConnection: \"y\"\r\n\r\n");

    EXPECT_TRUE(parsed->head.connection_lists("te"));
    EXPECT_TRUE(parsed->head.connection_lists("X-Hop"));
    EXPECT_FALSE(parsed->head.connection_lists("x"));
    EXPECT_FALSE(parsed->head.connection_lists(""));
}

TEST(RequestHead, UpgradesOnlyWhereConnectionSaysSo) {
    const auto upgrade = [](const std::string& version, const std::string& fields) {
        return std::string(
            request("GET / HTTP/" + version + "\r\nHost: a\r\n" + fields + "\r\n")->head.upgrade);
    };
    EXPECT_EQ(upgrade("1.1", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"),
              "websocket");
    EXPECT_EQ(upgrade("1.1", "Upgrade: websocket\r\n"), "");
    EXPECT_EQ(upgrade("1.1", "Connection: upgrade\r\n"), "");
    EXPECT_EQ(upgrade("1.0", "Connection: upgrade\r\nUpgrade: websocket\r\n"), "");
}

TEST(RequestHead, ExpectsContinueOnHttp11Alone) {
    const std::string fields = "Host: a\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n";

    EXPECT_TRUE(request("POST / HTTP/1.1\r\n" + fields)->head.expect_continue);
    EXPECT_FALSE(request("POST / HTTP/1.0\r\n" + fields)->head.expect_continue);
}

TEST(RequestHead, TakesHttp10WithoutHost) {
    EXPECT_EQ(request("GET /x HTTP/1.0\r\n\r\n")->head.minor_version, 0);
}

TEST(RequestHead, TakesHostsThatAreOne) {
    for (const char* host : {"a", "A.example.org", "a_b-c~d", "127.0.0.1:80", "localhost:", "[::1]",
                             "[fe80::1]:8000", "[::ffff:127.0.0.1]"}) {
        EXPECT_EQ(request("GET / HTTP/1.1\r\nHost:" + std::string(host) + "\r\n\r\n")
                      ->head.find("Host")
                      .value,
                  host);
    }
}

TEST(RequestHead, TakesTextBeyondAsciiInValues) {
    const auto parsed = request("GET / HTTP/1.1\r\nHost: a\r\nX: caf\xc3\xa9 \xff\r\n\r\n");

    EXPECT_EQ(parsed->head.find("X").value, "caf\xc3\xa9 \xff");
}

TEST(RequestHead, TakesJustWhatTheLimitsAllow) {
    const std::string around = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n";
    const std::string padding(32'768 - around.size(), 'x');

    EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: a\r\nX: " + padding + "\r\n\r\nbody")->head.bytes,
              32'768U);
    const std::string target(8'192 - std::string_view("GET  HTTP/1.1").size(), 'x');
    EXPECT_EQ(request("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n")->head.target.size(),
              target.size());
    std::string fields;
    for (int i = 1; i < 100; ++i) {
        fields += "X" + std::to_string(i) + ":\r\n";
    }
    EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n")->head.field_count, 100U);
}

std::string refusal(std::string_view bytes, const HeadLimits& limits = {}) {
    RequestHead head;
    const auto result = parse_request_head(bytes, head, limits);
    return result ? *result ? "taken" : "incomplete"
                  : std::to_string(result.error().status) + " " + result.error().code;
}

TEST(RequestHead, RefusesWhatIsBeyondTheLimitsBeforeItIsComplete) {
    const HeadLimits limits{.line_bytes = 100, .head_bytes = 300};
    const std::string line = "GET /" + std::string(100 - 14, 'x') + " HTTP/1.1";
    ASSERT_EQ(line.size(), 100U);

    EXPECT_EQ(refusal(line + "\r", limits), "incomplete");
    EXPECT_EQ(refusal(line + "x\r", limits), "414 target_too_long");
    EXPECT_EQ(refusal(line + "x\r\n", limits), "414 target_too_long");
    EXPECT_EQ(refusal("GET /" + std::string(400, 'x'), limits), "414 target_too_long");
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nX: " + std::string(280, 'x'), limits), "incomplete");
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nX: " + std::string(290, 'x'), limits),
              "431 header_too_large");
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nX: " + std::string(290, 'x') + "\r\n\r\n", limits),
              "431 header_too_large");
    std::string fields;
    for (int i = 0; i < 101; ++i) {
        fields += "a:\r\n";
    }
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\n" + fields), "431 header_too_large");
}

TEST(RequestHead, RefusesWhatCannotBecomeARequestAtOnce) {
    EXPECT_EQ(refusal("\x16\x03\x01"), "400 malformed_request");
    EXPECT_EQ(refusal(" "), "400 malformed_request");
    EXPECT_EQ(refusal("\n"), "400 malformed_request");
    EXPECT_EQ(refusal("\r\n\r"), "400 malformed_request");
    EXPECT_EQ(refusal("GET / HTTP/1.1\nHost"), "400 malformed_request");
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\n"), "400 malformed_request");
}

TEST(RequestHead, SaysThatTlsOrHttp2CameToAPlainPort) {
    RequestHead head;
    const auto tls = parse_request_head("\x16\x03\x01\x02", head);
    const auto http2 = parse_request_head("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", head);

    ASSERT_FALSE(tls);
    EXPECT_NE(tls.error().detail.find("TLS"), std::string::npos);
    ASSERT_FALSE(http2);
    EXPECT_EQ(http2.error().status, 505);
    EXPECT_NE(http2.error().detail.find("HTTP/2.0"), std::string::npos);
}

TEST(RequestHead, ErrorsNeverShowTheValueOfAnUnframedField) {
    RequestHead head;
    const auto result = parse_request_head(
        "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer secret\x01\r\n\r\n", head);

    ASSERT_FALSE(result);
    EXPECT_NE(result.error().detail.find("Authorization"), std::string::npos);
    EXPECT_EQ(result.error().detail.find("secret"), std::string::npos);
}

TEST(ResponseHead, HoldsTheStatusLine) {
    const auto parsed = response("HTTP/1.1 404 Not Found at all\r\nContent-Length: 3\r\n\r\nabc");

    EXPECT_EQ(parsed->head.status, 404);
    EXPECT_EQ(parsed->head.reason, "Not Found at all");
    EXPECT_EQ(parsed->head.content_length, 3U);
    EXPECT_TRUE(parsed->head.keep_alive);
    EXPECT_EQ(parsed->head.bytes, parsed->buffer.size() - 3);
}

TEST(ResponseHead, NeedsNoReason) {
    EXPECT_EQ(response("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n")->head.reason, "");
    EXPECT_EQ(response("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n")->head.status, 200);
    EXPECT_EQ(response("HTTP/1.1 999 \r\n\r\n")->head.status, 999);
}

TEST(ResponseHead, IsIncompleteAtEveryByteButTheLast) {
    const std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    ResponseHead head;

    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto result =
            parse_response_head(std::string_view(bytes).substr(0, size), "GET", head);
        ASSERT_TRUE(result) << size << ": " << result.error().detail;
        EXPECT_FALSE(*result) << size;
    }
    EXPECT_TRUE(parse_response_head(bytes, "GET", head).value());
}

TEST(ResponseHead, HasTheFramingOfTheStandard) {
    const auto framing = [](std::string_view method, const std::string& status,
                            const std::string& fields) {
        return response("HTTP/1.1 " + status + " x\r\n" + fields + "\r\n", method)->head.framing;
    };
    const std::string chunked = "Transfer-Encoding: chunked\r\n";
    const std::string length = "Content-Length: 7\r\n";
    EXPECT_EQ(framing("GET", "200", chunked), Framing::chunked);
    EXPECT_EQ(framing("GET", "200", length), Framing::length);
    EXPECT_EQ(framing("GET", "200", ""), Framing::until_close);
    EXPECT_EQ(framing("HEAD", "200", chunked), Framing::none);
    EXPECT_EQ(framing("HEAD", "200", length), Framing::none);
    EXPECT_EQ(framing("HEAD", "200", ""), Framing::none);
    EXPECT_EQ(framing("GET", "304", length), Framing::none);
    EXPECT_EQ(framing("GET", "304", ""), Framing::none);
    EXPECT_EQ(framing("GET", "204", ""), Framing::none);
    EXPECT_EQ(framing("GET", "204", length), Framing::none);
    EXPECT_EQ(framing("GET", "100", ""), Framing::none);
    EXPECT_EQ(framing("GET", "103", "Link: x\r\n"), Framing::none);
    EXPECT_EQ(framing("GET", "101", "Content-Length: 0\r\n"), Framing::none);
    EXPECT_EQ(framing("CONNECT", "200", length), Framing::none);
    EXPECT_EQ(framing("head", "200", length), Framing::length);
}

TEST(ResponseHead, KeepsTheConnectionOnlyWhereTheBodyEndsForSure) {
    const auto kept = [](const std::string& start, const std::string& fields,
                         std::string_view method = "GET") {
        return response(start + "\r\n" + fields + "\r\n", method)->head.keep_alive;
    };
    EXPECT_TRUE(kept("HTTP/1.1 200 OK", "Content-Length: 1\r\n"));
    EXPECT_FALSE(kept("HTTP/1.1 200 OK", "Content-Length: 1\r\nConnection: close\r\n"));
    EXPECT_FALSE(kept("HTTP/1.1 200 OK", "Connection: keep-alive\r\n"));
    EXPECT_FALSE(kept("HTTP/1.0 200 OK", "Content-Length: 1\r\n"));
    EXPECT_TRUE(kept("HTTP/1.0 200 OK", "Content-Length: 1\r\nConnection: keep-alive\r\n"));
    EXPECT_TRUE(kept("HTTP/1.1 204 No Content", ""));
    EXPECT_TRUE(kept("HTTP/1.1 204 No Content", "Content-Length: 0\r\n"));
    EXPECT_FALSE(kept("HTTP/1.1 204 No Content", "Content-Length: 5\r\n"));
    EXPECT_FALSE(kept("HTTP/1.1 204 No Content", "Transfer-Encoding: chunked\r\n"));
    EXPECT_TRUE(kept("HTTP/1.1 200 OK", "Content-Length: 5\r\n", "HEAD"));
    EXPECT_TRUE(kept("HTTP/1.1 304 Not Modified", "Content-Length: 5\r\n"));
}

TEST(ResponseHead, ReadsHowLongTheUpstreamKeepsAConnection) {
    const auto timeout = [](const std::string& value) {
        return response("HTTP/1.1 204 x\r\nKeep-Alive: " + value + "\r\n\r\n")
            ->head.keep_alive_timeout_seconds;
    };
    EXPECT_EQ(timeout("timeout=5"), 5U);
    EXPECT_EQ(timeout("max=100, Timeout = 15"), 15U);
    EXPECT_EQ(timeout("max=100"), 0U);
    EXPECT_EQ(timeout("timeout"), 0U);
    EXPECT_EQ(timeout("timeout=-1"), 0U);
    EXPECT_EQ(timeout("timeout=99999999999999999999"), 0U);
    EXPECT_EQ(response("HTTP/1.1 204 x\r\n\r\n")->head.keep_alive_timeout_seconds, 0U);
}

TEST(ResponseHead, RefusesWhatCannotBecomeAnAnswerAtOnce) {
    ResponseHead head;
    const auto result = parse_response_head("SSH-2.0-", "GET", head);

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().status, 502);
    EXPECT_EQ(result.error().code, "malformed_response");
}

TEST(Iequals, IgnoresAsciiCaseAlone) {
    EXPECT_TRUE(iequals("", ""));
    EXPECT_TRUE(iequals("Content-Length", "cONTENT-lENGTH"));
    EXPECT_FALSE(iequals("a", "ab"));
    EXPECT_FALSE(iequals("[", "{"));
    EXPECT_FALSE(iequals("\xc4", "\xe4"));
}

}  // namespace
}  // namespace tallygate::http
