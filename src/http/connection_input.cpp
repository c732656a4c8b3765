#include "http/connection_input.h"

#include <cstring>

namespace tallygate::http {

std::span<char> ConnectionInput::room() {
    if (!data()) {
        block_ = pool_.take();
        begin_ = end_ = 0;
    }
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (end_ == capacity() && begin_ > 0) {
        std::memmove(data(), data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == capacity() && !large_) {
        large_ = std::make_unique_for_overwrite<char[]>(kMaxBytes);
        std::memcpy(large_.get(), block_.data(), end_);
        block_ = {};
    }
    return {data() + end_, capacity() - end_};
}

void ConnectionInput::release_if_empty() {
    if (begin_ != end_) return;
    begin_ = end_ = 0;
    block_ = {};
    large_.reset();
}

}  // namespace tallygate::http
