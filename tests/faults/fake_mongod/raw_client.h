// A client without a library: any bytes, and messages that a driver would never send.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tallygate::fake_mongod {

// Blocking; waits 10 seconds for an answer. One thread.
class RawClient {
public:
    // Of "127.0.0.1:41234".
    explicit RawClient(const std::string& address);
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void send(std::string_view bytes) const;
    // Says that nothing more comes.
    void end() const;
    // The document of the next answer; nothing where the server has closed.
    std::optional<std::string> answer() const;

private:
    int socket_ = -1;
};

// A message with its header.
std::string message(std::int32_t opcode, std::string_view rest);
// OP_MSG with these flags and sections.
std::string op_msg(std::uint32_t flags, std::string_view sections);
// A section of kind 0 and of kind 1.
std::string body_section(const std::string& json);
std::string sequence_section(std::string_view name, const std::string& json);
// The bytes of a document and of a number.
std::string bson_bytes(const std::string& json);
std::string number_bytes(std::int32_t number);

}  // namespace tallygate::fake_mongod
