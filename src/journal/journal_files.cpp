#include "journal/journal_files.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace tallygate::journal {
namespace {

std::error_code error_of(int number) {
    return {number, std::generic_category()};
}

}  // namespace

JournalFile::~JournalFile() {
    close(fd_);
}

std::error_code JournalFiles::create(const std::filesystem::path& path, std::uint64_t bytes,
                                     std::shared_ptr<JournalFile>& file) {
    const int fd = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) return error_of(errno);
    auto made = std::make_shared<JournalFile>(fd);
    int error = 0;
    do {
        error = posix_fallocate(fd, 0, static_cast<off_t>(bytes));
    } while (error == EINTR);
    if (error != 0) {
        unlink(path.c_str());
        return error_of(error);
    }
    file = std::move(made);
    return {};
}

std::error_code JournalFiles::write(const JournalFile& file, std::string_view bytes,
                                    std::uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t written =
            pwrite(file.fd(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return error_of(written < 0 ? errno : EIO);
        bytes.remove_prefix(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
    return {};
}

std::error_code JournalFiles::sync(const JournalFile& file) {
    return fdatasync(file.fd()) < 0 ? error_of(errno) : std::error_code{};
}

std::error_code JournalFiles::sync_directory(const std::filesystem::path& directory) {
    const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return error_of(errno);
    const int result = fsync(fd);
    const int error = errno;
    close(fd);
    return result < 0 ? error_of(error) : std::error_code{};
}

}  // namespace tallygate::journal
