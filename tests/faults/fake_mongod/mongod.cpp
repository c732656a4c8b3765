#include "mongod.h"

#include <array>

#include <fmt/format.h>

namespace tallygate::fake_mongod {
namespace {

bool is_hello(std::string_view command) {
    return command == "hello" || command == "isMaster" || command == "ismaster";
}

// Ends a reply that has what the command wrote.
std::string succeed(BsonWriter& reply) {
    return reply.add("ok", 1.0).take();
}

// The error of a write concern behind an answer that is a success otherwise.
std::string with_write_concern_error(const std::string& reply, int code) {
    BsonWriter writer;
    writer.add_all(BsonView(reply)).begin_object("writeConcernError");
    writer.add("code", code).add("codeName", code_name(code));
    return writer.add("errmsg", "as the fault demands").end().take();
}

// "7fffffff" and the number: a later election has a larger id.
std::array<char, 12> election_id(std::int64_t election) {
    std::array<char, 12> id = {0x7f, '\xff', '\xff', '\xff'};
    for (std::size_t i = 0; i < 8; ++i)
        id[4 + i] = static_cast<char>(election >> (56 - 8 * i));
    return id;
}

}  // namespace

Answer Mongod::handle(const Request& request, bool is_control, const std::string& me) {
    Answer result;
    const bool is_fault = request.command() == "fault" || request.command() == "faultStatus";
    std::string document;
    if (is_fault && !request.is_legacy) {
        document = *run_fault_command(*this, request);
    } else {
        const std::lock_guard lock(mutex_);
        document = answer(request, is_control, me, result.closes);
    }
    if (request.wants_answer && !document.empty())
        result.message = answer_message(request, document);
    return result;
}

// The answer's document; empty where there is none.
std::string Mongod::answer(const Request& request, bool is_control, const std::string& me,
                           bool& closes) {
    const Time now = clock_.steady_now();
    const std::string_view name = request.command();
    const Command* command = find_command(name);
    land_until(now);
    ++commands_[command || is_hello(name) ? std::string(name) : "unknown"];

    const auto fault = is_control ? std::nullopt : faults_.next_error(name);
    if (fault && !fault->of_write_concern)
        return failure_reply({fault->code, "as the fault demands"});
    if (is_hello(name)) return hello(name, is_control || faults_.is_primary(now), me);
    if (request.is_legacy) {
        return failure_reply({code::kUnsupportedOpQueryCommand,
                              fmt::format("{} does not come by OP_QUERY any more", name)});
    }
    if (!command)
        return failure_reply({code::kCommandNotFound, fmt::format("no such command: '{}'", name)});
    if (is_control) return run(*command, request);
    if (const auto allowed = check_primary(*command, request); !allowed)
        return failure_reply(allowed.error());
    std::string reply = command->kind == Command::Kind::write ? write(*command, request, closes)
                                                              : run(*command, request);
    return fault && !reply.empty() ? with_write_concern_error(reply, fault->code) : reply;
}

Outcome<void> Mongod::check_primary(const Command& command, const Request& request) const {
    if (faults_.is_primary(clock_.steady_now())) return {};
    using enum Command::Kind;
    if (command.kind == write || command.kind == schema)
        return fail_with(code::kNotWritablePrimary, "not primary");
    if (command.kind != read) return {};
    const auto preference = request.body.find("$readPreference");
    const auto mode = preference ? preference->fields().find("mode") : std::nullopt;
    if (mode && mode->text() != "primary") return {};
    return fail_with(code::kNotPrimaryNoSecondaryOk, "not primary and secondaryOk=false");
}

std::string Mongod::run(const Command& command, const Request& request, const WriteFate& fate) {
    std::optional<std::string> strange = unsupported(request.body);
    for (const DocumentSequence& sequence : request.sequences) {
        for (const BsonView& document : sequence.documents) {
            if (!strange) strange = unsupported(document);
        }
    }
    if (strange) {
        return failure_reply(
            {code::kBadValue, fmt::format("fake_mongod does not compare this: {}", *strange)});
    }
    if (const auto checked = check_arguments(command, request); !checked)
        return failure_reply(checked.error());
    BsonWriter reply;
    CommandCall call{request, data_, reply, fate.statements};
    const auto done = command.run(call);
    return done ? succeed(reply) : failure_reply(done.error());
}

std::string Mongod::write(const Command& command, const Request& request, bool& closes) {
    using enum WriteFate::Kind;
    const WriteFate fate = faults_.next_write();
    closes = fate.kind != apply;
    if (fate.kind == apply_late) {
        late_.emplace(until(fate.delay), request);
        closes = !fate.code.has_value();
        return fate.code ? failure_reply({*fate.code, "as the fault demands"}) : std::string();
    }
    std::string reply = run(command, request, fate);
    return closes ? std::string() : reply;
}

std::string Mongod::hello(std::string_view command, bool is_primary, const std::string& me) const {
    BsonWriter reply;
    reply.add("helloOk", true);
    reply.add(command == "hello" ? "isWritablePrimary" : "ismaster", is_primary);
    reply.add("secondary", !is_primary).add("setName", "fake").add("setVersion", 1);
    reply.begin_array("hosts").add("0", me).end().add("me", me);
    if (is_primary) {
        const auto id = election_id(faults_.elections());
        reply.add("primary", me).add_object_id("electionId", {id.data(), id.size()});
    }
    reply.add("maxBsonObjectSize", static_cast<std::int32_t>(kMaxDocument));
    reply.add("maxMessageSizeBytes", static_cast<std::int32_t>(kMaxMessage));
    reply.add("maxWriteBatchSize", 100'000);
    reply.add_date("localTime", micros(clock_.now()) / 1'000);
    reply.add("minWireVersion", 0).add("maxWireVersion", 13).add("readOnly", false);
    return succeed(reply);
}

void Mongod::land_until(Time time) {
    while (!late_.empty() && late_.begin()->first <= time) {
        const Request request = late_.begin()->second;
        late_.erase(late_.begin());
        run(*find_command(request.command()), request);
    }
}

Time Mongod::until(std::optional<Milliseconds> duration) const {
    return duration ? clock_.steady_now() + *duration : Time::max();
}

void Mongod::wait_while_stalled() {
    std::unique_lock lock(mutex_);
    // The clock may be one that a test moves, so it is looked at now and then.
    while (!stopped_ && faults_.is_stalled(clock_.steady_now()))
        changed_.wait_for(lock, Milliseconds(5));
}

bool Mongod::is_refusing() const {
    const std::lock_guard lock(mutex_);
    return faults_.is_refusing(clock_.steady_now());
}

void Mongod::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
}

}  // namespace tallygate::fake_mongod
