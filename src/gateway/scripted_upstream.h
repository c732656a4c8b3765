// For tests: an upstream that follows a script, on a real socket.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/server.h"

namespace tallygate::gateway {

inline void send_all(int fd, std::string_view bytes) {
    ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

inline std::string receive_until(int fd, std::string_view text) {
    std::string received;
    std::array<char, 4096> block;
    while (received.find(text) == std::string::npos) {
        const ssize_t got = recv(fd, block.data(), block.size(), 0);
        if (got <= 0) break;
        received.append(block.data(), static_cast<std::size_t>(got));
    }
    return received;
}

// Accepts connections one by one and gives each to the script.
class ScriptedUpstream {
public:
    explicit ScriptedUpstream(std::function<void(int fd)> script) : script_(std::move(script)) {
        auto sockets = http::ListeningSocket::bind(http::resolve("127.0.0.1", 0)->front(), 1);
        endpoint = sockets->front().endpoint();
        fd_ = sockets->front().release();
        // Blocking, unlike the server's.
        const int flags = fcntl(fd_, F_GETFL);
        fcntl(fd_, F_SETFL, flags & ~O_NONBLOCK);
        thread_ = std::thread([this] {
            for (int peer = accept(fd_, nullptr, nullptr); peer >= 0;
                 peer = accept(fd_, nullptr, nullptr)) {
                ++connections;
                script_(peer);
                close(peer);
            }
        });
    }
    ScriptedUpstream(const ScriptedUpstream&) = delete;
    ScriptedUpstream& operator=(const ScriptedUpstream&) = delete;
    ~ScriptedUpstream() {
        shutdown(fd_, SHUT_RDWR);
        thread_.join();
        close(fd_);
    }

    http::Endpoint endpoint;
    std::atomic<int> connections{0};

private:
    std::function<void(int)> script_;
    int fd_;
    std::thread thread_;
};

}  // namespace tallygate::gateway
