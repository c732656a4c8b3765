// What the journal's tests share: a directory of their own, events, and a disk that fails on
// demand.
#pragma once

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "journal/journal_files.h"
#include "journal/journal_reader.h"
#include "journal/journal_writer.h"
#include "journal/recovery.h"

namespace tallygate::journal {

class TemporaryDirectory {
public:
    // In memory where the system has such a place: these tests sync thousands of times.
    TemporaryDirectory() {
        const std::filesystem::path memory = "/dev/shm";
        const auto place =
            std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
        path_ = place / ("tallygate-test-" + make_request_id());
        std::filesystem::create_directories(path_);
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

inline UsageEvent some_event(int number) {
    UsageEvent event;
    event.user_id = "a user whose name is long " + std::to_string(number);
    event.endpoint = "/ai/chat";
    event.operation_type = "chat";
    event.timestamp = timestamp_of(1'795'000'000'000'000 + number);
    event.request_id = "request-" + std::to_string(number);
    event.tokens_used = 500;
    event.token_source = TokenSource::estimate;
    event.tier = "free";
    return event;
}

// The disk of a test: fails where it is told to.
struct FaultyFiles : JournalFiles {
    std::atomic<bool>* disk_full;
    std::atomic<bool>* sync_fails;
    FaultyFiles(std::atomic<bool>& full, std::atomic<bool>& fails)
        : disk_full(&full), sync_fails(&fails) {}
    int begun_ = 0;  // segments

    std::error_code create(const std::filesystem::path& path, std::uint64_t bytes,
                           std::shared_ptr<JournalFile>& file) override {
        if (*disk_full) return std::make_error_code(std::errc::no_space_on_device);
        return JournalFiles::create(path, bytes, file);
    }
    // The first record of a segment other than the run's first, once.
    std::error_code write(const JournalFile& file, std::string_view bytes,
                          std::uint64_t offset) override {
        if (offset == 0) ++begun_;
        if (offset == kSegmentHeaderBytes && begun_ == fails_behind_header)
            return std::make_error_code(std::errc::io_error);
        return JournalFiles::write(file, bytes, offset);
    }
    int fails_behind_header = 0;  // of which segment of the run; 0: of none

    std::error_code sync(const JournalFile& file) override {
        if (*sync_fails) return std::make_error_code(std::errc::io_error);
        return JournalFiles::sync(file);
    }
};

class JournalTest : public testing::Test {
protected:
    JournalTest() {
        options_.segment_bytes = std::uint64_t{64} * 1024;
        options_.sync_interval = std::chrono::milliseconds{1};
    }

    // One run of a server; the one before must have ended.
    void start() {
        journal_.reset();
        directory_.reset();
        auto directory = DataDirectory::open(folder_.path(), clock_);
        ASSERT_TRUE(directory) << directory.error().message;
        directory_ = std::make_unique<DataDirectory>(std::move(*directory));
        auto begun = try_begin();
        ASSERT_TRUE(begun) << begun.error().message;
    }
    Result<void> try_begin() {
        std::filesystem::create_directories(directory_->journal_path());
        auto recovered = recover(directory_->journal_path());
        if (!recovered) return std::unexpected(recovered.error());
        auto files = std::make_unique<FaultyFiles>(disk_full_, sync_fails_);
        files->fails_behind_header = fails_behind_header_;
        auto writer =
            std::make_unique<JournalWriter>(*directory_, options_, clock_, std::move(files));
        auto begun = writer->begin(std::move(*recovered));
        if (begun) journal_ = std::move(writer);
        return begun;
    }
    // The files as a kill would leave them now, as the data directory of another test run.
    void copy_to(const std::filesystem::path& other) const {
        std::filesystem::create_directories(other);
        std::filesystem::copy(folder_.path(), other,
                              std::filesystem::copy_options::recursive |
                                  std::filesystem::copy_options::overwrite_existing);
    }
    void record(int number) {
        UsageEvent event = some_event(number);
        auto call = journal_->open_call(event);
        ASSERT_TRUE(call) << call.error().message;
        event.success = true;
        auto closed = journal_->close_call(*call, event);
        ASSERT_TRUE(closed) << closed.error().message;
    }
    static std::vector<EventRow> read_all(const std::filesystem::path& data,
                                          const LogPosition& after = {}) {
        std::vector<EventRow> all;
        auto reader = JournalReader::open(data / "journal", after);
        EXPECT_TRUE(reader);
        std::vector<EventRow> batch;
        do {
            auto read = reader->read(batch, 7);
            EXPECT_TRUE(read) << read.error().message;
            all.insert(all.end(), batch.begin(), batch.end());
        } while (!batch.empty());
        return all;
    }
    std::vector<EventRow> read_all() const { return read_all(folder_.path()); }

    TemporaryDirectory folder_;
    ManualClock clock_{timestamp_of(1'795'000'000'000'000)};
    JournalOptions options_;
    int fails_behind_header_ = 0;
    std::atomic<bool> disk_full_ = false;
    std::atomic<bool> sync_fails_ = false;
    std::unique_ptr<DataDirectory> directory_;
    std::unique_ptr<JournalWriter> journal_;
};

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace tallygate::journal
