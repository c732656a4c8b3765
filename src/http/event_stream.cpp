#include "http/event_stream.h"

#include <utility>

namespace tallygate::http {
namespace {

// The first CR or LF. Window by window, so that a stream of CRs alone is not searched to its end
// for an LF at every line.
std::size_t find_line_end(std::string_view text) {
    constexpr std::size_t kWindow = 256;
    for (std::size_t begin = 0; begin < text.size(); begin += kWindow) {
        const std::string_view window = text.substr(begin, kWindow);
        const std::size_t lf = window.find('\n');
        const std::size_t cr = window.substr(0, lf).find('\r');
        if (cr != std::string_view::npos) return begin + cr;
        if (lf != std::string_view::npos) return begin + lf;
    }
    return std::string_view::npos;
}

// Empties a buffer; a large one gives its memory back, for a server keeps one per stream.
void empty(std::string& buffer) {
    constexpr std::size_t kKeptBytes = 4096;
    if (buffer.capacity() > kKeptBytes) {
        buffer = std::string();
    } else {
        buffer.clear();
    }
}

}  // namespace

void EventStreamParser::Text::set(std::string_view text, bool in_piece) {
    is_set = true;
    is_owned = !in_piece;
    if (in_piece) {
        view = text;
    } else {
        owned = text;
    }
}

void EventStreamParser::Text::append_line(std::string_view text, bool in_piece) {
    if (!is_set) {
        set(text, in_piece);
        return;
    }
    own();
    owned += '\n';
    owned += text;
}

void EventStreamParser::Text::own() {
    if (!is_set || is_owned) return;
    owned = view;
    is_owned = true;
}

void EventStreamParser::Text::clear() {
    view = {};
    is_owned = false;
    is_set = false;
    empty(owned);
}

std::optional<EventStreamParser::Event> EventStreamParser::next(std::string_view& piece) {
    if (std::exchange(clear_due_, false)) {
        name_.clear();
        data_.clear();
    }
    while (!piece.empty()) {
        if (std::exchange(after_cr_, false) && piece.front() == '\n') {
            piece.remove_prefix(1);
            continue;
        }
        const std::size_t end = find_line_end(piece);
        if (end == std::string_view::npos) {
            keep(piece);
            piece = {};
            break;
        }
        const std::string_view rest_of_line = piece.substr(0, end);
        after_cr_ = piece[end] == '\r';
        piece.remove_prefix(end + 1);
        if (const auto event = end_line(rest_of_line)) return event;
    }
    name_.own();
    data_.own();
    return std::nullopt;
}

// `rest` is the line but for what earlier pieces held of it.
std::optional<EventStreamParser::Event> EventStreamParser::end_line(std::string_view rest) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    const bool begun = std::exchange(line_begun_, false);
    const bool comment = std::exchange(in_comment_, false) || (!begun && rest.starts_with(':'));
    const bool first = std::exchange(first_line_, false);
    if (!begun && rest.empty()) return end_event();
    if (comment || skipping_) return std::nullopt;
    if (too_long_with(rest)) {
        skip_event();
        return std::nullopt;
    }
    const bool in_piece = line_.empty();
    if (!in_piece) line_ += rest;
    std::string_view line = in_piece ? rest : std::string_view(line_);
    event_bytes_ += line.size();
    if (first && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    take_field(line, in_piece);
    empty(line_);
    return std::nullopt;
}

std::optional<EventStreamParser::Event> EventStreamParser::end_event() {
    event_bytes_ = 0;
    skipping_ = false;
    if (!data_.is_set) {
        name_.clear();
        return std::nullopt;
    }
    clear_due_ = true;
    return Event{name_.get(), data_.get()};
}

void EventStreamParser::take_field(std::string_view line, bool in_piece) {
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    std::string_view value =
        colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (name == "data") data_.append_line(value, in_piece);
    if (name == "event") name_.set(value, in_piece);
}

void EventStreamParser::keep(std::string_view beginning) {
    if (!line_begun_) in_comment_ = beginning.front() == ':';
    line_begun_ = true;
    if (in_comment_ || skipping_) return;
    if (too_long_with(beginning)) {
        skip_event();
    } else {
        line_ += beginning;
    }
}

bool EventStreamParser::too_long_with(std::string_view text) const {
    return text.size() > kMaxEventBytes - event_bytes_ - line_.size();
}

void EventStreamParser::skip_event() {
    skipping_ = true;
    ++skipped_events_;
    name_.clear();
    data_.clear();
    empty(line_);
}

}  // namespace tallygate::http
