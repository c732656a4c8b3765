#include "journal/segment_scan.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

namespace tallygate::journal {
namespace {

std::unexpected<Error> cannot_read(const std::filesystem::path& path, std::string_view why) {
    return failure(Errc::unavailable, "journal_unavailable",
                   fmt::format("cannot read {}: {}", path.string(), why));
}

bool is_zero(std::string_view bytes) {
    return std::ranges::all_of(bytes, [](char c) { return c == 0; });
}

}  // namespace

bool SegmentImage::is_blank() const {
    return !header && is_zero(bytes);
}

Result<std::vector<std::uint64_t>> list_segments(const std::filesystem::path& directory) {
    std::vector<std::uint64_t> sequences;
    std::error_code error;
    std::filesystem::directory_iterator files(directory, error);
    if (error == std::errc::no_such_file_or_directory) return sequences;
    for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
        if (const auto sequence = sequence_of(files->path())) sequences.push_back(*sequence);
    }
    if (error) return cannot_read(directory, error.message());
    std::ranges::sort(sequences);
    return sequences;
}

Result<SegmentImage> load_segment(const std::filesystem::path& directory, std::uint64_t sequence) {
    SegmentImage image;
    image.path = segment_path(directory, sequence);
    image.sequence = sequence;
    std::ifstream file(image.path, std::ios::binary);
    if (!file) return cannot_read(image.path, "it cannot be opened");
    std::error_code error;
    image.bytes.resize(std::filesystem::file_size(image.path, error));
    if (error) return cannot_read(image.path, error.message());
    file.read(image.bytes.data(), static_cast<std::streamsize>(image.bytes.size()));
    image.bytes.resize(static_cast<std::size_t>(file.gcount()));
    image.header = decode_header(image.bytes);
    return image;
}

Result<std::optional<SegmentHeader>> load_header(const std::filesystem::path& directory,
                                                 std::uint64_t sequence) {
    const auto path = segment_path(directory, sequence);
    std::ifstream file(path, std::ios::binary);
    if (!file) return cannot_read(path, "it cannot be opened");
    std::string bytes(kSegmentHeaderBytes, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return decode_header(bytes);
}

ScanEnd scan_records(const SegmentImage& segment,
                     const std::function<void(std::uint64_t offset, const Record&)>& visit) {
    if (!segment.header)
        return {0, segment.is_blank(), "expected a segment header, found other bytes"};
    std::uint64_t offset = kSegmentHeaderBytes;
    const std::string_view bytes = segment.bytes;
    for (;;) {
        if (offset >= bytes.size()) return {offset, true, {}};
        const Record record = read_record(bytes.substr(offset), segment.header->tag());
        if (record.state == Record::State::whole) {
            visit(offset, record);
            offset += record.bytes;
            continue;
        }
        if (record.state == Record::State::nothing && is_zero(bytes.substr(offset)))
            return {offset, true, {}};
        if (record.found_crc != record.expected_crc) {
            return {offset, false,
                    fmt::format("expected checksum {:08x}, found {:08x}", record.expected_crc,
                                record.found_crc)};
        }
        return {offset, false, "expected a record, found other bytes"};
    }
}

void salvage_records(const SegmentImage& segment, std::uint64_t offset,
                     const std::function<void(const Record&)>& visit) {
    if (!segment.header) return;
    const std::string_view bytes = segment.bytes;
    while (offset + kRecordHeaderBytes <= bytes.size()) {
        const Record record = read_record(bytes.substr(offset), segment.header->tag());
        if (record.state == Record::State::whole) visit(record);
        offset += record.state == Record::State::whole ? record.bytes : 8;
    }
}

}  // namespace tallygate::journal
