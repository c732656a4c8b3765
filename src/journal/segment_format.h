// What stands where in a segment file. The page about it: docs/journal_format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/utc_time.h"
#include "usage/event.h"

namespace tallygate::journal {

inline constexpr std::size_t kSegmentHeaderBytes = 128;
inline constexpr std::size_t kRecordHeaderBytes = 16;
// Larger than any record; what may be lost at a segment's end.
inline constexpr std::size_t kMaxRecordBytes = std::size_t{16} * 1024;

struct SegmentHeader {
    std::uint64_t sequence = 0;
    std::uint64_t segment_id = 0;  // random, so that recycled space never parses
    Uuid writer;
    Uuid incarnation;
    Timestamp created;
    std::uint64_t first_n = 1;      // the number that the next event gets
    std::uint64_t oldest_open = 0;  // the first segment that may hold an OPEN without its end
    LogPosition before;  // the last event that was written before this segment, of whatever run

    std::uint32_t tag() const { return static_cast<std::uint32_t>(segment_id); }
};

std::string encode_header(const SegmentHeader& header);
// Nothing where the bytes are not a header that was written whole.
std::optional<SegmentHeader> decode_header(std::string_view bytes);

enum class RecordType : std::uint8_t { open = 1, close = 2, incomplete = 3, marker = 4 };

// OPEN: call id, then the draft. CLOSE and INCOMPLETE: the call's incarnation and id, then the
// event. MARKER: the sequence and the offset in it up to which everything was synced.
struct CallKey {
    Uuid incarnation;
    std::uint64_t call_id = 0;
    auto operator<=>(const CallKey&) const = default;
};
struct SyncedUpTo {
    std::uint64_t sequence = 0;
    std::uint64_t offset = 0;
    auto operator<=>(const SyncedUpTo&) const = default;
};
inline constexpr std::size_t kCallKeyBytes = 24;

void put_call_key(std::string& out, const CallKey& key);
CallKey get_call_key(std::string_view payload);
// Of an OPEN, which says the call id alone: the incarnation is its segment's.
CallKey get_open_key(const Uuid& incarnation, std::string_view payload);
void put_synced(std::string& out, const SyncedUpTo& position);
SyncedUpTo get_synced(std::string_view payload);

// A record starts with room for its header, then the payload; seal() fills the header in and pads
// to eight bytes.
std::string begin_record();
void seal_record(std::string& record, RecordType type, std::uint32_t tag);

struct Record {
    enum class State : std::uint8_t { whole, nothing, bad };
    State state = State::nothing;
    RecordType type = RecordType::marker;
    std::string_view payload;
    std::size_t bytes = 0;           // of all of it, padding included
    std::uint32_t expected_crc = 0;  // of a bad one that could be measured: stored and computed
    std::uint32_t found_crc = 0;
};
// Looks at the front of `bytes`, which reach to the end of what is there. `nothing`: zeros, or no
// room for a header.
Record read_record(std::string_view bytes, std::uint32_t tag);

// DATA/journal/0000000042.seg
std::filesystem::path segment_path(const std::filesystem::path& directory, std::uint64_t sequence);
std::optional<std::uint64_t> sequence_of(const std::filesystem::path& file);

}  // namespace tallygate::journal
