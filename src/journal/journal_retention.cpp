// Keeping the directory in order: which segments go, and space for the next.
#include <cerrno>
#include <utility>

#include <unistd.h>

#include "base/log.h"
#include "journal/journal_writer.h"
#include "journal/segment_scan.h"

namespace tallygate::journal {

void JournalWriter::keep_house(std::unique_lock<std::mutex>& lock) {
    carry_open_calls();
    const std::vector<std::filesystem::path> removed = take_released();
    const Segment& current = segments_.back();
    const bool wants_spare = spares_.empty() && current.offset > current.bytes / 2;
    if (status_.state == JournalStatus::State::full || (wants_spare && may_grow())) {
        (void)add_spare();
    }
    if (removed.empty()) return;
    lock.unlock();
    for (const auto& path : removed) {
        if (unlink(path.c_str()) < 0 && errno != ENOENT) {
            log::warn("cannot delete a journal segment that is no longer needed",
                      {{"file", path.string()}});
        }
    }
    // Until it is synced, a power cut may bring the deleted segments back; recovery takes them.
    if (const std::error_code error = files_->sync_directory(path_)) {
        log::warn("cannot sync the journal's directory", {{"error", error.message()}});
    }
    lock.lock();
}

bool JournalWriter::may_grow() const {
    return allocated() + options_.segment_bytes <= options_.keep_bytes;
}

// Whether the store has all of the oldest segment, and it is old or in the way.
bool JournalWriter::may_go(const Segment& first, const Segment& next) const {
    const bool applied = applied_ >= next.header.before;
    const bool old = clock_.now() - first.last_write >= options_.keep;
    // Two segments' worth below the limit, so that there is room for the next.
    const bool too_much = allocated() + 2 * options_.segment_bytes > options_.keep_bytes;
    return applied && (old || too_much);
}

std::vector<std::filesystem::path> JournalWriter::take_released() {
    std::vector<std::filesystem::path> removed;
    while (segments_.size() > 1 && recovering_from_ == 0 && may_go(segments_[0], segments_[1])) {
        const Segment& first = segments_.front();
        if (!first.open_calls.empty() || synced_ < first.carried) break;
        removed.push_back(first.path);
        segments_.pop_front();
    }
    return removed;
}

void JournalWriter::carry_open_calls() {
    if (segments_.size() < 2 || recovering_from_ != 0 || !may_go(segments_[0], segments_[1]))
        return;
    Segment& first = segments_.front();
    if (first.open_calls.empty() || std::exchange(first.carry_tried, true)) return;
    if (auto carried = carry(first); !carried) {
        log::warn("calls that are still open keep an old journal segment",
                  {{"file", first.path.string()},
                   {"calls", first.open_calls.size()},
                   {"error", carried.error().message}});
    }
}

// Recovery takes the later of two OPENs of a call, and one CLOSE ends both. The segment goes only
// when the copies are synced.
Result<void> JournalWriter::carry(Segment& from) {
    const auto image = load_segment(path_, from.header.sequence);
    if (!image) return std::unexpected(image.error());
    std::vector<std::string> records;
    scan_records(*image, [&](std::uint64_t, const Record& record) {
        if (record.type != RecordType::open) return;
        const CallKey key = get_open_key(from.header.incarnation, record.payload);
        if (key.incarnation != directory_.incarnation() || !from.open_calls.contains(key.call_id))
            return;
        records.push_back(begin_record());
        records.back() += record.payload;
    });
    for (std::string& record : records) {
        const std::uint64_t call_id =
            get_open_key(from.header.incarnation,
                         std::string_view(record).substr(kRecordHeaderBytes))
                .call_id;
        // Beyond keep_bytes where it must be: the old segment goes for it.
        if (room() < reserved_ + record.size() + 8) {
            if (auto allocated = allocate(); !allocated) return allocated;
        }
        if (auto appended = append(record, RecordType::open); !appended) return appended;
        from.carried = appended_;
        from.open_calls.erase(call_id);
        segments_.back().open_calls.insert(call_id);
    }
    return {};
}

// The OPEN may have been carried on from where the call remembers it.
void JournalWriter::forget_open(const OpenCall& call) {
    for (Segment& segment : segments_) {
        if (segment.header.sequence < call.segment) continue;
        if (segment.open_calls.erase(call.call_id) > 0) return;
    }
}

void JournalWriter::release(const LogPosition& applied) {
    const std::lock_guard lock(mutex_);
    applied_ = std::max(applied_, applied);
}

}  // namespace tallygate::journal
