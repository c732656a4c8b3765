// Reads events back out of a journal directory, beside its writer or without one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "usage/event.h"

namespace tallygate::journal {

// Walks the numbered events of a journal in the order of their positions. One thread at a time;
// opens its own files, so the segment being read stays readable even when the writer deletes it.
class JournalReader {
public:
    // Begins behind `after` ({} : at the oldest event there is). An absent directory is an empty
    // journal.
    static Result<JournalReader> open(const std::filesystem::path& journal_path,
                                      const LogPosition& after);

    // The same, but begins with the first segment that may hold an event of `since` or later.
    static Result<JournalReader> open_since(const std::filesystem::path& journal_path,
                                            Timestamp since);

    JournalReader(JournalReader&&) noexcept;
    JournalReader& operator=(JournalReader&&) noexcept;
    JournalReader(const JournalReader&) = delete;
    JournalReader& operator=(const JournalReader&) = delete;
    ~JournalReader();

    // Replaces `out` with up to `max` further events, fewer where the journal ends for now; none at
    // its end. Call again later to see what was appended since. Fails with data_loss at a damaged
    // record that valid ones follow (file, offset, expected and found checksum), and again at each
    // call; an unfinished tail is the end, not damage.
    Result<void> read(std::vector<EventRow>& out, std::size_t max);

    // The last event before the oldest segment: a store whose position is less lacks what nobody
    // has any more. {} where the journal reaches back to the node's first event.
    static Result<LogPosition> begins_after(const std::filesystem::path& journal_path);

    // The numbers the journal holds, in order; a new range for each run, and behind each hole.
    struct Range {
        Uuid writer;
        Uuid incarnation;
        std::uint64_t first = 0;
        std::uint64_t last = 0;
    };
    static Result<std::vector<Range>> ranges(const std::filesystem::path& journal_path);

private:
    class Impl;
    explicit JournalReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// Everything in a journal directory that is not as written, as one line each: file, offset,
// expected, found. Beside a running server it looks no further than what was complete when it
// began.
Result<std::vector<std::string>> find_damage(const std::filesystem::path& journal_path);

}  // namespace tallygate::journal
