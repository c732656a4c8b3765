// What the journal asks of the disk; tests put faults here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>

namespace tallygate::journal {

// An open file, closed by the last who holds it: the writer and, for a moment, the syncing thread.
class JournalFile {
public:
    explicit JournalFile(int fd) : fd_(fd) {}
    ~JournalFile();
    JournalFile(const JournalFile&) = delete;
    JournalFile& operator=(const JournalFile&) = delete;
    int fd() const { return fd_; }

private:
    int fd_;
};

// Errors are errno's. Any thread.
class JournalFiles {
public:
    virtual ~JournalFiles() = default;

    // Makes `path` with `bytes` of allocated zeros; on failure no file is left.
    virtual std::error_code create(const std::filesystem::path& path, std::uint64_t bytes,
                                   std::shared_ptr<JournalFile>& file);
    // All of `bytes` at `offset`, or an error.
    virtual std::error_code write(const JournalFile& file, std::string_view bytes,
                                  std::uint64_t offset);
    virtual std::error_code sync(const JournalFile& file);
    virtual std::error_code sync_directory(const std::filesystem::path& directory);
};

}  // namespace tallygate::journal
