#include "wire_message.h"

#include <cstring>
#include <optional>

#include <fmt/format.h>

namespace tallygate::fake_mongod {
namespace {

constexpr std::int32_t kOpReply = 1;
constexpr std::int32_t kOpQuery = 2004;
constexpr std::int32_t kOpMsg = 2013;

constexpr std::uint32_t kChecksumPresent = 1;
constexpr std::uint32_t kMoreToCome = 2;
constexpr std::uint32_t kMustBeKnown = 0xffff;  // flags that a receiver may not pass over

std::unexpected<Error> malformed(std::string what) {
    return failure(Errc::invalid_argument, "", std::move(what));
}

// Takes what it is asked for from the front of a text, or nothing where that is too short.
class Taker {
public:
    explicit Taker(std::string_view rest) : rest_(rest) {}

    template <class T>
    std::optional<T> number() {
        if (rest_.size() < sizeof(T)) return std::nullopt;
        T value{};
        rest_.copy(reinterpret_cast<char*>(&value), sizeof value);
        rest_.remove_prefix(sizeof value);
        return value;
    }
    std::optional<std::string_view> text() {
        const std::size_t end = rest_.find('\0');
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view text = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return text;
    }
    std::optional<std::string_view> bytes(std::int64_t size) {
        if (size < 0 || static_cast<std::size_t>(size) > rest_.size()) return std::nullopt;
        const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(size));
        rest_.remove_prefix(taken.size());
        return taken;
    }
    std::optional<BsonView> document() {
        const auto length = Taker(rest_).number<std::int32_t>();
        const auto taken = length ? bytes(*length) : std::nullopt;
        if (!taken || !well_formed(*taken)) return std::nullopt;
        return BsonView(*taken);
    }
    bool at_end() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

Result<DocumentSequence> take_sequence(Taker& rest) {
    const auto size = rest.number<std::int32_t>();
    const auto section = size ? rest.bytes(std::int64_t{*size} - 4) : std::nullopt;
    if (!section) return malformed("a section is longer than its message");
    Taker inside(*section);
    const auto name = inside.text();
    if (!name) return malformed("a section has no name");
    DocumentSequence sequence{*name, {}};
    while (!inside.at_end()) {
        const auto document = inside.document();
        if (!document) return malformed(fmt::format("a document of {} is malformed", *name));
        sequence.documents.push_back(*document);
    }
    return sequence;
}

Result<void> read_sections(Taker& rest, Request& request) {
    bool has_body = false;
    while (!rest.at_end()) {
        const auto kind = rest.number<std::uint8_t>();
        if (kind == 1) {
            auto sequence = take_sequence(rest);
            if (!sequence) return std::unexpected(sequence.error());
            request.sequences.push_back(std::move(*sequence));
            continue;
        }
        if (kind != 0) return malformed(fmt::format("a section is of kind {}", *kind));
        const auto body = rest.document();
        if (!body || body->empty()) return malformed("the command is malformed");
        if (has_body) return malformed("there are two commands in one message");
        has_body = true;
        request.body = *body;
    }
    if (!has_body) return malformed("there is no command in the message");
    const auto database = request.body.find("$db");
    if (!database || database->text().empty()) return malformed("the command names no database");
    request.database = database->text();
    return {};
}

Result<void> read_msg(std::string_view bytes, Request& request) {
    Taker rest(bytes);
    const auto flags = rest.number<std::uint32_t>();
    if (!flags) return malformed("the message ends before its flags do");
    if ((*flags & kMustBeKnown & ~(kChecksumPresent | kMoreToCome)) != 0)
        return malformed(fmt::format("unknown flags {:#x}", *flags));
    request.wants_answer = (*flags & kMoreToCome) == 0;
    if ((*flags & kChecksumPresent) != 0) {
        if (bytes.size() < 8) return malformed("the message ends before its checksum does");
        rest = Taker(bytes.substr(4, bytes.size() - 8));
    }
    return read_sections(rest, request);
}

Result<void> read_query(std::string_view bytes, Request& request) {
    Taker rest(bytes);
    const auto flags = rest.number<std::uint32_t>();
    const auto collection = rest.text();
    const auto skip = rest.number<std::int32_t>();
    const auto count = rest.number<std::int32_t>();
    const auto body = rest.document();
    if (!flags || !collection || !skip || !count || !body || body->empty() || !rest.at_end())
        return malformed("the query is malformed");
    if (!collection->ends_with(".$cmd")) return malformed("the query is not a command");
    request.is_legacy = true;
    request.database = collection->substr(0, collection->size() - 5);
    request.body = *body;
    return {};
}

void append_number(std::string& bytes, std::int32_t number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace

std::string Request::name_space() const {
    return fmt::format("{}.{}", database, argument().text());
}

Outcome<std::vector<BsonView>> Request::documents(std::string_view name) const {
    std::vector<BsonView> documents;
    int lists = 0;
    for (const DocumentSequence& sequence : sequences) {
        if (sequence.name != name)
            return bad_value(fmt::format("{} has no argument {}", command(), sequence.name));
        documents = sequence.documents;
        ++lists;
    }
    if (const auto inside = body.find(name)) {
        if (inside->type != BsonType::array) return bad_value(fmt::format("{} is no array", name));
        ++lists;
        for (const BsonField& element : inside->fields()) {
            if (element.value.type != BsonType::object)
                return bad_value(fmt::format("{} holds something but documents", name));
            documents.push_back(element.value.fields());
        }
    }
    if (lists != 1 || documents.empty())
        return bad_value(fmt::format("{} needs one list of {}", command(), name));
    return documents;
}

Result<std::size_t> message_size(std::string_view header) {
    const auto size = Taker(header).number<std::int32_t>();
    if (!size || *size < static_cast<std::int32_t>(kHeaderSize) ||
        static_cast<std::size_t>(*size) > kMaxMessage)
        return malformed(fmt::format("no message is {} bytes long", size.value_or(0)));
    return static_cast<std::size_t>(*size);
}

Result<Request> parse_request(std::string bytes) {
    Request request;
    request.bytes = std::make_shared<const std::string>(std::move(bytes));
    Taker header(*request.bytes);
    const auto size = header.number<std::int32_t>();
    const auto id = header.number<std::int32_t>();
    const auto answers = header.number<std::int32_t>();
    const auto opcode = header.number<std::int32_t>();
    if (!size || !id || !answers || !opcode) return malformed("the header is cut");
    request.id = *id;
    const std::string_view rest = std::string_view(*request.bytes).substr(kHeaderSize);
    Result<void> read;
    if (*opcode == kOpMsg) {
        read = read_msg(rest, request);
    } else if (*opcode == kOpQuery) {
        read = read_query(rest, request);
    } else {
        return malformed(fmt::format("fake_mongod does not speak opcode {}", *opcode));
    }
    if (!read) return std::unexpected(read.error());
    return request;
}

std::string answer_message(const Request& request, std::string_view document) {
    std::string bytes;
    append_number(bytes, 0);  // the length, below
    append_number(bytes, 0);
    append_number(bytes, request.id);
    if (request.is_legacy) {
        append_number(bytes, kOpReply);
        append_number(bytes, 8);  // flag: waits for new data where it is asked to
        bytes.append(12, '\0');   // no cursor, from the first document
        append_number(bytes, 1);  // one document
    } else {
        append_number(bytes, kOpMsg);
        bytes.append(5, '\0');  // no flags; a section of kind 0
    }
    bytes += document;
    const auto size = static_cast<std::int32_t>(bytes.size());
    std::memcpy(bytes.data(), &size, sizeof size);
    return bytes;
}

}  // namespace tallygate::fake_mongod
