// What an await on a socket is made of. Included by socket.h, never alone.
#pragma once

#include <coroutine>
#include <span>

#include "http/socket.h"

namespace tallygate::http {

// What waits on one side of a socket; lives in the awaiting coroutine's frame.
class Socket::Side {
public:
    Side(const Side&) = delete;
    Side& operator=(const Side&) = delete;

protected:
    Side(Socket& socket, Duration timeout) : socket_(socket), timeout_(timeout) {}
    ~Side() = default;
    IoResult await_resume() const noexcept { return result_; }

    friend class Socket;
    Socket& socket_;
    Duration timeout_;
    IoResult result_;
    std::coroutine_handle<> waiter_;
    std::span<char> into_;
    std::span<iovec> pieces_;
    bool connecting_ = false;
};

class Socket::Read : Side {
public:
    Read(Socket& socket, std::span<char> into, Duration timeout) : Side(socket, timeout) {
        into_ = into;
    }
    bool await_ready();
    void await_suspend(std::coroutine_handle<> waiter);
    using Side::await_resume;
};

class Socket::Write : Side {
public:
    Write(Socket& socket, std::span<iovec> pieces, Duration timeout) : Side(socket, timeout) {
        pieces_ = pieces;
    }
    bool await_ready();
    void await_suspend(std::coroutine_handle<> waiter);
    using Side::await_resume;
};

class Socket::Connect : Side {
public:
    Connect(Socket& socket, Duration timeout) : Side(socket, timeout) { connecting_ = true; }
    bool await_ready();
    void await_suspend(std::coroutine_handle<> waiter);
    using Side::await_resume;
};

inline Socket::Read Socket::read(std::span<char> into, Duration timeout) {
    return {*this, into, timeout};
}
inline Socket::Read Socket::wait_readable(Duration timeout) {
    return {*this, {}, timeout};
}
inline Socket::Write Socket::write(std::span<iovec> pieces, Duration timeout) {
    return {*this, pieces, timeout};
}
inline Socket::Connect Socket::connected(Duration timeout) {
    return {*this, timeout};
}

}  // namespace tallygate::http
