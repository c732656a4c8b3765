// Carries one request to an upstream and the answer back, both ways as a stream.
#pragma once

#include <array>
#include <chrono>
#include <coroutine>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/forwarded_head.h"
#include "gateway/upstream.h"
#include "http/body_decoder.h"
#include "http/exchange.h"

namespace tallygate::gateway {

// What became of a forwarded request.
struct RelayResult {
    std::optional<int> status;  // the upstream's; nothing where no answer began
    bool whole = false;         // the answer arrived from the upstream to its end
    bool output = false;        // at least a byte of its body came
    bool client_gone = false;
    std::string_view
        error_class;     // empty where whole: upstream_refused, upstream_timeout, client_gone …
    std::string detail;  // for a person, where there is more to say
    std::optional<std::chrono::microseconds>
        first_byte;  // of the answer's body, from the request's head
};

// Told what passes. on_answer and on_content must be quick.
class RelayObserver {
public:
    virtual ~RelayObserver() = default;
    virtual void on_answer(const http::ResponseHead& answer) = 0;
    virtual void on_content(std::string_view content) = 0;
    // Called once, when all but the last byte has been handed to the client's socket, or when it
    // has failed. False: the answer must not end well.
    virtual http::Task<bool> settle(const RelayResult& result) = 0;
};

// One use. Lives in the coroutine that awaits run(). On the loop's thread.
class Relay {
public:
    struct Limits {
        std::uint64_t body_bytes = 0;  // of the request, counted without framing
        bool own_cors = false;
        bool upgrade = false;  // the request asks for a WebSocket; after 101 bytes go both ways as
                               // they come
    };
    Relay(http::Exchange& exchange, Upstream& upstream, RelayObserver& observer,
          const Limits& limits);

    // Answers the client, whatever happens: with the upstream's answer, or with 502, 504, 400, 408
    // or 413. A pooled connection that turns out dead before the first byte was sent is replaced by
    // a new one; nothing else is retried.
    http::Task<void> run(std::string request_head);

    const RelayResult& result() const { return result_; }

private:
    // Both directions of an answer's body at once need pieces from many chunks in one write.
    struct Batch {
        std::array<iovec, 48> pieces;
        std::size_t count = 0;
        std::size_t content_bytes = 0;
        void add(std::string_view text) {
            pieces[count++] = {const_cast<char*>(text.data()), text.size()};
        }
        std::span<iovec> all() { return {pieces.data(), count}; }
    };

    http::Task<bool> connect_and_send(const std::string& request_head);
    http::Task<void> take_answer();
    http::Task<bool> receive_head();
    // False: the client has gone, or we end.
    http::Task<bool> pass_interim_on();
    http::Task<void> relay_answer();
    http::Task<void> relay_body(std::string head_text, ClientFraming framing);
    // Content that has come, as the client shall get it. False: the framing is broken.
    bool fill(Batch& batch, ClientFraming framing);
    http::Task<http::IoResult> read_more(std::chrono::milliseconds timeout);
    http::Task<void> fail();
    http::Problem failure_problem() const;
    void note_read_failure(const http::IoResult& read);
    void note_write_failure(const http::IoResult& written);
    void note(std::string_view error_class, std::string detail = {});

    http::Task<void> tunnel();
    // One direction of a tunnel, until `from` ends; then `to` is told.
    http::Task<void> pump(http::Socket& from, http::Socket& to);

    http::Task<void> upload();
    http::Task<bool> send_piece(std::string_view content);
    http::Task<void> join_upload();

    http::Exchange& exchange_;
    Upstream& upstream_;
    RelayObserver& observer_;
    const Limits limits_;
    RelayResult result_;
    std::unique_ptr<http::UpstreamConnection> connection_;
    // From the thread's frame pool, since it is large and short-lived.
    struct Answer : http::ResponseHead {
        static void* operator new(std::size_t bytes) { return http::allocate_frame(bytes); }
        static void operator delete(void* place, std::size_t bytes) {
            http::free_frame(place, bytes);
        }
    };
    std::unique_ptr<Answer> answer_;
    http::BodyDecoder decoder_;
    std::string method_;
    std::array<char, 20> chunk_line_{};
    char held_back_ = 0;  // the last byte, where nothing but the connection's end tells a client
                          // that it was the last
    bool holds_back_ = false;
    bool ends_with_connection_ = false;  // the answer, for this client
    bool request_chunked_ = false;
    bool settled_ = false;
    bool upload_running_ = false;
    bool upload_whole_ = true;
    std::uint64_t uploaded_bytes_ = 0;
    std::chrono::seconds stated_idle_{0};
    bool reusable_ = false;
    std::coroutine_handle<> joiner_;
    std::chrono::steady_clock::time_point last_tunnel_traffic_;
};

}  // namespace tallygate::gateway
