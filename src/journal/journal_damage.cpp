// What a whole look at a journal directory finds: its damage, and the numbers it holds.
#include <algorithm>

#include <fmt/format.h>

#include "journal/event_codec.h"
#include "journal/journal_reader.h"
#include "journal/segment_scan.h"

namespace tallygate::journal {

namespace {

bool is_event(const Record& record) {
    return record.type == RecordType::close || record.type == RecordType::incomplete;
}

// Where a segment ends too early for what the next one says was written before it.
std::optional<std::string> hole_behind(const std::filesystem::path& journal_path,
                                       std::uint64_t sequence) {
    const auto next = load_header(journal_path, sequence + 1);
    if (!next || !*next) return std::nullopt;
    // Read behind the next one's header, so it is complete by now.
    const auto segment = load_segment(journal_path, sequence);
    if (!segment || !segment->header) return std::nullopt;
    std::uint64_t events = 0;
    const ScanEnd end = scan_records(*segment, [&](std::uint64_t, const Record& record) {
        if (is_event(record)) ++events;
    });
    const SegmentHeader& header = *segment->header;
    const LogPosition last =
        events == 0 ? header.before : LogPosition{header.incarnation, header.first_n + events - 1};
    if ((*next)->before <= last) return std::nullopt;
    return fmt::format("{} offset {}: expected number {}, found the end",
                       segment->path.filename().string(), end.offset, last.n + 1);
}

}  // namespace

Result<std::vector<std::string>> find_damage(const std::filesystem::path& journal_path) {
    std::vector<std::string> damage;
    const auto sequences = list_segments(journal_path);
    if (!sequences) return std::unexpected(sequences.error());
    for (const std::uint64_t sequence : *sequences) {
        const auto segment = load_segment(journal_path, sequence);
        // A running server may have deleted it since.
        if (!segment || segment->is_blank()) continue;
        const ScanEnd end = scan_records(*segment, [](std::uint64_t, const Record&) {});
        if (end.clean) {
            if (auto hole = hole_behind(journal_path, sequence)) damage.push_back(std::move(*hole));
            continue;
        }
        // A record that is just being written is not damage: it is whole at the second look.
        const auto again = load_segment(journal_path, sequence);
        const ScanEnd later =
            again ? scan_records(*again, [](std::uint64_t, const Record&) {}) : end;
        if (later.clean || later.offset != end.offset) continue;
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
            if (is_event(record)) ++range.last;
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
