// What a whole look at a journal directory finds: its damage, and the numbers it holds.
#include <algorithm>

#include <fmt/format.h>

#include "journal/event_codec.h"
#include "journal/journal_reader.h"
#include "journal/segment_scan.h"

namespace tallygate::journal {

Result<std::vector<std::string>> find_damage(const std::filesystem::path& journal_path) {
    std::vector<std::string> damage;
    const auto sequences = list_segments(journal_path);
    if (!sequences) return std::unexpected(sequences.error());
    for (const std::uint64_t sequence : *sequences) {
        const auto segment = load_segment(journal_path, sequence);
        // A running server may have deleted it since.
        if (!segment || segment->is_blank()) continue;
        const ScanEnd end = scan_records(*segment, [](std::uint64_t, const Record&) {});
        if (end.clean) continue;
        bool followed = sequence != sequences->back();
        salvage_records(*segment, end.offset + 8, [&](const Record&) { followed = true; });
        // A record that is just being written is not damage; bytes that stay so are seen by the
        // next look.
        const auto again = load_segment(journal_path, sequence);
        const ScanEnd later =
            again ? scan_records(*again, [](std::uint64_t, const Record&) {}) : end;
        if (!followed && (later.clean || later.offset != end.offset)) continue;
        damage.push_back(fmt::format("{} offset {}: {}", segment->path.filename().string(),
                                     end.offset, end.what));
    }
    return damage;
}

Result<std::vector<JournalReader::Range>> JournalReader::ranges(
    const std::filesystem::path& journal_path) {
    std::vector<Range> ranges;
    const auto sequences = list_segments(journal_path);
    if (!sequences) return std::unexpected(sequences.error());
    for (const std::uint64_t sequence : *sequences) {
        const auto segment = load_segment(journal_path, sequence);
        if (!segment || !segment->header) continue;
        const SegmentHeader& header = *segment->header;
        if (ranges.empty() || ranges.back().incarnation != header.incarnation ||
            ranges.back().last + 1 != header.first_n) {
            ranges.push_back(
                {header.writer, header.incarnation, header.first_n, header.first_n - 1});
        }
        Range& range = ranges.back();
        scan_records(*segment, [&](std::uint64_t, const Record& record) {
            if (record.type == RecordType::close || record.type == RecordType::incomplete)
                ++range.last;
        });
    }
    std::erase_if(ranges, [](const Range& range) { return range.last < range.first; });
    return ranges;
}

Result<LogPosition> JournalReader::begins_after(const std::filesystem::path& journal_path) {
    const auto sequences = list_segments(journal_path);
    if (!sequences) return std::unexpected(sequences.error());
    for (const std::uint64_t sequence : *sequences) {
        const auto header = load_header(journal_path, sequence);
        // Deleted meanwhile, or allocated ahead and never begun.
        if (header && *header) return (*header)->before;
    }
    return LogPosition{};
}

}  // namespace tallygate::journal
