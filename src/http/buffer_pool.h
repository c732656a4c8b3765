// Blocks of memory for bytes on their way, taken only while there are any.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace tallygate::http {

class BufferPool;

// One block, given back to its pool when it goes. Moves; empty after.
class Buffer {
public:
    Buffer() = default;
    Buffer(BufferPool& pool, std::unique_ptr<char[]> block)
        : pool_(&pool), block_(std::move(block)) {}
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    Buffer(Buffer&&) noexcept = default;
    inline Buffer& operator=(Buffer&& other) noexcept;
    inline ~Buffer();

    char* data() const { return block_.get(); }
    explicit operator bool() const { return block_ != nullptr; }

private:
    BufferPool* pool_ = nullptr;
    std::unique_ptr<char[]> block_;
};

// The blocks of one loop. A connection that waits holds none, so a thousand idle ones cost nothing
// here. One thread; must outlive its buffers.
class BufferPool {
public:
    static constexpr std::size_t kBlockBytes = std::size_t{16} * 1024;

    Buffer take() {
        if (free_.empty()) return {*this, std::make_unique_for_overwrite<char[]>(kBlockBytes)};
        Buffer buffer(*this, std::move(free_.back()));
        free_.pop_back();
        return buffer;
    }

private:
    friend class Buffer;
    static constexpr std::size_t kKept = 128;

    void give_back(std::unique_ptr<char[]> block) {
        if (free_.size() < kKept) free_.push_back(std::move(block));
    }

    std::vector<std::unique_ptr<char[]>> free_;
};

inline Buffer::~Buffer() {
    if (block_) pool_->give_back(std::move(block_));
}

inline Buffer& Buffer::operator=(Buffer&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(block_, other.block_);
    return *this;
}

}  // namespace tallygate::http
