#include "journal/journal_writer.h"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "base/log.h"
#include "journal/event_codec.h"

namespace tallygate::journal {
namespace {

// What a CLOSE may need beyond its draft: fields that are filled by the end of the call.
constexpr std::uint32_t kCloseSlack = 1'024;
constexpr std::chrono::milliseconds kFullRetry{200};

std::uint64_t usable(std::uint64_t segment_bytes) {
    return segment_bytes - kSegmentHeaderBytes - kMaxRecordBytes;
}

bool is_space_error(const std::error_code& error) {
    return error == std::errc::no_space_on_device || error.value() == EDQUOT ||
           error == std::errc::file_too_large;
}

}  // namespace

JournalWriter::JournalWriter(const DataDirectory& directory, const JournalOptions& options,
                             const Clock& clock, std::unique_ptr<JournalFiles> files)
    : directory_(directory),
      path_(directory.journal_path()),
      options_(options),
      clock_(clock),
      files_(std::move(files)) {}

std::unexpected<Error> JournalWriter::refused() const {
    return failure(Errc::unavailable, "journal_unavailable", status_.reason);
}

// What a failed sync or write has left on the disk is unknown, so nothing is acknowledged from here
// on.
std::unexpected<Error> JournalWriter::fail(std::string reason) {
    if (status_.state != JournalStatus::State::failed) {
        status_.state = JournalStatus::State::failed;
        status_.reason = std::move(reason) + "; restart the server once the disk is sound";
        log::error("the journal has failed; no call is acknowledged any more",
                   {{"reason", status_.reason}});
        idle_ = false;
        wake_.notify_one();
    }
    return refused();
}

std::uint64_t JournalWriter::allocated() const {
    std::uint64_t bytes = 0;
    for (const Segment& segment : segments_)
        bytes += segment.bytes;
    for (const Segment& segment : spares_)
        bytes += segment.bytes;
    return bytes;
}

std::uint64_t JournalWriter::room() const {
    const Segment& current = segments_.back();
    const std::uint64_t left = current.file ? current.bytes - current.offset : 0;
    return (left > kMaxRecordBytes ? left - kMaxRecordBytes : 0) +
           spares_.size() * usable(options_.segment_bytes);
}

std::uint64_t JournalWriter::oldest_open() const {
    if (recovering_from_ != 0) return recovering_from_;
    for (const Segment& segment : segments_) {
        if (!segment.open_calls.empty()) return segment.header.sequence;
    }
    return 0;
}

Result<void> JournalWriter::add_spare() {
    if (!may_grow()) {
        status_.state = JournalStatus::State::full;
        status_.reason = fmt::format(
            "the journal has reached journal.keep_bytes ({} bytes) with events that the store does "
            "not have yet; "
            "mend the store or raise the limit",
            options_.keep_bytes);
        return refused();
    }
    return allocate();
}

Result<void> JournalWriter::allocate() {
    Segment spare;
    spare.header.sequence = next_sequence_;
    spare.path = segment_path(path_, next_sequence_);
    spare.bytes = options_.segment_bytes;
    if (const auto error = files_->create(spare.path, spare.bytes, spare.file)) {
        status_.state = JournalStatus::State::full;
        status_.reason =
            is_space_error(error)
                ? fmt::format(
                      "the disk that holds {} is full; calls are taken again once there is space",
                      path_.string())
                : fmt::format("cannot make {}: {}", spare.path.string(), error.message());
        return refused();
    }
    has_space_again();
    ++next_sequence_;
    directory_unsynced_ = true;
    spares_.push_back(std::move(spare));
    return {};
}

void JournalWriter::has_space_again() {
    if (status_.state != JournalStatus::State::full) return;
    log::info("the journal has space again");
    status_.state = JournalStatus::State::ok;
    status_.reason.clear();
    full_since_.reset();
}

Result<void> JournalWriter::make_room(std::uint64_t bytes) {
    while (room() < bytes) {
        const auto now = clock_.steady_now();
        if (full_since_ && now - *full_since_ < kFullRetry) return refused();
        if (auto added = add_spare(); !added) {
            if (status_.state == JournalStatus::State::full) {
                if (!full_since_) log::error("calls are refused", {{"reason", status_.reason}});
                full_since_ = now;
                wake_.notify_one();
            }
            return added;
        }
    }
    has_space_again();
    return {};
}

Result<void> JournalWriter::begin_segment() {
    if (spares_.empty()) {
        // A run must begin, whatever limit there is: what it applies makes room.
        if (auto added = segments_taken_ ? add_spare() : allocate(); !added) return added;
    }
    Segment next = std::move(spares_.front());
    spares_.pop_front();
    std::uint64_t random = 0;
    fill_random(reinterpret_cast<std::uint8_t*>(&random), sizeof random);
    next.header = {.sequence = next.header.sequence,
                   .segment_id = random,
                   .writer = directory_.writer(),
                   .incarnation = directory_.incarnation(),
                   .created = clock_.now(),
                   .first_n = status_.appended_events + 1,
                   .oldest_open = 0,
                   .before = last_event_};
    next.last_write = next.header.created;
    if (!segments_.empty() && segments_.back().file) unsynced_.push_back(segments_.back().file);
    const std::uint64_t open = oldest_open();
    next.header.oldest_open = open == 0 ? next.header.sequence : open;
    if (const auto error = files_->write(*next.file, encode_header(next.header), 0)) {
        return fail("cannot write " + next.path.string() + ": " + error.message());
    }
    next.offset = kSegmentHeaderBytes;
    if (!segments_.empty()) segments_.back().file.reset();
    segments_.push_back(std::move(next));
    return {};
}

Result<void> JournalWriter::append(std::string& record, RecordType type) {
    if (record.size() + 8 > kMaxRecordBytes) {
        return failure(
            Errc::internal, "",
            fmt::format("an event of {} bytes is too large for the journal", record.size()));
    }
    if (segments_.back().bytes - segments_.back().offset < record.size() + 8) {
        if (auto begun = begin_segment(); !begun) return begun;
    }
    Segment& segment = segments_.back();
    seal_record(record, type, segment.header.tag());
    if (const auto error = files_->write(*segment.file, record, segment.offset)) {
        return fail("cannot write " + segment.path.string() + ": " + error.message());
    }
    segment.offset += record.size();
    segment.last_write = clock_.now();
    appended_ += record.size();
    if (idle_ && type != RecordType::marker) {
        idle_ = false;
        wake_.notify_one();
    }
    return {};
}

Result<OpenCall> JournalWriter::open_call(const UsageEvent& draft) {
    thread_local std::string record;
    record.assign(kRecordHeaderBytes + 8, '\0');
    encode_event(draft, record);
    OpenCall call;
    call.reserved_bytes = static_cast<std::uint32_t>(record.size()) + kCallKeyBytes + kCloseSlack;

    const std::lock_guard lock(mutex_);
    if (status_.state == JournalStatus::State::failed) return refused();
    if (auto made = make_room(reserved_ + call.reserved_bytes + record.size()); !made)
        return std::unexpected(made.error());
    call.call_id = next_call_++;
    for (unsigned i = 0; i < 8; ++i)
        record[kRecordHeaderBytes + i] = static_cast<char>(call.call_id >> (8 * i));
    if (auto appended = append(record, RecordType::open); !appended)
        return std::unexpected(appended.error());
    call.segment = segments_.back().header.sequence;
    segments_.back().open_calls.insert(call.call_id);
    ++status_.open_calls;
    reserved_ += call.reserved_bytes;
    return call;
}

Result<Journal::Appended> JournalWriter::close_call(const OpenCall& call, UsageEvent& event) {
    thread_local std::string record;
    const std::lock_guard lock(mutex_);
    if (status_.state == JournalStatus::State::failed) return refused();
    event.id = {directory_.writer(), {directory_.incarnation(), status_.appended_events + 1}};
    record = begin_record();
    put_call_key(record, {directory_.incarnation(), call.call_id});
    encode_event(event, record);
    // Until its CLOSE is written the call counts as open, so that a segment that begins with it
    // says so: were we to die in between, recovery would find the OPEN.
    reserved_ -= call.reserved_bytes;
    if (auto appended = append(record, RecordType::close); !appended) {
        reserved_ += call.reserved_bytes;
        return std::unexpected(appended.error());
    }
    --status_.open_calls;
    forget_open(call);
    ++status_.appended_events;
    last_event_ = event.id.position;
    return Appended{event.id.position, appended_};
}

LogPosition JournalWriter::last() const {
    const std::lock_guard lock(mutex_);
    return {directory_.incarnation(), status_.appended_events};
}

JournalStatus JournalWriter::status() const {
    const std::lock_guard lock(mutex_);
    JournalStatus status = status_;
    status.segments = segments_.size() + spares_.size();
    status.bytes = allocated();
    return status;
}

Result<void> JournalWriter::begin(Recovered recovered) {
    {
        const std::lock_guard lock(mutex_);
        next_sequence_ = recovered.next_sequence;
        recovering_from_ = recovered.oldest_open;
        status_.dropped_records = recovered.dropped_records;
        last_event_ = recovered.last_event;
        for (const SegmentHeader& header : recovered.segments) {
            Segment segment;
            segment.header = header;
            segment.path = segment_path(path_, header.sequence);
            std::error_code error;
            segment.bytes = std::filesystem::file_size(segment.path, error);
            segment.last_write = header.created;
            segments_.push_back(std::move(segment));
        }
        if (auto begun = begin_segment(); !begun) return begun;
        std::string record;
        for (UnclosedCall& call : recovered.unclosed) {
            UsageEvent& event = call.draft;
            event.id = {directory_.writer(),
                        {directory_.incarnation(), status_.appended_events + 1}};
            event.kind = EventKind::incomplete;
            event.success = false;
            event.error_class = "incomplete";
            event.response_time = {};
            record = begin_record();
            put_call_key(record, call.key);
            encode_event(event, record);
            if (segments_.back().bytes - segments_.back().offset < kMaxRecordBytes &&
                spares_.empty()) {
                if (auto added = allocate(); !added) return added;
            }
            if (auto appended = append(record, RecordType::incomplete); !appended) return appended;
            ++status_.appended_events;
            ++status_.recovered_incomplete;
            last_event_ = event.id.position;
        }
        recovering_from_ = 0;
        segments_taken_ = true;
    }
    if (status_.recovered_incomplete > 0) {
        log::warn("calls that the last run did not live to close are counted as incomplete",
                  {{"calls", status_.recovered_incomplete}});
    }
    thread_ = std::thread([this] { sync_loop(); });
    return {};
}

}  // namespace tallygate::journal
