#include "journal/recovery.h"

#include <algorithm>
#include <cerrno>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/log.h"
#include "journal/event_codec.h"
#include "journal/segment_scan.h"

namespace tallygate::journal {
namespace {

// The first place where the log is not as written.
struct Break {
    std::uint64_t sequence = 0;
    std::uint64_t offset = 0;
    std::string what;
};

class Recovery {
public:
    explicit Recovery(const std::filesystem::path& directory) : directory_(directory) {}

    Result<Recovered> run();

private:
    Result<void> read_headers();
    Result<void> scan();
    void visit(const SegmentImage& segment, const Record& record);
    void look_behind(const SegmentImage& segment, std::uint64_t offset);
    void look_for_hole(const SegmentImage& segment);
    bool has_header(std::uint64_t sequence) const;
    static std::unexpected<Error> damaged(const std::filesystem::path& path, std::uint64_t offset,
                                          std::string_view what);
    Result<void> cut();
    Result<void> remove_blank();
    Result<void> collect_unclosed();

    const std::filesystem::path& directory_;
    std::vector<std::uint64_t> sequences_;
    Recovered result_;
    // An OPEN without its end so far; the draft is decoded only where it stays so.
    struct Opened {
        std::uint64_t order = 0;
        std::uint64_t sequence = 0;
        std::string draft;
    };
    std::map<CallKey, Opened> open_;
    std::uint64_t opened_count_ = 0;
    std::uint64_t events_in_segment_ = 0;
    std::optional<Break> break_;
    SyncedUpTo synced_;
    SyncedUpTo end_;                               // of the last segment that ended cleanly
    std::map<std::uint64_t, std::uint64_t> ends_;  // of all of those, by sequence
};

std::unexpected<Error> disk_failure(const std::filesystem::path& path, std::string_view action) {
    return failure(Errc::unavailable, "journal_unavailable",
                   fmt::format("cannot {} {}: {}", action, path.string(), error_text(errno)));
}

Result<void> sync_path(const std::filesystem::path& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return disk_failure(path, "open");
    const int result = fsync(fd);
    close(fd);
    if (result < 0) return disk_failure(path, "sync");
    return {};
}

Result<void> Recovery::read_headers() {
    auto sequences = list_segments(directory_);
    if (!sequences) return std::unexpected(sequences.error());
    sequences_ = std::move(*sequences);
    for (std::size_t i = 0; i < sequences_.size(); ++i) {
        auto header = load_header(directory_, sequences_[i]);
        if (!header) return std::unexpected(header.error());
        if (*header) result_.segments.push_back(**header);
        if (i > 0 && sequences_[i] != sequences_[i - 1] + 1) {
            log::warn(
                "the journal lacks segments; `tallygate verify` names the numbers that are missing",
                {{"after", sequences_[i - 1]}, {"before", sequences_[i]}});
        }
    }
    return {};
}

void Recovery::visit(const SegmentImage& segment, const Record& record) {
    switch (record.type) {
        case RecordType::open:
            open_[get_open_key(segment.header->incarnation, record.payload)] = {
                opened_count_++, segment.sequence, std::string(record.payload.substr(8))};
            return;
        case RecordType::close:
        case RecordType::incomplete:
            open_.erase(get_call_key(record.payload));
            result_.last_event = {segment.header->incarnation,
                                  segment.header->first_n + events_in_segment_++};
            return;
        case RecordType::marker:
            synced_ = std::max(synced_, get_synced(record.payload));
            return;
    }
}

void Recovery::look_behind(const SegmentImage& segment, std::uint64_t offset) {
    salvage_records(segment, offset, [this](const Record& record) {
        if (record.type == RecordType::marker) {
            synced_ = std::max(synced_, get_synced(record.payload));
        } else {
            ++result_.dropped_records;
        }
    });
}

Result<void> Recovery::scan() {
    std::uint64_t from = result_.segments.empty() ? 0 : result_.segments.back().oldest_open;
    if (from == 0 && !result_.segments.empty()) from = result_.segments.back().sequence;
    for (const std::uint64_t sequence : sequences_) {
        if (sequence < from && has_header(sequence)) continue;
        auto segment = load_segment(directory_, sequence);
        if (!segment) return std::unexpected(segment.error());
        if (segment->is_blank()) continue;
        if (sequence < from) return damaged(segment->path, 0, "its header is not as written");
        if (!break_) look_for_hole(*segment);
        if (break_) {
            look_behind(*segment, kSegmentHeaderBytes);
            continue;
        }
        events_in_segment_ = 0;
        if (segment->header)
            result_.last_event = std::max(result_.last_event, segment->header->before);
        const ScanEnd end = scan_records(
            *segment, [&](std::uint64_t, const Record& record) { visit(*segment, record); });
        if (end.clean) {
            end_ = {sequence, end.offset};
            ends_[sequence] = end.offset;
            continue;
        }
        break_ = Break{sequence, end.offset, end.what};
        look_behind(*segment, end.offset + 8);
    }
    // What was synced is there, or it is lost.
    const auto synced = ends_.find(synced_.sequence);
    if (!break_ && synced != ends_.end() && synced->second < synced_.offset)
        break_ = Break{synced->first, synced->second, "expected a record, found the end"};
    return {};
}

bool Recovery::has_header(std::uint64_t sequence) const {
    return std::ranges::find(result_.segments, sequence, &SegmentHeader::sequence) !=
           result_.segments.end();
}

// The segment before may end in zeros where there were records: the next one says how far it went.
void Recovery::look_for_hole(const SegmentImage& segment) {
    if (!segment.header || end_.sequence + 1 != segment.sequence) return;
    if (segment.header->before <= result_.last_event) return;
    break_ = Break{end_.sequence, end_.offset,
                   fmt::format("expected number {}, found the end", result_.last_event.n + 1)};
}

std::unexpected<Error> Recovery::damaged(const std::filesystem::path& path, std::uint64_t offset,
                                         std::string_view what) {
    return failure(Errc::data_loss, "",
                   fmt::format("{} is damaged at offset {} ({}), in a part that had been "
                               "synced to disk. Restore the file from a "
                               "backup; or move it away and accept the loss of what it held "
                               "that the store does not have: "
                               "`tallygate verify` then names the missing numbers.",
                               path.string(), offset, what));
}

Result<void> Recovery::cut() {
    if (!break_) return {};
    const auto path = segment_path(directory_, break_->sequence);
    if (SyncedUpTo{break_->sequence, break_->offset} < synced_) {
        return damaged(path, break_->offset, break_->what);
    }
    log::warn("the journal's last, unsynced part is torn and was cut off",
              {{"file", path.string()},
               {"offset", break_->offset},
               {"found", break_->what},
               {"dropped_records", result_.dropped_records}});
    for (const std::uint64_t sequence : sequences_) {
        if (sequence <= break_->sequence) continue;
        if (unlink(segment_path(directory_, sequence).c_str()) < 0)
            return disk_failure(segment_path(directory_, sequence), "remove");
        std::erase_if(result_.segments,
                      [&](const SegmentHeader& header) { return header.sequence == sequence; });
    }
    // They must be gone for good before the end of this one is: behind a clean end they would
    // count.
    if (auto synced = sync_path(directory_); !synced) return synced;
    if (break_->offset < kSegmentHeaderBytes) {
        if (unlink(path.c_str()) < 0) return disk_failure(path, "remove");
    } else {
        if (truncate(path.c_str(), static_cast<off_t>(break_->offset)) < 0)
            return disk_failure(path, "truncate");
        if (auto synced = sync_path(path); !synced) return synced;
    }
    return sync_path(directory_);
}

Result<void> Recovery::remove_blank() {
    for (const std::uint64_t sequence : sequences_) {
        const auto path = segment_path(directory_, sequence);
        if (!std::filesystem::exists(path)) continue;
        if (!has_header(sequence) && unlink(path.c_str()) < 0) return disk_failure(path, "remove");
    }
    if (!result_.segments.empty()) result_.next_sequence = result_.segments.back().sequence + 1;
    return {};
}

Result<void> Recovery::collect_unclosed() {
    std::vector<std::pair<const CallKey*, const Opened*>> ordered;
    for (const auto& [key, opened] : open_)
        ordered.emplace_back(&key, &opened);
    std::ranges::sort(ordered, {}, [](const auto& entry) { return entry.second->order; });
    for (const auto& [key, opened] : ordered) {
        auto draft = decode_event(opened->draft);
        if (!draft)
            return failure_in(segment_path(directory_, opened->sequence).string(), draft.error());
        result_.unclosed.push_back({*key, std::move(*draft)});
        if (result_.oldest_open == 0) result_.oldest_open = opened->sequence;
    }
    return {};
}

Result<Recovered> Recovery::run() {
    if (auto read = read_headers(); !read) return std::unexpected(read.error());
    if (auto scanned = scan(); !scanned) return std::unexpected(scanned.error());
    if (auto made = cut(); !made) return std::unexpected(made.error());
    if (auto removed = remove_blank(); !removed) return std::unexpected(removed.error());
    if (auto collected = collect_unclosed(); !collected) return std::unexpected(collected.error());
    return std::move(result_);
}

}  // namespace

Result<Recovered> recover(const std::filesystem::path& directory) {
    return Recovery(directory).run();
}

}  // namespace tallygate::journal
