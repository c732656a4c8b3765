// Finds the events in a stream of server-sent events (WHATWG HTML, 9.2) while it flows by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tallygate::http {

// Takes the stream in pieces cut anywhere. Lines end in CR, LF or CRLF; a BOM in front, comments,
// `id` and `retry` are passed over. An event without data is none, and what the stream ends in
// before a blank line is dropped, as browsers do. Copies nothing of an event that lies in one piece
// and has one data line; of others their name and data alone. A value; one thread.
class EventStreamParser {
public:
    // Lines of one event together, comments aside. A longer event is skipped: its bytes are not
    // kept.
    static constexpr std::size_t kMaxEventBytes = std::size_t{1024} * 1024;

    struct Event {
        std::string_view name;  // empty where the event gives none, which means "message"
        std::string_view data;  // its lines joined by LF
    };

    // Calls `on_event(const Event&)` for each event that ends in `piece`. The views live during the
    // call alone.
    template <class OnEvent>
    void feed(std::string_view piece, OnEvent&& on_event) {
        while (const auto event = next(piece)) {
            on_event(*event);
        }
    }

    // The same one by one: takes the next event off the front of `piece`, and all of it where no
    // event ends in it. The views live until the next call, and no longer than the bytes of
    // `piece`.
    std::optional<Event> next(std::string_view& piece);

    // Events skipped so far because they were too long.
    std::uint64_t skipped_events() const { return skipped_events_; }

private:
    // Text that is a view of the piece until it must outlive it.
    struct Text {
        std::string_view view;
        std::string owned;
        bool is_owned = false;
        bool is_set = false;

        std::string_view get() const { return is_owned ? std::string_view(owned) : view; }
        void set(std::string_view text, bool in_piece);
        void append_line(std::string_view text, bool in_piece);
        void own();
        void clear();
    };

    std::optional<Event> end_line(std::string_view rest);
    std::optional<Event> end_event();
    void take_field(std::string_view line, bool in_piece);
    void keep(std::string_view beginning);
    bool too_long_with(std::string_view text) const;
    void skip_event();

    Text name_;
    Text data_;
    std::string line_;             // the beginning of a line that earlier pieces ended in
    std::size_t event_bytes_ = 0;  // of the event's whole lines so far
    std::uint64_t skipped_events_ = 0;
    bool first_line_ = true;
    bool line_begun_ = false;  // earlier pieces hold bytes of the line, kept or not
    bool in_comment_ = false;  // and they began with a colon
    bool after_cr_ = false;    // an LF now belongs to the CR before
    bool skipping_ = false;    // the event is too long
    bool clear_due_ = false;   // an event was handed out
};

}  // namespace tallygate::http
