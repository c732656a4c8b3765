// What an upstream gets of a request's fields, by way of the relay.
#include "gateway/forwarded_head.h"

#include "gateway/relay_fixture.h"

namespace tallygate::gateway {
namespace {

class ForwardedHead : public RelayTest {
protected:
    // The head that the upstream gets of a request with these lines.
    std::string forwarded(std::string_view lines) {
        std::string head;
        start([&](int fd) {
            head = receive_until(fd, "\r\n\r\n");
            send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        });
        ask("GET /x HTTP/1.1\r\nHost: app\r\nConnection: close\r\n" + std::string(lines) + "\r\n");
        upstream_.reset();  // ends its thread
        return head;
    }
};

TEST_F(ForwardedHead, SetsACredentialAloneHoweverTheClientSpellsTheFieldsName) {
    config_.auth = UpstreamAuth::header;
    config_.auth_header = "X-Api-Key";
    config_.credential = Secret("key-of-the-gateway");

    const std::string head = forwarded(
        "X-API-KEY: theirs\r\nX_Api_Key: theirs\r\nx_api-key: theirs\r\nX-Other: kept\r\n");

    EXPECT_NE(head.find("X-Api-Key: key-of-the-gateway\r\n"), std::string::npos) << head;
    EXPECT_EQ(head.find("theirs"), std::string::npos) << head;
    EXPECT_NE(head.find("X-Other: kept\r\n"), std::string::npos) << head;
}

TEST_F(ForwardedHead, GivesAProviderNoneOfTheClientsKeysHoweverSpelt) {
    config_.api = ProviderApi::gemini;
    config_.auth = UpstreamAuth::strip;

    const std::string head = forwarded(
        "X_Goog_Api_Key: theirs\r\nApi_Key: theirs\r\nX-Api_Key: theirs\r\nCookie: theirs\r\n");

    EXPECT_EQ(head.find("theirs"), std::string::npos) << head;
}

}  // namespace
}  // namespace tallygate::gateway
