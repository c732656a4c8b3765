// Heads that two servers could read in two ways. Each is refused, and nothing of it may reach an
// upstream.
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "http/head.h"

namespace tallygate::http {
namespace {

using std::string_literals::operator""s;

struct Case {
    std::string bytes;
    int status;
    std::string code;
};
std::string name_of(const Case& test) {
    return testing::PrintToString(test.bytes.substr(0, 200));
}

Case bad(std::string bytes) {
    return {std::move(bytes), 400, "malformed_request"};
}
Case unclear(std::string bytes) {
    return {std::move(bytes), 400, "ambiguous_framing"};
}
Case other_version(std::string bytes) {
    return {std::move(bytes), 505, "version_not_supported"};
}

// Each part goes where it stands in an otherwise good request.
std::string line(const std::string& text) {
    return text + "\r\nHost: a\r\n\r\n";
}
std::string field(const std::string& text) {
    return "POST /ai/chat HTTP/1.1\r\nHost: a\r\n" + text + "\r\n\r\n";
}
std::string host(const std::string& text) {
    return "GET / HTTP/1.1\r\nHost: " + text + "\r\n\r\n";
}
std::string old(const std::string& text) {
    return "POST / HTTP/1.0\r\n" + text + "\r\n\r\n";
}

std::vector<Case> malformed_requests() {
    return {
        // The request line.
        bad(line("GET")),
        bad(line("GET /")),
        bad(line("GET / ")),
        bad(line("GET  / HTTP/1.1")),
        bad(line("GET /  HTTP/1.1")),
        bad(line("GET / HTTP/1.1 ")),
        bad(line("GET / HTTP/1.1 x")),
        bad(line("GET /a b HTTP/1.1")),
        bad(line(" GET / HTTP/1.1")),
        bad(line("\tGET / HTTP/1.1")),
        bad(line("GET\t/ HTTP/1.1")),
        bad(line("GET /\tHTTP/1.1")),
        bad(line("GET /\x0b HTTP/1.1")),
        bad(line("GET HTTP/1.1")),
        bad(line("G(T / HTTP/1.1")),
        bad(line("GET: / HTTP/1.1")),
        bad(line("G\xc3\x89T / HTTP/1.1")),
        bad(line("GET\0 / HTTP/1.1"s)),
        bad(line("GET /\0 HTTP/1.1"s)),
        bad(line("GET /\x7f HTTP/1.1")),
        bad(line("GET /\x01 HTTP/1.1")),
        bad(line("GET /a\tb HTTP/1.1")),
        bad(line("GET / HTTP/1.1\r")),
        bad(line("GET /\rHTTP/1.1")),
        bad(line("\r\n\r\nGET / HTTP/1.1")),
        bad(line("\nGET / HTTP/1.1")),
        // The version.
        bad(line("GET / http/1.1")),
        bad(line("GET / HTTP1.1")),
        bad(line("GET / HTTP/1")),
        bad(line("GET / HTTP/1.")),
        bad(line("GET / HTTP/11")),
        bad(line("GET / HTTP/1.10")),
        bad(line("GET / HTTP/01.1")),
        bad(line("GET / HTTP/1,1")),
        bad(line("GET / HTTP/1.x")),
        bad(line("GET / HTTP/ 1.1")),
        bad(line("GET / HTTPS/1.1")),
        bad(line("GET / ICY/1.1")),
        other_version(line("GET / HTTP/0.9")),
        other_version(line("GET / HTTP/2.0")),
        other_version(line("GET / HTTP/2.1")),
        other_version(line("GET / HTTP/9.9")),
        other_version("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        // Line ends.
        bad("GET / HTTP/1.1\nHost: a\n\n"),
        bad("GET / HTTP/1.1\r\nHost: a\n\r\n"),
        bad("GET / HTTP/1.1\r\nHost: a\r\n\n"),
        bad(field("A: b\nContent-Length: 5")),
        bad(field("A: b\rContent-Length: 5")),
        bad(field("A: b\r\r")),
        bad(field("A: b\r")),
        bad(field("\rA: b")),
        bad(field("A\r: b")),
        // Folding, and lines that are no field.
        bad(field("A: b\r\n c")),
        bad(field("A: b\r\n\tc")),
        bad(field("Transfer-Encoding:\r\n chunked")),
        bad(field("A: b\r\n ")),
        bad("GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
        bad("GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n"),
        bad(field("no colon at all")),
        bad(field("GET /other HTTP/1.1")),
        bad(field(":")),
        bad(field(": value")),
        // Names.
        bad(field("Content-Length : 5")),
        bad(field("Content-Length\t: 5")),
        bad(field("Transfer-Encoding : chunked")),
        bad(field("Content Length: 5")),
        bad(field("Content-Length\0: 5"s)),
        bad(field("\0Content-Length: 5"s)),
        bad(field("Content-Length\x0b: 5")),
        bad(field("Content-Length\x7f: 5")),
        bad(field("\"Content-Length\": 5")),
        bad(field("X(comment): 5")),
        bad(field("X[0]: 5")),
        bad(field("X/Y: 5")),
        bad(field("X@: 5")),
        bad(field("\xef\xbb\xbfX: 5")),
        bad(field("Tr\xc3\xa4nsfer: 5")),
        // Values.
        bad(field("A: b\0c"s)),
        bad(field("A: \0"s)),
        bad(field("A: \x01")),
        bad(field("A: \x0b")),
        bad(field("A: \x0c")),
        bad(field("A: \x1b[0m")),
        bad(field("A: \x7f")),
        // Host.
        bad("GET / HTTP/1.1\r\n\r\n"),
        bad("GET / HTTP/1.1\r\nX: a\r\n\r\n"),
        bad("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
        bad("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n"),
        bad(old("Host: a\r\nHost: b")),
        bad(host("")),
        bad(host("a b")),
        bad(host("a, b")),
        bad(host("a,b")),
        bad(host("user@a")),
        bad(host("a/b")),
        bad(host("http://a")),
        bad(host("a?b")),
        bad(host("a#b")),
        bad(host("a\\b")),
        bad(host("a:80:80")),
        bad(host("a:8x")),
        bad(host("a:-1")),
        bad(host("a:123456")),
        bad(host(":80")),
        bad(host("[::1")),
        bad(host("[]")),
        bad(host("[::1]x")),
        bad(host("[g::1]")),
        bad(host("::1")),
        bad(host("\xc3\xa4")),
        // Content-Length.
        bad(field("Content-Length:")),
        bad(field("Content-Length: +5")),
        bad(field("Content-Length: -5")),
        bad(field("Content-Length: 0x5")),
        bad(field("Content-Length: 5_0")),
        bad(field("Content-Length: 5 0")),
        bad(field("Content-Length: 5.0")),
        bad(field("Content-Length: 5e1")),
        bad(field("Content-Length: 5,5")),
        bad(field("Content-Length: 5, 6")),
        bad(field("Content-Length: \"5\"")),
        bad(field("Content-Length: five")),
        bad(field("Content-Length: \xef\xbc\x95")),
        {field("Content-Length: 18446744073709551616"), 413, "payload_too_large"},
        {field("Content-Length: 99999999999999999999999999"), 413, "payload_too_large"},
        unclear(field("Content-Length: 5\r\nContent-Length: 5")),
        unclear(field("Content-Length: 5\r\ncontent-length: 6")),
        unclear(field("Content-Length: 0\r\nX: y\r\nCONTENT-LENGTH: 5")),
        // Transfer-Encoding.
        unclear(field("Content-Length: 5\r\nTransfer-Encoding: chunked")),
        unclear(field("Transfer-Encoding: chunked\r\nContent-Length: 5")),
        unclear(field("Transfer-Encoding: chunked\r\nContent-Length: 0")),
        unclear(field("Transfer-Encoding: identity\r\nContent-Length: 5")),
        unclear(field("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")),
        unclear(field("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity")),
        unclear(field("Transfer-Encoding:")),
        unclear(field("Transfer-Encoding: ,")),
        unclear(field("Transfer-Encoding: identity")),
        unclear(field("Transfer-Encoding: gzip")),
        unclear(field("Transfer-Encoding: chunked, gzip")),
        unclear(field("Transfer-Encoding: chunked, chunked")),
        unclear(field("Transfer-Encoding: chunked, identity")),
        unclear(field("Transfer-Encoding: xchunked")),
        unclear(field("Transfer-Encoding: chunkedx")),
        unclear(field("Transfer-Encoding: chunked;q=1")),
        unclear(field("Transfer-Encoding: \"chunked\"")),
        unclear(field("Transfer-Encoding: 'chunked'")),
        unclear(field("Transfer-Encoding: chunked x")),
        unclear(field("Transfer-Encoding: chunk\xc3\xa9"
                      "d")),
        bad(field("Transfer-Encoding: chunked\x0b")),
        bad(field("Transfer-Encoding: \x00"
                  "chunked"s)),
        unclear(old("Transfer-Encoding: chunked")),
        {field("Transfer-Encoding: gzip, chunked"), 501, "unsupported_transfer_coding"},
        // The lists of RFC 9110 may hold empty elements; that is no reason to guess.
        {field("Transfer-Encoding: x, ,chunked"), 501, "unsupported_transfer_coding"},
        // Expect.
        {field("Expect: 200-ok"), 417, "expectation_failed"},
        {field("Expect:"), 417, "expectation_failed"},
        {field("Expect: 100-continue, x"), 417, "expectation_failed"},
        {field("Expect: x\r\nExpect: 100-continue"), 417, "expectation_failed"},
    };
}

TEST(MalformedRequest, IsRefused) {
    for (const Case& test : malformed_requests()) {
        SCOPED_TRACE(name_of(test));
        RequestHead head;

        const auto result = parse_request_head(test.bytes, head);

        ASSERT_FALSE(result.has_value());
        EXPECT_EQ(result.error().status, test.status) << result.error().detail;
        EXPECT_EQ(result.error().code, test.code) << result.error().detail;
        EXPECT_FALSE(result.error().detail.empty());
    }
}

TEST(MalformedRequest, IsNeverTakenWhileItArrives) {
    for (const Case& test : malformed_requests()) {
        SCOPED_TRACE(name_of(test));
        RequestHead head;

        for (std::size_t size = 0; size < test.bytes.size(); ++size) {
            const auto result =
                parse_request_head(std::string_view(test.bytes).substr(0, size), head);
            EXPECT_FALSE(result.has_value() && *result) << size;
        }
    }
}

std::string status_line(const std::string& text) {
    return text + "\r\nContent-Length: 0\r\n\r\n";
}
std::string answer(const std::string& text) {
    return "HTTP/1.1 200 OK\r\n" + text + "\r\n\r\n";
}
Case bad_answer(std::string bytes) {
    return {std::move(bytes), 502, "malformed_response"};
}
Case unclear_answer(std::string bytes) {
    return {std::move(bytes), 502, "ambiguous_framing"};
}

std::vector<Case> malformed_responses() {
    std::string fields = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 101; ++i) {
        fields += "a:\r\n";
    }
    return {
        bad_answer(status_line("HTTP/1.1")),
        bad_answer(status_line("HTTP/1.1 ")),
        bad_answer(status_line("HTTP/1.1 20")),
        bad_answer(status_line("HTTP/1.1 2000 OK")),
        bad_answer(status_line("HTTP/1.1 099 x")),
        bad_answer(status_line("HTTP/1.1 000 x")),
        bad_answer(status_line("HTTP/1.1  200 OK")),
        bad_answer(status_line("HTTP/1.1 +20 OK")),
        bad_answer(status_line("HTTP/1.1 2x0 OK")),
        bad_answer(status_line("HTTP/1.1 200\tOK")),
        bad_answer(status_line("HTTP/1.1\t200 OK")),
        bad_answer(status_line("HTTP/1.1 200 O\0K"s)),
        bad_answer(status_line("HTTP/1.1 200 O\rK")),
        bad_answer(status_line("HTTP/1.1 200 O\x1bK")),
        bad_answer(status_line("http/1.1 200 OK")),
        bad_answer(status_line("ICY 200 OK")),
        bad_answer(status_line("\r\nHTTP/1.1 200 OK")),
        bad_answer(status_line(" HTTP/1.1 200 OK")),
        bad_answer(status_line("HTTP/1.10 200 OK")),
        bad_answer(status_line("200 OK")),
        {status_line("HTTP/2.0 200 OK"), 502, "version_not_supported"},
        {status_line("HTTP/0.9 200 OK"), 502, "version_not_supported"},
        bad_answer("HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
        bad_answer(answer("A: b\nContent-Length: 0")),
        bad_answer(answer("A: b\r\n folded")),
        bad_answer(answer("A : b")),
        bad_answer(answer("A: \0"s)),
        bad_answer(answer(": b")),
        bad_answer(answer("no colon")),
        bad_answer(answer("Content-Length: 5,5")),
        bad_answer(answer("Content-Length: -1")),
        bad_answer(answer("Content-Length:")),
        {answer("Content-Length: 18446744073709551616"), 502, "payload_too_large"},
        unclear_answer(answer("Content-Length: 5\r\nContent-Length: 5")),
        unclear_answer(answer("Content-Length: 5\r\nTransfer-Encoding: chunked")),
        unclear_answer(answer("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")),
        unclear_answer(answer("Transfer-Encoding: identity")),
        unclear_answer(answer("Transfer-Encoding: gzip")),
        unclear_answer(answer("Transfer-Encoding: chunked, chunked")),
        {answer("Transfer-Encoding: gzip, chunked"), 502, "unsupported_transfer_coding"},
        unclear_answer("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        unclear_answer("HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n"),
        unclear_answer("HTTP/1.1 101 x\r\nTransfer-Encoding: chunked\r\n\r\n"),
        unclear_answer("HTTP/1.1 204 x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"),
        {"HTTP/1.1 200 " + std::string(9000, 'x'), 502, "target_too_long"},
        {"HTTP/1.1 200 OK\r\nA: " + std::string(33'000, 'x'), 502, "header_too_large"},
        {fields, 502, "header_too_large"},
    };
}

TEST(MalformedResponse, IsRefusedAsABadGateway) {
    for (const Case& test : malformed_responses()) {
        SCOPED_TRACE(name_of(test));
        ResponseHead head;

        const auto result = parse_response_head(test.bytes, "GET", head);

        ASSERT_FALSE(result.has_value());
        EXPECT_EQ(result.error().status, test.status);
        EXPECT_EQ(result.error().code, test.code) << result.error().detail;
        EXPECT_FALSE(result.error().detail.empty());
    }
}

}  // namespace
}  // namespace tallygate::http
