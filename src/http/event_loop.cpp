#include "http/event_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "http/socket.h"

namespace tallygate::http {
namespace {

[[noreturn]] void throw_errno(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

EventLoop::EventLoop() : now_(std::chrono::steady_clock::now()), deadlines_(now_) {
    epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd_ < 0) throw_errno("epoll_create1");
    wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_fd_ < 0) throw_errno("eventfd");
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.ptr = nullptr;
    if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, wake_fd_, &event) < 0) throw_errno("epoll_ctl");
}

EventLoop::~EventLoop() {
    close(wake_fd_);
    close(epoll_fd_);
}

void EventLoop::run() {
    std::array<epoll_event, 256> events;
    events_ = events.data();
    while (!stopped_) {
        const int count = epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()),
                                     wait_milliseconds());
        if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
        now_ = std::chrono::steady_clock::now();
        event_count_ = std::max(count, 0);
        for (event_next_ = 0; event_next_ < event_count_;)
            dispatch(events[event_next_++]);
        event_count_ = event_next_ = 0;
        run_jobs();
        wake_sleepers();
        deadlines_.advance(now_);
    }
    events_ = nullptr;
}

void EventLoop::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    eventfd_write(wake_fd_, 1);
}

void EventLoop::post(std::function<void()> job) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        first = jobs_.empty();
        jobs_.push_back(std::move(job));
    }
    if (first) eventfd_write(wake_fd_, 1);
}

void EventLoop::watch(Socket& socket) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &socket;
    if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, socket.fd(), &event) < 0) throw_errno("epoll_ctl");
}

void EventLoop::forget(Socket& socket) {
    // From the one being dispatched on.
    for (int i = std::max(event_next_ - 1, 0); i < event_count_; ++i) {
        if (events_[i].data.ptr == &socket) events_[i].events = 0;
    }
}

int EventLoop::wait_milliseconds() const {
    using std::chrono::milliseconds;
    constexpr milliseconds kForEver{-1};
    milliseconds wait = deadlines_.empty() ? kForEver : DeadlineWheel::kTick;
    if (!sleepers_.empty()) {
        const auto left = std::chrono::ceil<milliseconds>(sleepers_.begin()->first -
                                                          std::chrono::steady_clock::now());
        const milliseconds until = std::max(left, milliseconds{0});
        wait = wait == kForEver ? until : std::min(wait, until);
    }
    return static_cast<int>(wait.count());
}

void EventLoop::run_jobs() {
    std::vector<std::function<void()>> jobs;
    {
        const std::lock_guard lock(mutex_);
        jobs.swap(jobs_);
        stopped_ = stopping_;
    }
    for (auto& job : jobs)
        job();
}

void EventLoop::Sleep::await_suspend(std::coroutine_handle<> waiter) {
    loop_.sleepers_.emplace(std::chrono::steady_clock::now() + after_, waiter);
}

void EventLoop::wake_sleepers() {
    while (!sleepers_.empty() && (sleeping_is_over_ || sleepers_.begin()->first <= now_)) {
        const std::coroutine_handle<> waiter = sleepers_.begin()->second;
        sleepers_.erase(sleepers_.begin());
        waiter.resume();
    }
}

void EventLoop::stop_sleeping() {
    sleeping_is_over_ = true;
    wake_sleepers();
}

void EventLoop::dispatch(epoll_event& event) {
    if (event.events == 0) return;
    if (!event.data.ptr) {
        eventfd_t count = 0;
        eventfd_read(wake_fd_, &count);
        return;
    }
    auto* socket = static_cast<Socket*>(event.data.ptr);
    const bool broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
    // A waiter that resumes may destroy the socket; then forget() has zeroed the event.
    if (broken || (event.events & EPOLLRDHUP)) {
        socket->on_hang_up();
        if (event.events == 0) return;
    }
    if (broken || (event.events & EPOLLIN)) {
        socket->on_readable();
        if (event.events == 0) return;
    }
    if (broken || (event.events & EPOLLOUT)) socket->on_writable();
}

}  // namespace tallygate::http
