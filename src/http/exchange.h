// One request and its answer on a client's connection.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/body_decoder.h"
#include "http/connection_input.h"
#include "http/endpoint.h"
#include "http/head.h"
#include "http/reply.h"
#include "http/socket.h"
#include "http/target.h"
#include "http/task.h"

namespace tallygate::http {

struct ServerLimits {
    HeadLimits head;
    std::chrono::milliseconds head_timeout{
        10'000};  // from a request's first byte to the end of its head
    std::chrono::milliseconds idle_timeout{60'000};    // between requests
    std::chrono::milliseconds body_timeout{30'000};    // for the next piece of a request's body
    std::chrono::milliseconds write_timeout{120'000};  // for the client to take another byte
};

// A client's connection, for as long as it stands.
struct Peer {
    Endpoint address;
    std::string host;  // of `address`, as text
    bool on_loopback_listener = true;
};

// Given to an ExchangeHandler, which must answer by reply() or by writing to client() itself. On
// the loop's thread.
class Exchange {
public:
    Exchange(Socket& client, ConnectionInput& input, const Peer& peer, const ServerLimits& limits,
             const Clock& clock);

    // The request; views live until release_head().
    const RequestHead& head() const { return parsed_->head; }
    const Target& target() const { return parsed_->target; }
    // Gives the head's memory back. Call it once everything needed was copied out: before the body
    // is read, before waits.
    void release_head();

    Socket& client() { return client_; }
    EventLoop& loop() const { return client_.loop(); }
    const Peer& peer() const { return peer_; }
    const ServerLimits& limits() const { return limits_; }
    const std::string& request_id() const { return request_id_; }
    bool is_head() const { return is_head_; }
    int minor_version() const { return minor_version_; }
    Timestamp began() const { return began_; }
    std::chrono::microseconds elapsed() const;

    // The rest of the request's body. Content that is in memory already comes without waiting.
    bool body_ended() const { return body_.ended(); }
    const BodyDecoder& body() const { return body_; }
    struct BodyPiece {
        IoResult io;            // of the connection; `failed` with EBADMSG for broken framing
        std::string_view data;  // lives until the next call; empty at the end
    };
    // What has come with the head; never waits. For one write of head and body.
    BodyPiece buffered_body();
    // The next piece; empty data and ok: the body has ended. The head must have been released.
    Task<BodyPiece> read_body();
    // All of the body, where it is at most `limit` bytes; else a Problem (413, 408, 400).
    Task<std::expected<std::string, Problem>> read_whole_body(std::size_t limit);
    // What the client has sent behind this request, for a connection that changes protocols; counts
    // as used. Lives until the connection is read again.
    std::string_view take_unread();
    // Tells a client that waits for it to go on (Expect: 100-continue); nothing where none does.
    Task<void> send_continue();

    // The whole answer in one write, with what every answer of ours carries. The request's body may
    // still be unread.
    Task<void> reply(Reply answer);
    Task<void> reply(const Problem& problem);

    // For those who write to client() themselves: whether the head of their answer must say that
    // the connection closes.
    bool will_close() const { return close_; }
    // No further request on this connection: the answer's end could not be told otherwise, or
    // framing was lost.
    void close_after() { close_ = true; }
    // The answer was broken off: the client must not take it for whole.
    void reset() { close_ = reset_ = true; }
    bool is_reset() const { return reset_; }
    void mark_answered() { answered_ = true; }
    bool answered() const { return answered_; }

    // Fields that every answer of this exchange carries, as finished lines ("Name: value\r\n"); for
    // CORS.
    void add_field(std::string_view line) { extra_fields_ += line; }
    const std::string& extra_fields() const { return extra_fields_; }

private:
    friend class Session;
    // From the thread's frame pool, since it is large and short-lived.
    struct Parsed {
        RequestHead head;
        Target target;
        static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
        static void operator delete(void* place, std::size_t bytes) { free_frame(place, bytes); }
    };
    void adopt_head();

    Socket& client_;
    ConnectionInput& input_;
    const Peer& peer_;
    const ServerLimits& limits_;
    const Clock& clock_;
    std::unique_ptr<Parsed> parsed_;
    BodyDecoder body_;
    std::string request_id_;
    std::string extra_fields_;
    Timestamp began_;
    std::chrono::steady_clock::time_point steady_began_;
    int minor_version_ = 1;
    bool is_head_ = false;
    bool expects_continue_ = false;
    bool close_ = false;
    bool reset_ = false;
    bool answered_ = false;
};

// Answers requests. One per loop; handle() runs once per request and must outlast none of its
// arguments.
class ExchangeHandler {
public:
    virtual ~ExchangeHandler() = default;
    virtual Task<void> handle(Exchange& exchange) = 0;
};

// "Date: Tue, 24 Nov 2026 10:00:00 GMT\r\n", made once a second and thread.
std::string_view date_field(Timestamp now);

}  // namespace tallygate::http
