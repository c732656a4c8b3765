#include "app/secret_file.h"

#include <cerrno>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/ids.h"

namespace tallygate::app {
namespace {

constexpr std::uintmax_t kLargest = std::uintmax_t{64} << 10;

std::unexpected<Error> cannot_make(const std::filesystem::path& path, int error) {
    return failure(Errc::unavailable, "",
                   fmt::format("cannot make {}: {}", path.string(), error_text(error)));
}

// Writes all of `text` into a new file at `path` and has the disk keep it; an errno, or 0.
int write_new_file(const std::filesystem::path& path, const std::string& text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return errno;
    int error = 0;
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size())) error = written < 0 ? errno : ENOSPC;
    if (error == 0 && ::fsync(file) != 0) error = errno;
    ::close(file);
    return error;
}

void sync_folder(const std::filesystem::path& path) {
    const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    ::fsync(folder);
    ::close(folder);
}

}  // namespace

Result<Secret> read_secret_file(const std::filesystem::path& path) {
    const auto refuse = [&](Errc errc, std::string_view why) {
        return failure(errc, "", fmt::format("{} {}", path.string(), why));
    };
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(path, error);
    if (status.type() == std::filesystem::file_type::not_found) {
        return refuse(Errc::not_found, "is not there; name a file that holds the secret");
    }
    if (std::filesystem::is_directory(status)) {
        return refuse(Errc::invalid_argument, "is a folder, not a file with a secret");
    }
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return refuse(Errc::unavailable, fmt::format("cannot be read: {}", error_text(errno)));
    }
    std::string text;
    for (char c = 0; file.get(c);) {
        text += c;
        if (text.size() > kLargest)
            return refuse(Errc::invalid_argument, "is not a secret: it is too large");
    }
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.pop_back();
    if (text.empty()) {
        return refuse(Errc::invalid_argument, "is empty; write the secret into it");
    }
    return Secret(std::move(text));
}

bool is_open_to_everybody(const std::filesystem::path& path) {
    using std::filesystem::perms;
    std::error_code error;
    const perms allowed = std::filesystem::status(path, error).permissions();
    return !error && (allowed & (perms::others_read | perms::others_write)) != perms::none;
}

Result<bool> make_secret_file(const std::filesystem::path& path, const Secret& secret) {
    std::filesystem::path draft = path;
    draft += "." + make_request_id() + ".new";
    int error = write_new_file(draft, secret.reveal() + "\n");
    // Unlike a rename, a link never replaces the secret that another process made meanwhile.
    if (error == 0 && ::link(draft.c_str(), path.c_str()) != 0) error = errno;
    ::unlink(draft.c_str());
    if (error == EEXIST) return false;
    if (error != 0) return cannot_make(path, error);
    sync_folder(path.parent_path());
    return true;
}

}  // namespace tallygate::app
