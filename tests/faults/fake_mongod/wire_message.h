// MongoDB's wire protocol: requests from bytes, answers into bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson_view.h"
#include "failure.h"

namespace tallygate::fake_mongod {

constexpr std::size_t kHeaderSize = 16;
constexpr std::size_t kMaxMessage = 48'000'000;
constexpr std::size_t kMaxDocument = std::size_t{16} << 20;

// A section of kind 1: the documents of an argument beside the command.
struct DocumentSequence {
    std::string_view name;
    std::vector<BsonView> documents;
};

// A command as it came. Copies share the bytes that everything points into.
struct Request {
    std::shared_ptr<const std::string> bytes;
    std::int32_t id = 0;
    bool is_legacy = false;    // OP_QUERY: only for the first handshake
    bool wants_answer = true;  // false: the client has said that it reads none
    std::string_view database;
    BsonView body;
    std::vector<DocumentSequence> sequences;

    std::string_view command() const { return body.begin()->name; }
    // The value beside the command's name, as the collection.
    BsonValue argument() const { return body.begin()->value; }
    // "database.collection"
    std::string name_space() const;
    // An argument that is a list of documents, in the body or in a sequence. BadValue where it is
    // missing, there twice, or holds something else.
    Outcome<std::vector<BsonView>> documents(std::string_view name) const;
};

// How long the message is that begins with these 16 bytes. Fails with invalid_argument where that
// cannot be.
Result<std::size_t> message_size(std::string_view header);

// Reads a whole message: OP_MSG (a checksum is passed over) or OP_QUERY of a command. Fails with
// invalid_argument, saying what is wrong, for anything else: the connection is of no use any more.
Result<Request> parse_request(std::string bytes);

// The message that answers `request` with `document`.
std::string answer_message(const Request& request, std::string_view document);

}  // namespace tallygate::fake_mongod
