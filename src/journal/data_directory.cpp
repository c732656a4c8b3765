#include "journal/data_directory.h"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace tallygate::journal {
namespace {

constexpr std::string_view kFirstLine = "tallygate writer 1";

struct Identity {
    Uuid writer;
    Uuid incarnation;
};

std::unexpected<Error> disk_failure(const std::filesystem::path& path, std::string_view action) {
    return failure(Errc::unavailable, "",
                   fmt::format("cannot {} {}: {}", action, path.string(), error_text(errno)));
}

Result<std::optional<Identity>> read_identity(const std::filesystem::path& path) {
    std::ifstream file(path);
    if (!file) {
        if (!std::filesystem::exists(path)) return std::optional<Identity>{};
        return disk_failure(path, "read");
    }
    std::string first;
    std::string writer;
    std::string incarnation;
    std::getline(file, first);
    std::getline(file, writer);
    std::getline(file, incarnation);
    const auto writer_id = parse_uuid(writer);
    const auto incarnation_id = parse_uuid(incarnation);
    if (first != kFirstLine || !writer_id || !incarnation_id) {
        return failure(Errc::data_loss, "",
                       fmt::format("{} is not what this version writes; restore it from a backup, "
                                   "or choose another data "
                                   "directory (--data)",
                                   path.string()));
    }
    return Identity{*writer_id, *incarnation_id};
}

// Replaces the file in one step, so that no crash leaves half of it.
Result<void> write_identity(const std::filesystem::path& directory, const Identity& identity) {
    const auto path = directory / "writer";
    const auto fresh = directory / "writer.new";
    const std::string text = fmt::format("{}\n{}\n{}\n", kFirstLine, to_string(identity.writer),
                                         to_string(identity.incarnation));
    const int fd = open(fresh.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) return disk_failure(fresh, "make");
    const bool written =
        write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(fd) == 0;
    const int error = errno;
    close(fd);
    errno = error;
    if (!written) return disk_failure(fresh, "write");
    if (rename(fresh.c_str(), path.c_str()) < 0) return disk_failure(path, "replace");
    const int folder = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = folder >= 0 && fsync(folder) == 0;
    if (folder >= 0) close(folder);
    if (!synced) return disk_failure(directory, "sync");
    return {};
}

// The next incarnation is greater than the last, whatever the clock says.
Uuid next_incarnation(const Uuid& last, const Clock& clock) {
    Timestamp now = clock.now();
    Uuid made = make_uuid(now);
    std::uint64_t last_ms = 0;
    for (int i = 0; i < 6; ++i)
        last_ms = last_ms << 8 | last.bytes[static_cast<std::size_t>(i)];
    if (!(made > last))
        made = make_uuid(timestamp_of(static_cast<std::int64_t>(last_ms + 1) * 1'000));
    return made;
}

std::string holder_of(int fd) {
    std::string text(32, '\0');
    const ssize_t got = pread(fd, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    text.erase(text.find_last_not_of(" \n") + 1);
    return text.empty() ? "another process" : "process " + text;
}

}  // namespace

Result<DataDirectory> DataDirectory::lock(const std::filesystem::path& path) {
    std::error_code error;
    const bool is_new = std::filesystem::create_directories(path, error);
    if (error) {
        return failure(Errc::unavailable, "",
                       fmt::format("cannot make {}: {}", path.string(), error.message()));
    }
    if (is_new) std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
    DataDirectory directory;
    directory.path_ = path;
    directory.lock_fd_ = ::open((path / "lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (directory.lock_fd_ < 0) return disk_failure(path / "lock", "open");
    if (flock(directory.lock_fd_, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK) return disk_failure(path / "lock", "lock");
        return failure(Errc::conflict, "",
                       fmt::format("the data directory {} is in use by {}; stop that server first, "
                                   "or choose another directory "
                                   "(--data)",
                                   path.string(), holder_of(directory.lock_fd_)));
    }
    const std::string pid = std::to_string(getpid()) + "\n";
    if (ftruncate(directory.lock_fd_, 0) < 0 ||
        pwrite(directory.lock_fd_, pid.data(), pid.size(), 0) < 0) {
        return disk_failure(path / "lock", "write");
    }
    const auto identity = read_identity(path / "writer");
    if (!identity) return std::unexpected(identity.error());
    if (*identity) directory.writer_ = (*identity)->writer;
    return directory;
}

Result<DataDirectory> DataDirectory::open(const std::filesystem::path& path, const Clock& clock) {
    auto directory = lock(path);
    if (!directory) return directory;
    const auto known = read_identity(path / "writer");
    if (!known) return std::unexpected(known.error());
    Identity identity = known->value_or(Identity{make_uuid(clock.now()), {}});
    identity.incarnation = next_incarnation(identity.incarnation, clock);
    if (auto written = write_identity(path, identity); !written)
        return std::unexpected(written.error());
    directory->writer_ = identity.writer;
    directory->incarnation_ = identity.incarnation;
    return directory;
}

Result<std::optional<Uuid>> DataDirectory::read_writer(const std::filesystem::path& path) {
    const auto identity = read_identity(path / "writer");
    if (!identity) return std::unexpected(identity.error());
    if (!*identity) return std::optional<Uuid>{};
    return std::optional<Uuid>{(*identity)->writer};
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)),
      lock_fd_(std::exchange(other.lock_fd_, -1)),
      writer_(other.writer_),
      incarnation_(other.incarnation_) {}

DataDirectory& DataDirectory::operator=(DataDirectory&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(lock_fd_, other.lock_fd_);
    std::swap(writer_, other.writer_);
    std::swap(incarnation_, other.incarnation_);
    return *this;
}

DataDirectory::~DataDirectory() {
    if (lock_fd_ >= 0) close(lock_fd_);
}

}  // namespace tallygate::journal
