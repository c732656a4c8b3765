// Reads whole segments: for recovery, and for finding damage.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/segment_format.h"

namespace tallygate::journal {

// A segment file in memory. `header` is nothing where it never was written whole.
struct SegmentImage {
    std::filesystem::path path;
    std::uint64_t sequence = 0;
    std::string bytes;
    std::optional<SegmentHeader> header;

    bool is_blank() const;  // nothing but zeros: allocated ahead and never used
};

// The sequences of the segment files in `directory`, ascending; empty where there is no directory.
Result<std::vector<std::uint64_t>> list_segments(const std::filesystem::path& directory);
Result<SegmentImage> load_segment(const std::filesystem::path& directory, std::uint64_t sequence);
// The header alone, without reading the rest.
Result<std::optional<SegmentHeader>> load_header(const std::filesystem::path& directory,
                                                 std::uint64_t sequence);

// Where the records of a segment stop, and how.
struct ScanEnd {
    std::uint64_t offset = 0;
    bool clean = true;  // nothing but zeros follows
    std::string what;   // of an end that is not clean: what was expected and found there
};
// Calls `visit` for each whole record from the front, up to the first that is not.
ScanEnd scan_records(const SegmentImage& segment,
                     const std::function<void(std::uint64_t offset, const Record&)>& visit);

// The records that still parse behind `offset`, at any of its eight-byte steps.
void salvage_records(const SegmentImage& segment, std::uint64_t offset,
                     const std::function<void(const Record&)>& visit);

}  // namespace tallygate::journal
