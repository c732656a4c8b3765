#include "http/socket.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

namespace tallygate::http {
namespace {

bool would_block(int error) {
    return error == EAGAIN || error == EWOULDBLOCK;
}

constexpr IoResult kBlocked{IoStatus::ok, 0, EAGAIN};
bool is_blocked(const IoResult& result) {
    return result.status == IoStatus::ok && result.error == EAGAIN;
}

}  // namespace

Socket::Socket(EventLoop& loop, int fd) : loop_(loop), fd_(fd) {
    read_timer_.socket = write_timer_.socket = this;
    read_timer_.reading = true;
    loop_.watch(*this);
}

Socket::~Socket() {
    loop_.forget(*this);
    close(fd_);
}

IoResult Socket::try_read(std::span<char> into) {
    if (into.empty()) return readable_ ? IoResult{} : kBlocked;
    for (;;) {
        const ssize_t got = recv(fd_, into.data(), into.size(), 0);
        if (got > 0) {
            // A short read has emptied the socket: what comes later is a new edge. Its end may have
            // come without one.
            if (static_cast<std::size_t>(got) < into.size() && !hung_up_) readable_ = false;
            return {IoStatus::ok, static_cast<std::size_t>(got), 0};
        }
        if (got == 0) return {IoStatus::end, 0, 0};
        if (errno == EINTR) continue;
        if (would_block(errno)) {
            readable_ = false;
            return kBlocked;
        }
        return {IoStatus::failed, 0, errno};
    }
}

IoResult Socket::try_write(std::span<iovec>& pieces) {
    std::size_t written = 0;
    while (!pieces.empty()) {
        if (pieces.front().iov_len == 0) {
            pieces = pieces.subspan(1);
            continue;
        }
        msghdr message{};
        message.msg_iov = pieces.data();
        message.msg_iovlen = std::min<std::size_t>(pieces.size(), IOV_MAX);
        const ssize_t sent = sendmsg(fd_, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) continue;
            if (!would_block(errno)) return {IoStatus::failed, written, errno};
            writable_ = false;
            return {IoStatus::ok, written, EAGAIN};
        }
        written += static_cast<std::size_t>(sent);
        auto left = static_cast<std::size_t>(sent);
        while (left > 0) {
            iovec& first = pieces.front();
            const std::size_t taken = std::min(left, first.iov_len);
            first.iov_base = static_cast<char*>(first.iov_base) + taken;
            first.iov_len -= taken;
            left -= taken;
            if (first.iov_len == 0) pieces = pieces.subspan(1);
        }
    }
    return {IoStatus::ok, written, 0};
}

void Socket::finish(Side*& side, IoResult result) {
    Side* done = std::exchange(side, nullptr);
    done->result_.status = result.status;
    done->result_.bytes += result.bytes;
    done->result_.error = result.error;
    done->waiter_.resume();
}

bool Socket::Read::await_ready() {
    if (socket_.aborted_) {
        result_ = {IoStatus::aborted, 0, 0};
        return true;
    }
    result_ = socket_.readable_ ? socket_.try_read(into_) : kBlocked;
    if (!is_blocked(result_)) return true;
    result_ = {};
    return false;
}

void Socket::Read::await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    socket_.reader_ = this;
    socket_.loop_.deadlines().set(socket_.read_timer_, timeout_);
}

bool Socket::Write::await_ready() {
    if (socket_.aborted_) {
        result_ = {IoStatus::aborted, 0, 0};
        return true;
    }
    result_ = socket_.try_write(pieces_);
    if (!is_blocked(result_)) return true;
    result_.error = 0;
    return false;
}

void Socket::Write::await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    socket_.writer_ = this;
    socket_.loop_.deadlines().set(socket_.write_timer_, timeout_);
}

bool Socket::Connect::await_ready() {
    if (socket_.aborted_) result_ = {IoStatus::aborted, 0, 0};
    return socket_.aborted_;
}

void Socket::Connect::await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    socket_.writer_ = this;
    socket_.loop_.deadlines().set(socket_.write_timer_, timeout_);
}

void Socket::on_readable() {
    readable_ = true;
    if (!reader_) return;
    const IoResult result = try_read(reader_->into_);
    if (is_blocked(result)) return;
    DeadlineWheel::clear(read_timer_);
    finish(reader_, result);
}

void Socket::on_writable() {
    writable_ = true;
    if (!writer_) return;
    if (writer_->connecting_) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
        DeadlineWheel::clear(write_timer_);
        finish(writer_, error ? IoResult{IoStatus::failed, 0, error} : IoResult{});
        return;
    }
    IoResult result = try_write(writer_->pieces_);
    if (is_blocked(result)) {
        writer_->result_.bytes += result.bytes;
        if (result.bytes > 0) loop_.deadlines().set(write_timer_, writer_->timeout_);
        return;
    }
    DeadlineWheel::clear(write_timer_);
    finish(writer_, result);
}

void Socket::on_hang_up() {
    hung_up_ = true;
    if (Socket* victim = std::exchange(victim_, nullptr)) victim->abort();
}

void Socket::on_expired(bool reading) {
    Side*& side = reading ? reader_ : writer_;
    if (side) finish(side, {IoStatus::timed_out, 0, 0});
}

void Socket::abort() {
    aborted_ = true;
    DeadlineWheel::clear(read_timer_);
    DeadlineWheel::clear(write_timer_);
    // Whoever resumes may run to the connection's end and destroy this socket, so all that is to be
    // ended is taken out first and no member is touched after. A side taken out stays: its
    // coroutine waits here, and keeps the socket, until it is resumed.
    Socket* victim = std::exchange(victim_, nullptr);
    Side* reader = std::exchange(reader_, nullptr);
    Side* writer = std::exchange(writer_, nullptr);
    if (victim) victim->abort();
    if (reader) finish(reader, {IoStatus::aborted, 0, 0});
    if (writer) finish(writer, {IoStatus::aborted, 0, 0});
}

void Socket::cancel_read() {
    DeadlineWheel::clear(read_timer_);
    if (reader_) finish(reader_, {IoStatus::aborted, 0, 0});
}

void Socket::abort_on_hang_up(Socket* other) {
    victim_ = other;
    if (other && (hung_up_ || aborted_)) {
        victim_ = nullptr;
        other->abort();
    }
}

bool Socket::is_quiet() const {
    if (hung_up_ || aborted_) return false;
    char byte = 0;
    return recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && would_block(errno);
}

void Socket::reset_on_close() {
    const linger hard{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

}  // namespace tallygate::http
