#include "message_socket.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <sys/socket.h>

#include "wire_message.h"

namespace tallygate::fake_mongod {
namespace {

// Appends to `bytes` until they are `size`; false where the other side ends before.
bool read_up_to(int socket, std::string& bytes, std::size_t size) {
    constexpr std::size_t kPiece = std::size_t{1} << 20;
    while (bytes.size() < size) {
        const std::size_t had = bytes.size();
        bytes.resize(std::min(size, had + kPiece));
        const ssize_t got = recv(socket, bytes.data() + had, bytes.size() - had, 0);
        const bool again = got < 0 && errno == EINTR;
        bytes.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got <= 0 && !again) return false;
    }
    return true;
}

}  // namespace

Result<std::optional<std::string>> read_message(int socket) {
    std::string bytes;
    if (!read_up_to(socket, bytes, kHeaderSize)) {
        if (bytes.empty()) return std::nullopt;
        return failure(Errc::unavailable, "", "the header of a message is cut");
    }
    const auto size = message_size(bytes);
    if (!size) return std::unexpected(size.error());
    if (!read_up_to(socket, bytes, *size)) {
        return failure(Errc::unavailable, "",
                       fmt::format("{} of {} bytes of a message came", bytes.size(), *size));
    }
    return bytes;
}

bool send_message(int socket, std::string_view message) {
    while (!message.empty()) {
        const ssize_t sent = send(socket, message.data(), message.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        message.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

}  // namespace tallygate::fake_mongod
