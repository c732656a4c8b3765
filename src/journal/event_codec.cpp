#include "journal/event_codec.h"

#include <array>
#include <cstring>
#include <optional>

namespace tallygate::journal {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMaxTags = 1'000;
constexpr std::uint8_t kSuccess = 1;
constexpr std::uint8_t kStreamed = 2;
constexpr std::uint8_t kClientGone = 4;

// The texts of an event, in the order they are written in.
constexpr std::array kTexts = {
    &UsageEvent::corrects,       &UsageEvent::user_id,       &UsageEvent::endpoint,
    &UsageEvent::operation_type, &UsageEvent::price_version, &UsageEvent::request_id,
    &UsageEvent::model,          &UsageEvent::provider,      &UsageEvent::tier,
    &UsageEvent::key_id,         &UsageEvent::team,          &UsageEvent::error_class};

std::uint64_t zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t unzigzag(std::uint64_t value) {
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

void put_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}
void put_signed(std::string& out, std::int64_t value) {
    put_varint(out, zigzag(value));
}
void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out += text;
}
void put_uuid(std::string& out, const Uuid& id) {
    out.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

// The optional numbers as eight-byte values, in the order they are written in.
std::array<std::optional<std::int64_t>, 9> optional_numbers(const UsageEvent& event) {
    const TokenCounts& t = event.tokens;
    std::array<std::optional<std::int64_t>, 9> numbers = {
        t.input,     t.cache_read, t.cache_write,      t.output,
        t.reasoning, t.delivered,  event.cost_nano_usd};
    if (event.status) numbers[7] = *event.status;
    if (event.time_to_first_token) numbers[8] = event.time_to_first_token->count();
    return numbers;
}

void set_optional_numbers(UsageEvent& event,
                          const std::array<std::optional<std::int64_t>, 9>& numbers) {
    event.tokens = {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]};
    event.cost_nano_usd = numbers[6];
    if (numbers[7]) event.status = static_cast<std::int32_t>(*numbers[7]);
    if (numbers[8]) event.time_to_first_token = std::chrono::microseconds(*numbers[8]);
}

// Reads from the front of untrusted bytes; once it has failed it stays so.
class Cursor {
public:
    explicit Cursor(std::string_view bytes) : rest_(bytes) {}

    bool ok() const { return ok_; }
    bool done() const { return ok_ && rest_.empty(); }

    std::uint8_t byte() {
        if (rest_.empty()) return fail();
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t next = byte();
            // The tenth byte has room for one bit; a last byte of zero would be a second spelling.
            if (!ok_ || (shift == 63 && next > 1) || (next == 0 && shift > 0)) return fail();
            value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
        return fail();
    }
    std::int64_t signed_number() { return unzigzag(varint()); }
    std::string_view text() {
        const std::uint64_t size = varint();
        if (!ok_ || size > rest_.size()) {
            fail();
            return {};
        }
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    Uuid uuid() {
        Uuid id;
        if (rest_.size() < id.bytes.size()) {
            fail();
            return id;
        }
        std::memcpy(id.bytes.data(), rest_.data(), id.bytes.size());
        rest_.remove_prefix(id.bytes.size());
        return id;
    }
    std::uint8_t fail() {
        ok_ = false;
        return 0;
    }

private:
    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace

void encode_event(const UsageEvent& event, std::string& out) {
    out.push_back(static_cast<char>(kVersion));
    out.push_back(static_cast<char>(event.kind));
    out.push_back(static_cast<char>(event.token_source));
    out.push_back(static_cast<char>((event.success ? kSuccess : 0) |
                                    (event.streamed ? kStreamed : 0) |
                                    (event.client_gone ? kClientGone : 0)));
    put_uuid(out, event.id.writer);
    put_uuid(out, event.id.position.incarnation);
    put_varint(out, event.id.position.n);
    put_signed(out, event.operations);
    put_signed(out, micros(event.timestamp));
    put_signed(out, event.response_time.count());
    put_signed(out, event.tokens_used);
    const auto numbers = optional_numbers(event);
    std::uint64_t known = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i)
        known |= static_cast<std::uint64_t>(numbers[i].has_value()) << i;
    put_varint(out, known);
    for (const auto& number : numbers) {
        if (number) put_signed(out, *number);
    }
    for (const auto text : kTexts)
        put_text(out, event.*text);
    put_varint(out, event.tags.size());
    for (const std::string& tag : event.tags)
        put_text(out, tag);
}

Result<UsageEvent> decode_event(std::string_view bytes) {
    const auto damaged = [](const char* what) {
        return failure(Errc::data_loss, "",
                       std::string("not an event that this version knows: ") + what);
    };
    Cursor in(bytes);
    if (in.byte() != kVersion) return damaged("unknown version");
    UsageEvent event;
    const std::uint8_t kind = in.byte();
    const std::uint8_t source = in.byte();
    const std::uint8_t flags = in.byte();
    if (kind > 2 || source > 3 || flags > 7) return damaged("kind, source or flags");
    event.kind = static_cast<EventKind>(kind);
    event.token_source = static_cast<TokenSource>(source);
    event.success = (flags & kSuccess) != 0;
    event.streamed = (flags & kStreamed) != 0;
    event.client_gone = (flags & kClientGone) != 0;
    event.id.writer = in.uuid();
    event.id.position.incarnation = in.uuid();
    event.id.position.n = in.varint();
    event.operations = in.signed_number();
    event.timestamp = timestamp_of(in.signed_number());
    event.response_time = std::chrono::microseconds(in.signed_number());
    event.tokens_used = in.signed_number();
    const std::uint64_t known = in.varint();
    if (known >= (1U << 9)) return damaged("presence mask");
    std::array<std::optional<std::int64_t>, 9> numbers;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if ((known >> i) & 1) numbers[i] = in.signed_number();
    }
    if (numbers[7] && (*numbers[7] < INT32_MIN || *numbers[7] > INT32_MAX))
        return damaged("status");
    set_optional_numbers(event, numbers);
    for (const auto text : kTexts)
        event.*text = in.text();
    const std::uint64_t tags = in.varint();
    if (!in.ok() || tags > kMaxTags) return damaged("a field");
    for (std::uint64_t i = 0; i < tags && in.ok(); ++i)
        event.tags.emplace_back(in.text());
    if (!in.done()) return damaged("length");
    return event;
}

std::uint32_t event_checksum(const UsageEvent& event) {
    thread_local std::string bytes;
    bytes.clear();
    encode_event(event, bytes);
    return crc32c(bytes);
}

}  // namespace tallygate::journal
