// Threads for work that blocks: database reads, name look-ups.
#pragma once

#include <condition_variable>
#include <coroutine>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "http/event_loop.h"

namespace tallygate::http {

// A few threads and a bounded queue. Any thread may submit.
class BlockingPool {
public:
    explicit BlockingPool(std::size_t threads, std::size_t queue_limit = 1'024);
    // Finishes what is queued.
    ~BlockingPool();
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;

    // False, and nothing runs, where the queue is full.
    bool submit(std::function<void()> job);

    // co_await pool.run(loop, [] { return …; }): runs the function on a thread of the pool and
    // resumes on `loop`. Nothing where the queue is full. What the function refers to must live
    // until then; an exception comes out of the await.
    template <class F>
    class Run;
    template <class F>
    Run<F> run(EventLoop& loop, F function) {
        return Run<F>(*this, loop, std::move(function));
    }

private:
    void work();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> jobs_;  // under mutex_
    bool stopping_ = false;                   // under mutex_
    const std::size_t queue_limit_;
    std::vector<std::thread> threads_;
};

template <class F>
class BlockingPool::Run {
public:
    using Value = std::invoke_result_t<F>;

    Run(BlockingPool& pool, EventLoop& loop, F function)
        : pool_(pool), loop_(loop), function_(std::move(function)) {}

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiter) {
        return pool_.submit([this, waiter] {
            try {
                value_.emplace(function_());
            } catch (...) {
                exception_ = std::current_exception();
            }
            loop_.post([waiter] { waiter.resume(); });
        });
    }
    std::optional<Value> await_resume() {
        if (exception_) std::rethrow_exception(exception_);
        return std::move(value_);
    }

private:
    BlockingPool& pool_;
    EventLoop& loop_;
    F function_;
    std::optional<Value> value_;
    std::exception_ptr exception_;
};

}  // namespace tallygate::http
