// One core's event loop: sockets that became ready, deadlines, timers, and jobs from other threads.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "http/buffer_pool.h"
#include "http/deadline_wheel.h"

struct epoll_event;

namespace tallygate::http {

class Socket;

// Over epoll, edge-triggered: a socket is registered once in its life, and an operation that can go
// through at once makes no other system call than itself. Why not a library's: docs/adr/0005.
// Everything but stop() and post() belongs to the thread that calls run().
class EventLoop {
public:
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // Works until stop() has been called. Sockets and timers that still wait then keep waiting.
    void run();
    // Any thread.
    void stop();
    // Has `job` run on the loop's thread, soon. Any thread; jobs of one thread run in its order.
    void post(std::function<void()> job);

    // The time at the start of this turn of the loop.
    std::chrono::steady_clock::time_point now() const { return now_; }
    DeadlineWheel& deadlines() { return deadlines_; }
    BufferPool& buffers() { return buffers_; }

    // co_await loop.sleep(20ms): exact to about a millisecond. False where stop_sleeping() cut it
    // short.
    class Sleep {
    public:
        Sleep(EventLoop& loop, std::chrono::steady_clock::duration after)
            : loop_(loop), after_(after) {}
        bool await_ready() const noexcept { return loop_.sleeping_is_over_; }
        void await_suspend(std::coroutine_handle<> waiter);
        bool await_resume() const noexcept { return !loop_.sleeping_is_over_; }

    private:
        EventLoop& loop_;
        std::chrono::steady_clock::duration after_;
    };
    Sleep sleep(std::chrono::steady_clock::duration after) { return {*this, after}; }
    // Wakes every sleeper, now and from now on; for a shutdown.
    void stop_sleeping();

private:
    friend class Socket;
    void watch(Socket& socket);
    void forget(Socket& socket);

    int wait_milliseconds() const;
    void run_jobs();
    void wake_sleepers();
    void dispatch(epoll_event& event);

    int epoll_fd_ = -1;
    int wake_fd_ = -1;
    std::chrono::steady_clock::time_point now_;
    DeadlineWheel deadlines_;
    BufferPool buffers_;
    std::multimap<std::chrono::steady_clock::time_point, std::coroutine_handle<>> sleepers_;
    bool sleeping_is_over_ = false;

    // The events of the turn under way, so that a socket that closes can strike itself out.
    epoll_event* events_ = nullptr;
    int event_count_ = 0;
    int event_next_ = 0;

    std::mutex mutex_;
    std::vector<std::function<void()>> jobs_;  // under mutex_
    bool stopping_ = false;                    // under mutex_
    bool stopped_ = false;
};

}  // namespace tallygate::http
