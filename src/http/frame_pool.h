// Memory of coroutine frames, used again instead of given back.
#pragma once

#include <cstddef>

namespace tallygate::http {

// Frames of up to 8 KiB come from a list of the calling thread, so that a call allocates nothing
// once the server is warm. A frame may be freed by another thread than the one that made it. Plain
// new and delete under the sanitizers, so that they see every mistake.
void* allocate_frame(std::size_t bytes);
void free_frame(void* frame, std::size_t bytes) noexcept;

}  // namespace tallygate::http
