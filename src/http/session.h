// One client connection from accept to close.
#pragma once

#include "http/connection_input.h"
#include "http/exchange.h"
#include "http/server.h"

namespace tallygate::http {

// Lives in the coroutine that runs it; counted in its server's list.
class Session {
public:
    Session(Server& server, int fd, const Endpoint& from, bool on_loopback);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Requests one after the other, until the connection ends.
    Task<void> run();

    // No byte of a request has come.
    bool idle() const { return idle_; }
    void abort() { socket_.abort(); }
    Session* next() const { return next_; }

private:
    // Until its first byte has come; till then the connection is idle. False: it ends here.
    Task<bool> wait_for_request();
    // Behind its first byte. False: the connection ends here, without another request.
    Task<bool> read_head(Exchange& exchange);
    // Whether the connection can take another request.
    Task<bool> finish(Exchange& exchange);
    Task<void> linger();
    Task<bool> refuse(Exchange& exchange, const Problem& problem);

    Server& server_;
    Socket socket_;
    ConnectionInput input_;
    Peer peer_;
    bool idle_ = true;
    Session* previous_ = nullptr;
    Session* next_ = nullptr;
};

}  // namespace tallygate::http
