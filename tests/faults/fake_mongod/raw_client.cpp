#include "raw_client.h"

#include <stdexcept>

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "driver.h"
#include "http/endpoint.h"
#include "message_socket.h"
#include "wire_message.h"

namespace tallygate::fake_mongod {

RawClient::RawClient(const std::string& address)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.find(':') + 1)));
    const auto endpoint = http::literal_endpoint(address.substr(0, address.find(':')), port);
    const timeval patience{10, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (!endpoint || connect(socket_, endpoint->raw(), endpoint->size) != 0)
        throw std::runtime_error("cannot connect to " + address);
}

RawClient::~RawClient() {
    close(socket_);
}

void RawClient::send(std::string_view bytes) const {
    send_message(socket_, bytes);
}

void RawClient::end() const {
    shutdown(socket_, SHUT_WR);
}

std::optional<std::string> RawClient::answer() const {
    const auto read = read_message(socket_);
    if (!read || !*read) return std::nullopt;
    constexpr std::size_t kReplyBody = kHeaderSize + 20;
    constexpr std::size_t kMsgBody = kHeaderSize + 5;
    const bool is_reply = (*read)->at(12) == 1;
    return (*read)->substr(is_reply ? kReplyBody : kMsgBody);
}

std::string number_bytes(std::int32_t number) {
    return {reinterpret_cast<const char*>(&number), sizeof number};
}

std::string message(std::int32_t opcode, std::string_view rest) {
    std::string bytes = number_bytes(static_cast<std::int32_t>(kHeaderSize + rest.size()));
    bytes += number_bytes(1) + number_bytes(0) + number_bytes(opcode);
    return bytes.append(rest);
}

std::string op_msg(std::uint32_t flags, std::string_view sections) {
    return message(2013, number_bytes(static_cast<std::int32_t>(flags)).append(sections));
}

std::string bson_bytes(const std::string& json) {
    const auto document = bson_from(json);
    return {reinterpret_cast<const char*>(bson_get_data(document.get())), document->len};
}

std::string body_section(const std::string& json) {
    return std::string(1, '\0') + bson_bytes(json);
}

std::string sequence_section(std::string_view name, const std::string& json) {
    const std::string rest = std::string(name) + '\0' + bson_bytes(json);
    return '\1' + number_bytes(static_cast<std::int32_t>(rest.size() + 4)) + rest;
}

}  // namespace tallygate::fake_mongod
