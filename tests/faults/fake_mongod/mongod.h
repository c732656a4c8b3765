// A make-believe mongod without its sockets: commands in, answers out, and faults on demand.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "commands.h"
#include "connections.h"
#include "faults.h"
#include "wire_message.h"

namespace tallygate::fake_mongod {

// What becomes of a request.
struct Answer {
    std::optional<std::string> message;  // none: no answer
    bool closes = false;
};

// What has happened until now, and what there is.
struct Status {
    std::map<std::string, std::int64_t> commands;   // by name; unknown ones as "unknown"
    std::map<std::string, std::int64_t> documents;  // by "database.collection"
    std::int64_t connections_open = 0;
    std::int64_t connections_accepted = 0;
    std::int64_t cursors = 0;
    std::int64_t late_writes = 0;  // on their way
    bool is_primary = true;
};

// One primary of a replica set of one, by the name of "fake". Any thread may call it: one lock is
// over all of it. The clock and the connections must outlive it.
//
// A "write" below is one insert, update or delete command, with all of its statements. No fault
// reaches the control port, and what comes in there does not count as a write.
class Mongod {
public:
    Mongod(const Clock& clock, Connections& connections)
        : clock_(clock), connections_(connections) {}

    // Answers one request; `me` is the address it came to, as HOST:PORT.
    Answer handle(const Request& request, bool is_control, const std::string& me);
    // Comes back when no stall is on, or at once behind stop().
    void wait_while_stalled();
    bool is_refusing() const;
    void stop();

    // The `after`-th write from now is applied, but its connection closes without an answer.
    void lose_acknowledgement(int after = 1);
    // The `after`-th write from now is applied up to its first `applied` statements, and its
    // connection closes without an answer.
    void cut(int after = 1, std::size_t applied = 0);
    // The next `times` writes (none: all until clear()) are applied `delay` after they came (none:
    // at land()), in the order in which they are due. Until then they get the error `code`, or a
    // closed connection.
    void apply_late(std::optional<Milliseconds> delay, std::optional<int> times = std::nullopt,
                    std::optional<int> code = std::nullopt);
    // Applies all late writes now.
    void land();
    // Keeps a copy of all data; roll_back() goes back to it, open cursors are gone then. False
    // where there is no copy.
    void snapshot();
    bool roll_back();
    // All connections close. For `duration` this is a secondary that takes no writes, and then the
    // primary again, of a later election.
    void primary_change(Milliseconds duration);
    // All connections close, and new ones do at once, for `duration` (none: until clear()).
    void refuse(std::optional<Milliseconds> duration = std::nullopt);
    // Requests are read and wait; they are carried out when the time is over (none: at clear()),
    // whether the client still waits or not.
    void stall(std::optional<Milliseconds> duration = std::nullopt);
    void error(const ErrorFault& fault);
    // Ends all faults. Late writes stay on their way and the snapshot stays.
    void clear();

    Status status();

private:
    std::string answer(const Request& request, bool is_control, const std::string& me,
                       bool& closes);
    Outcome<void> check_primary(const Command& command, const Request& request) const;
    std::string run(const Command& command, const Request& request,
                    const WriteFate& fate = WriteFate());
    std::string write(const Command& command, const Request& request, bool& closes);
    std::string hello(std::string_view command, bool is_primary, const std::string& me) const;
    void land_until(Time time);
    Time until(std::optional<Milliseconds> duration) const;

    const Clock& clock_;
    Connections& connections_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Data data_;
    std::optional<Data> snapshot_;
    Faults faults_;
    std::multimap<Time, Request> late_;
    std::map<std::string, std::int64_t, std::less<>> commands_;
    bool stopped_ = false;
};

// {fault: NAME, …} and {faultStatus: 1}: the same by way of the protocol. Null for other commands.
std::optional<std::string> run_fault_command(Mongod& mongod, const Request& request);

}  // namespace tallygate::fake_mongod
