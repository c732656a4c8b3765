// A connected TCP socket on an event loop.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <span>

#include <sys/socket.h>
#include <sys/uio.h>

#include "http/deadline_wheel.h"
#include "http/event_loop.h"

namespace tallygate::http {

enum class IoStatus : std::uint8_t {
    ok,
    end,        // the other side will send no more
    failed,     // reset, unreachable, refused …: `error` says
    timed_out,  // the deadline given with the wait
    aborted,    // abort() was called, by us
};

struct IoResult {
    IoStatus status = IoStatus::ok;
    std::size_t bytes = 0;  // read, or written before it ended
    int error = 0;          // errno of `failed`

    explicit operator bool() const { return status == IoStatus::ok; }
};

// Owned by the coroutine that awaits it, or by a frame above; belongs to the loop's thread. At most
// one read and one write may wait at a time. Awaits suspend only where the kernel would block.
class Socket {
public:
    using Duration = std::chrono::steady_clock::duration;

    // Takes the non-blocking `fd` over. `loop` must outlive it.
    Socket(EventLoop& loop, int fd);
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    int fd() const { return fd_; }
    EventLoop& loop() const { return loop_; }

    // Reads at least a byte into `into`; where that is empty, only waits until there is something
    // to read (a byte, the end, a failure), so that nobody need hold a buffer meanwhile.
    class [[nodiscard]] Read;
    Read read(std::span<char> into, Duration timeout);
    Read wait_readable(Duration timeout);

    // Writes all of `pieces`, changing them on the way. The timeout begins anew with every byte
    // that goes.
    class [[nodiscard]] Write;
    Write write(std::span<iovec> pieces, Duration timeout);
    // Waits for the outcome of a connect() that is under way.
    class [[nodiscard]] Connect;
    Connect connected(Duration timeout);

    // Ends what waits, and every later wait, with `aborted`. What resumes may destroy the socket.
    void abort();
    // Ends a waiting read alone; the socket goes on.
    void cancel_read();
    // Whether the other side has ended its sending, or the connection is broken, as far as the loop
    // has heard.
    bool hung_up() const { return hung_up_; }
    // Aborts `other` when this socket hangs up or is aborted; at once where it has been. nullptr
    // ends it. For "the client has gone".
    void abort_on_hang_up(Socket* other);
    // Asks the kernel: nothing to read and no end seen. For a pooled connection before it is used
    // again.
    bool is_quiet() const;
    // Nothing is to be read until the loop says so: of a listening socket, after accept() said so,
    // and of one just accepted.
    void mark_drained() { readable_ = false; }
    // The next close sends a reset, not an end.
    void reset_on_close();
    // Whether the other side has closed or broken off, as far as is known.
    bool has_hung_up() const { return hung_up_; }

private:
    friend class EventLoop;
    class Side;
    struct Timer final : Deadline {
        Socket* socket = nullptr;
        bool reading = false;
        void expired() override { socket->on_expired(reading); }
    };

    void on_readable();
    void on_writable();
    void on_hang_up();
    void on_expired(bool reading);
    IoResult try_read(std::span<char> into);
    IoResult try_write(std::span<iovec>& pieces);
    static void finish(Side*& side, IoResult result);

    EventLoop& loop_;
    int fd_;
    bool readable_ = true;
    bool writable_ = true;
    bool hung_up_ = false;
    bool aborted_ = false;
    Side* reader_ = nullptr;
    Side* writer_ = nullptr;
    Socket* victim_ = nullptr;
    Timer read_timer_;
    Timer write_timer_;
};

}  // namespace tallygate::http

#include "http/socket_wait.h"
