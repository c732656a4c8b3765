// A make-believe MongoDB server for tests: real sockets, data in memory, faults on demand.
//
//     const SystemClock clock;
//     auto server = fake_mongod::Server::start(clock).value();
//     mongoc_client_new(server->uri().c_str());
//     server->mongod().lose_acknowledgement();
//
// README.md beside this file lists what it can do.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "connections.h"
#include "http/endpoint.h"
#include "http/server.h"
#include "mongod.h"

namespace tallygate::fake_mongod {

// One thread accepts, and each connection has one. Two ports lead to the same data: that of the
// clients, and one for control, which no fault reaches. Functions may be called from any thread.
class Server {
public:
    // Port 0 takes a free one. Fails with unavailable where an address is in use. The clock, by
    // which faults end, must outlive the server.
    static Result<std::unique_ptr<Server>> start(const Clock& clock,
                                                 const std::string& listen = "127.0.0.1:0",
                                                 const std::string& control = "127.0.0.1:0");

    // Ends all connections in whatever they do.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::string address() const { return clients_.endpoint.text(); }  // "127.0.0.1:41234"
    std::string control_address() const { return control_.endpoint.text(); }
    std::string uri() const { return "mongodb://" + address() + "/"; }
    std::string control_uri() const { return "mongodb://" + control_address() + "/"; }
    Mongod& mongod() { return mongod_; }

private:
    struct Port {
        http::Endpoint endpoint;
        int socket = -1;
    };
    struct Session {
        Connection connection;
        std::atomic<bool> ended = false;
        std::thread thread;
    };
    Server(const Clock& clock, http::ListeningSocket clients, http::ListeningSocket control);
    void accept_until_stopped();
    void accept_one(const Port& port, bool is_control);
    void serve(Session& session);
    bool serve_request(Connection& connection, const std::string& me);

    Port clients_, control_;
    int wake_ = -1;  // an eventfd that ends the acceptor
    Connections connections_;
    Mongod mongod_;
    std::list<Session> sessions_;  // the acceptor's alone while it runs
    std::thread acceptor_;
};

}  // namespace tallygate::fake_mongod
