#include "journal/segment_format.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "journal/event_codec.h"

namespace tallygate::journal {
namespace {

constexpr std::string_view kMagic = "TGJRNL01";
constexpr std::size_t kHeaderCrcAt = kSegmentHeaderBytes - 4;

template <class T>
void put(std::string& out, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
        out.push_back(static_cast<char>(value >> (8 * i)));
}

template <class T>
T get(std::string_view bytes, std::size_t at) {
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        value |=
            static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[at + i])) << (8 * i));
    }
    return value;
}

template <class T>
void set(std::string& out, std::size_t at, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
        out[at + i] = static_cast<char>(value >> (8 * i));
}

void put_uuid(std::string& out, const Uuid& id) {
    out.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}
Uuid get_uuid(std::string_view bytes, std::size_t at) {
    Uuid id;
    std::memcpy(id.bytes.data(), bytes.data() + at, id.bytes.size());
    return id;
}

std::size_t padded(std::size_t bytes) {
    return (bytes + 7) & ~std::size_t{7};
}

// Over everything but the checksum's own four bytes.
std::uint32_t record_crc(std::string_view header, std::string_view payload) {
    const std::uint32_t size_part = crc32c(header.substr(0, 4));
    return crc32c(payload, crc32c(header.substr(8, 8), size_part));
}

bool is_zero(std::string_view bytes) {
    return std::ranges::all_of(bytes, [](char c) { return c == 0; });
}

}  // namespace

std::string encode_header(const SegmentHeader& header) {
    std::string out(kMagic);
    put(out, header.sequence);
    put(out, header.segment_id);
    put_uuid(out, header.writer);
    put_uuid(out, header.incarnation);
    put(out, static_cast<std::uint64_t>(micros(header.created)));
    put(out, header.first_n);
    put(out, header.oldest_open);
    put_uuid(out, header.before.incarnation);
    put(out, header.before.n);
    out.resize(kHeaderCrcAt);
    put(out, crc32c(out));
    return out;
}

std::optional<SegmentHeader> decode_header(std::string_view bytes) {
    if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kMagic)) return std::nullopt;
    if (crc32c(bytes.substr(0, kHeaderCrcAt)) != get<std::uint32_t>(bytes, kHeaderCrcAt))
        return std::nullopt;
    SegmentHeader header;
    header.sequence = get<std::uint64_t>(bytes, 8);
    header.segment_id = get<std::uint64_t>(bytes, 16);
    header.writer = get_uuid(bytes, 24);
    header.incarnation = get_uuid(bytes, 40);
    header.created = timestamp_of(static_cast<std::int64_t>(get<std::uint64_t>(bytes, 56)));
    header.first_n = get<std::uint64_t>(bytes, 64);
    header.oldest_open = get<std::uint64_t>(bytes, 72);
    header.before = {get_uuid(bytes, 80), get<std::uint64_t>(bytes, 96)};
    return header;
}

void put_call_key(std::string& out, const CallKey& key) {
    put_uuid(out, key.incarnation);
    put(out, key.call_id);
}
CallKey get_call_key(std::string_view payload) {
    return {get_uuid(payload, 0), get<std::uint64_t>(payload, 16)};
}

CallKey get_open_key(const Uuid& incarnation, std::string_view payload) {
    return {incarnation, get<std::uint64_t>(payload, 0)};
}

void put_synced(std::string& out, const SyncedUpTo& position) {
    put(out, position.sequence);
    put(out, position.offset);
}
SyncedUpTo get_synced(std::string_view payload) {
    return {get<std::uint64_t>(payload, 0), get<std::uint64_t>(payload, 8)};
}

std::string begin_record() {
    return std::string(kRecordHeaderBytes, '\0');
}

void seal_record(std::string& record, RecordType type, std::uint32_t tag) {
    const std::size_t payload = record.size() - kRecordHeaderBytes;
    set(record, 0, static_cast<std::uint32_t>(payload));
    set(record, 8, static_cast<std::uint32_t>(type));
    set(record, 12, tag);
    const std::string_view view = record;
    set(record, 4, record_crc(view.substr(0, kRecordHeaderBytes), view.substr(kRecordHeaderBytes)));
    record.resize(padded(record.size()));
}

Record read_record(std::string_view bytes, std::uint32_t tag) {
    Record record;
    if (bytes.size() < kRecordHeaderBytes) return record;
    const std::string_view header = bytes.substr(0, kRecordHeaderBytes);
    if (is_zero(header)) return record;
    record.state = Record::State::bad;
    const auto size = get<std::uint32_t>(header, 0);
    const auto type = get<std::uint32_t>(header, 8);
    if (size > kMaxRecordBytes || padded(kRecordHeaderBytes + size) > bytes.size()) return record;
    record.payload = bytes.substr(kRecordHeaderBytes, size);
    record.expected_crc = get<std::uint32_t>(header, 4);
    record.found_crc = record_crc(header, record.payload);
    if (record.found_crc != record.expected_crc || get<std::uint32_t>(header, 12) != tag)
        return record;
    if (type < 1 || type > 4) return record;
    const std::size_t whole = padded(kRecordHeaderBytes + size);
    if (!is_zero(bytes.substr(kRecordHeaderBytes + size, whole - kRecordHeaderBytes - size)))
        return record;
    record.type = static_cast<RecordType>(type);
    const bool has_key = record.type == RecordType::close || record.type == RecordType::incomplete;
    if (size < (has_key ? kCallKeyBytes : record.type == RecordType::marker ? 16U : 8U))
        return record;
    record.state = Record::State::whole;
    record.bytes = whole;
    return record;
}

std::filesystem::path segment_path(const std::filesystem::path& directory, std::uint64_t sequence) {
    return directory / fmt::format("{:010}.seg", sequence);
}

std::optional<std::uint64_t> sequence_of(const std::filesystem::path& file) {
    if (file.extension() != ".seg") return std::nullopt;
    const std::string stem = file.stem().string();
    std::uint64_t sequence = 0;
    const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), sequence);
    if (error != std::errc{} || end != stem.data() + stem.size() || stem.size() < 10)
        return std::nullopt;
    return sequence;
}

}  // namespace tallygate::journal
