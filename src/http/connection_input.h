// Bytes that have come on a connection and are not used yet.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "http/buffer_pool.h"

namespace tallygate::http {

// Holds a block of the loop's pool only while there is something in it; grows once, for a head that
// does not fit. One thread.
class ConnectionInput {
public:
    explicit ConnectionInput(BufferPool& pool) : pool_(pool) {}

    std::string_view unread() const { return {data() + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }
    // Done with the first `bytes`. Memory stays where it is until room() or release_if_empty().
    void consume(std::size_t bytes) { begin_ += bytes; }

    // Room to read into, at least a byte; unread() may move. Empty where it holds kMaxBytes
    // already.
    std::span<char> room();
    void filled(std::size_t bytes) { end_ += bytes; }
    void release_if_empty();

    // More than any head within its limits.
    static constexpr std::size_t kMaxBytes = std::size_t{48} * 1024;

private:
    char* data() const { return large_ ? large_.get() : block_.data(); }
    std::size_t capacity() const { return large_ ? kMaxBytes : BufferPool::kBlockBytes; }

    BufferPool& pool_;
    Buffer block_;
    std::unique_ptr<char[]> large_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace tallygate::http
