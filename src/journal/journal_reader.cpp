#include "journal/journal_reader.h"

#include <algorithm>
#include <cerrno>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "journal/event_codec.h"
#include "journal/journal_files.h"
#include "journal/segment_format.h"
#include "journal/segment_scan.h"

namespace tallygate::journal {

class JournalReader::Impl {
public:
    Impl(std::filesystem::path path, const LogPosition& after)
        : path_(std::move(path)), after_(after) {}

    // Opens the last segment before the first for which `is_behind` says that it begins behind what
    // is wanted.
    template <class IsBehind>
    Result<void> begin(IsBehind is_behind);
    Result<void> read(std::vector<EventRow>& out, std::size_t max);

private:
    static constexpr std::size_t kBlock = std::size_t{256} * 1024;

    enum class Step : std::uint8_t { record, end, next_segment };
    Result<Step> step(Record& record);
    Result<void> refill();
    Result<bool> open_next();
    Result<std::optional<SegmentHeader>> find_next() const;
    Result<void> check_tail();
    std::unexpected<Error> damaged(const Record& record) const;
    std::string_view buffered() const { return std::string_view(block_).substr(begin_); }

    std::filesystem::path path_;
    LogPosition after_;
    LogPosition seen_;  // the last event that came by, or that a header says came before
    std::optional<SegmentHeader> segment_;
    std::unique_ptr<JournalFile> file_;
    std::uint64_t offset_ = 0;  // in the file, of buffered()
    std::string block_;
    std::size_t begin_ = 0;
};

template <class IsBehind>
Result<void> JournalReader::Impl::begin(IsBehind is_behind) {
    const auto sequences = list_segments(path_);
    if (!sequences) return std::unexpected(sequences.error());
    std::optional<std::uint64_t> start;
    for (const std::uint64_t sequence : *sequences) {
        const auto header = load_header(path_, sequence);
        if (!header || !*header) continue;
        if (start && is_behind(**header)) break;
        start = sequence;
    }
    if (start) {
        segment_ = SegmentHeader{};
        segment_->sequence = *start - 1;
        const auto opened = open_next();
        if (!opened) return std::unexpected(opened.error());
    }
    return {};
}

Result<std::optional<SegmentHeader>> JournalReader::Impl::find_next() const {
    const auto sequences = list_segments(path_);
    if (!sequences) return std::unexpected(sequences.error());
    for (const std::uint64_t sequence : *sequences) {
        if (segment_ && sequence <= segment_->sequence) continue;
        // Deleted meanwhile, or allocated ahead and not begun.
        const auto header = load_header(path_, sequence);
        if (header && *header) return *header;
    }
    return std::optional<SegmentHeader>{};
}

Result<bool> JournalReader::Impl::open_next() {
    const auto next = find_next();
    if (!next) return std::unexpected(next.error());
    if (!*next) return false;
    const auto file = segment_path(path_, (*next)->sequence);
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return failure(Errc::unavailable, "journal_unavailable",
                       fmt::format("cannot open {}: {}", file.string(), error_text(errno)));
    }
    const bool follows = file_ && (*next)->sequence == segment_->sequence + 1;
    if (follows && (*next)->before > seen_) {
        ::close(fd);
        return failure(
            Errc::data_loss, "",
            fmt::format("{} ends at number {}, but number {} was written before {} began",
                        segment_path(path_, segment_->sequence).string(), seen_.n,
                        (*next)->before.n, file.string()));
    }
    seen_ = std::max(seen_, (*next)->before);
    file_ = std::make_unique<JournalFile>(fd);
    segment_ = *next;
    offset_ = kSegmentHeaderBytes;
    block_.clear();
    begin_ = 0;
    return true;
}

Result<void> JournalReader::Impl::refill() {
    block_.resize(kBlock);
    begin_ = 0;
    const ssize_t got = pread(file_->fd(), block_.data(), kBlock, static_cast<off_t>(offset_));
    if (got < 0) {
        block_.clear();
        return failure(
            Errc::unavailable, "journal_unavailable",
            fmt::format("cannot read {}: {}", segment_path(path_, segment_->sequence).string(),
                        error_text(errno)));
    }
    block_.resize(static_cast<std::size_t>(got));
    return {};
}

std::unexpected<Error> JournalReader::Impl::damaged(const Record& record) const {
    return failure(Errc::data_loss, "",
                   fmt::format("{} is damaged at offset {}: expected checksum {:08x}, found {:08x}",
                               segment_path(path_, segment_->sequence).string(), offset_,
                               record.expected_crc, record.found_crc));
}

// A record that is not whole and has whole ones behind it is damage; else it is the unfinished end.
// A read may see a write that is under way in part, so it is looked at once more after one behind
// it was seen: that one was begun when this one was finished.
Result<void> JournalReader::Impl::check_tail() {
    const auto segment = load_segment(path_, segment_->sequence);
    if (!segment) return {};
    bool followed = false;
    salvage_records(*segment, offset_ + 8, [&](const Record&) { followed = true; });
    if (!followed) return {};
    if (auto filled = refill(); !filled) return filled;
    const Record record = read_record(buffered(), segment_->tag());
    if (record.state == Record::State::whole) return {};
    return damaged(record);
}

Result<JournalReader::Impl::Step> JournalReader::Impl::step(Record& record) {
    record = read_record(buffered(), segment_->tag());
    if (record.state == Record::State::whole) return Step::record;
    // What lies in memory may be cut, or older than the file.
    if (auto filled = refill(); !filled) return std::unexpected(filled.error());
    record = read_record(buffered(), segment_->tag());
    if (record.state == Record::State::whole) return Step::record;
    const auto next = find_next();
    if (!next) return std::unexpected(next.error());
    if (*next) {
        // The writer has gone on; what it wrote here before that is here now.
        if (auto filled = refill(); !filled) return std::unexpected(filled.error());
        record = read_record(buffered(), segment_->tag());
        if (record.state == Record::State::whole) return Step::record;
        if (record.state == Record::State::nothing) {
            if (auto checked = check_tail(); !checked) return std::unexpected(checked.error());
            return Step::next_segment;
        }
        return damaged(record);
    }
    if (record.state == Record::State::bad) {
        if (auto checked = check_tail(); !checked) return std::unexpected(checked.error());
    }
    return Step::end;
}

Result<void> JournalReader::Impl::read(std::vector<EventRow>& out, std::size_t max) {
    out.clear();
    if (!file_) {
        const auto opened = open_next();
        if (!opened) return std::unexpected(opened.error());
        if (!*opened) return {};
    }
    while (out.size() < max) {
        Record record;
        const auto stepped = step(record);
        if (!stepped) return std::unexpected(stepped.error());
        if (*stepped == Step::end) break;
        if (*stepped == Step::next_segment) {
            const auto opened = open_next();
            if (!opened) return std::unexpected(opened.error());
            if (!*opened) break;
            continue;
        }
        if (record.type == RecordType::close || record.type == RecordType::incomplete) {
            const std::string_view bytes = record.payload.substr(kCallKeyBytes);
            auto event = decode_event(bytes);
            if (!event)
                return failure_in(segment_path(path_, segment_->sequence).string(), event.error());
            seen_ = std::max(seen_, event->id.position);
            if (event->id.position > after_) {
                after_ = event->id.position;
                out.push_back({std::move(*event), crc32c(bytes)});
            }
        }
        offset_ += record.bytes;
        begin_ += record.bytes;
    }
    return {};
}

JournalReader::JournalReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JournalReader::JournalReader(JournalReader&&) noexcept = default;
JournalReader& JournalReader::operator=(JournalReader&&) noexcept = default;
JournalReader::~JournalReader() = default;

Result<JournalReader> JournalReader::open(const std::filesystem::path& journal_path,
                                          const LogPosition& after) {
    auto impl = std::make_unique<Impl>(journal_path, after);
    auto begun = impl->begin([&after](const SegmentHeader& header) {
        return LogPosition{header.incarnation, header.first_n - 1} > after;
    });
    if (!begun) return std::unexpected(begun.error());
    return JournalReader(std::move(impl));
}

Result<JournalReader> JournalReader::open_since(const std::filesystem::path& journal_path,
                                                Timestamp since) {
    auto impl = std::make_unique<Impl>(journal_path, LogPosition{});
    auto begun =
        impl->begin([since](const SegmentHeader& header) { return header.created > since; });
    if (!begun) return std::unexpected(begun.error());
    return JournalReader(std::move(impl));
}

Result<void> JournalReader::read(std::vector<EventRow>& out, std::size_t max) {
    return impl_->read(out, max);
}

}  // namespace tallygate::journal
