// The directory that makes a process a node: its identity, its lock, its journal.
#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace tallygate::journal {

// DATA/lock is held (flock) while this lives; DATA/writer holds the node's id and the last
// incarnation, replaced atomically at each start. Not copyable; one thread makes it, any thread may
// read it.
class DataDirectory {
public:
    // Makes the directory (0700) and the identity where they are missing and begins a new
    // incarnation, greater than every earlier one of this writer even where the clock was set back.
    // Fails with conflict where another process has it (naming the directory and, where known, the
    // process), with unavailable where the disk refuses, with data_loss where DATA/writer is not
    // ours.
    static Result<DataDirectory> open(const std::filesystem::path& path, const Clock& clock);

    // Takes the lock alone, for commands that must not run beside a server (rebuild). Same
    // failures.
    static Result<DataDirectory> lock(const std::filesystem::path& path);

    // The writer id in a directory, without its lock; nothing where it holds none. For commands
    // beside a server.
    static Result<std::optional<Uuid>> read_writer(const std::filesystem::path& path);

    DataDirectory(const DataDirectory&) = delete;
    DataDirectory& operator=(const DataDirectory&) = delete;
    DataDirectory(DataDirectory&& other) noexcept;
    DataDirectory& operator=(DataDirectory&& other) noexcept;
    ~DataDirectory();

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path journal_path() const { return path_ / "journal"; }
    const Uuid& writer() const { return writer_; }
    const Uuid& incarnation() const { return incarnation_; }  // nil after lock()

private:
    DataDirectory() = default;

    std::filesystem::path path_;
    int lock_fd_ = -1;
    Uuid writer_;
    Uuid incarnation_;
};

}  // namespace tallygate::journal
