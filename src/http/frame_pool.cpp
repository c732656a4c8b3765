#include "http/frame_pool.h"

#include <array>
#include <new>
#include <utility>

namespace tallygate::http {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TALLYGATE_PLAIN_FRAMES 1
#endif
#endif

#ifndef TALLYGATE_PLAIN_FRAMES
constexpr std::size_t kStep = 256;
constexpr std::size_t kClasses = 32;
constexpr std::size_t kKeptPerClass = 512;

// Free frames of one thread, by size in steps of 256 bytes.
struct FreeFrames {
    struct Node {
        Node* next;
    };
    struct List {
        Node* first = nullptr;
        std::size_t size = 0;
    };
    std::array<List, kClasses> lists;

    FreeFrames() = default;
    FreeFrames(const FreeFrames&) = delete;
    FreeFrames& operator=(const FreeFrames&) = delete;
    ~FreeFrames() {
        for (List& list : lists) {
            while (list.first)
                ::operator delete(std::exchange(list.first, list.first->next));
        }
    }
};

thread_local FreeFrames free_frames;
#endif

}  // namespace

#ifdef TALLYGATE_PLAIN_FRAMES

void* allocate_frame(std::size_t bytes) {
    return ::operator new(bytes);
}
void free_frame(void* frame, std::size_t) noexcept {
    ::operator delete(frame);
}

#else

void* allocate_frame(std::size_t bytes) {
    const std::size_t size_class = (bytes - 1) / kStep;
    if (size_class >= kClasses) return ::operator new(bytes);
    FreeFrames::List& list = free_frames.lists[size_class];
    if (!list.first) return ::operator new((size_class + 1) * kStep);
    --list.size;
    return std::exchange(list.first, list.first->next);
}

void free_frame(void* frame, std::size_t bytes) noexcept {
    const std::size_t size_class = (bytes - 1) / kStep;
    if (size_class >= kClasses || free_frames.lists[size_class].size >= kKeptPerClass) {
        ::operator delete(frame);
        return;
    }
    FreeFrames::List& list = free_frames.lists[size_class];
    list.first = new (frame) FreeFrames::Node{list.first};
    ++list.size;
}

#endif

}  // namespace tallygate::http
