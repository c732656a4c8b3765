// {fault: NAME, …} and {faultStatus: 1}.
#include <algorithm>
#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "mongod.h"

namespace tallygate::fake_mongod {
namespace {

constexpr int kUnauthorized = 13;

// The arguments of a fault, read and checked.
struct Arguments {
    std::optional<int> after, applied, ms, times, code;
    std::string on;
    bool write_concern = false;

    int after_or_next() const { return after.value_or(1); }
    std::optional<Milliseconds> duration() const {
        return ms ? std::optional(Milliseconds(*ms)) : std::nullopt;
    }
};

struct Fault {
    std::string_view name;
    std::vector<std::string_view> arguments;
    std::function<Outcome<void>(Mongod&, const Arguments&)> set;
};

Outcome<void> set_error(Mongod& mongod, const Arguments& given) {
    if (!given.code || given.on.empty()) return bad_value("error needs code and on");
    mongod.error({*given.code, given.on, given.times, given.write_concern});
    return {};
}

Outcome<void> set_roll_back(Mongod& mongod, const Arguments&) {
    if (!mongod.roll_back()) return bad_value("there is no snapshot to roll back to");
    return {};
}

// A fault that cannot fail.
template <class Set>
auto always(Set set) {
    return [set](Mongod& mongod, const Arguments& given) -> Outcome<void> {
        set(mongod, given);
        return {};
    };
}

std::vector<Fault> make_faults() {
    using A = const Arguments&;
    return {
        {"lose_acknowledgement", {"after"}, always([](Mongod& m, A a) {
             m.lose_acknowledgement(a.after_or_next());
         })},
        {"cut", {"after", "applied"}, always([](Mongod& m, A a) {
             m.cut(a.after_or_next(), static_cast<std::size_t>(a.applied.value_or(0)));
         })},
        {"apply_late", {"ms", "times", "code"}, always([](Mongod& m, A a) {
             m.apply_late(a.duration(), a.times, a.code);
         })},
        {"land", {}, always([](Mongod& m, A) { m.land(); })},
        {"snapshot", {}, always([](Mongod& m, A) { m.snapshot(); })},
        {"roll_back", {}, set_roll_back},
        {"primary_change", {"ms"}, always([](Mongod& m, A a) {
             m.primary_change(Milliseconds(a.ms.value_or(0)));
         })},
        {"refuse", {"ms"}, always([](Mongod& m, A a) { m.refuse(a.duration()); })},
        {"stall", {"ms"}, always([](Mongod& m, A a) { m.stall(a.duration()); })},
        {"error", {"code", "on", "times", "write_concern"}, set_error},
        {"clear", {}, always([](Mongod& m, A) { m.clear(); })},
    };
}

const std::vector<Fault>& faults() {
    static const std::vector<Fault> all = make_faults();
    return all;
}

Outcome<void> read(Arguments& arguments, const BsonField& field) {
    if (field.name == "on") {
        arguments.on = field.value.text();
        return {};
    }
    if (field.name == "write_concern") {
        arguments.write_concern = field.value.truth();
        return {};
    }
    const auto number = field.value.integer();
    if (!number || *number < 0 || *number > std::numeric_limits<int>::max())
        return bad_value(fmt::format("{} is no whole number of 0 or more", field.name));
    const auto whole = static_cast<int>(*number);
    if (field.name == "after") arguments.after = whole;
    if (field.name == "applied") arguments.applied = whole;
    if (field.name == "ms") arguments.ms = whole;
    if (field.name == "times") arguments.times = whole;
    if (field.name == "code") arguments.code = whole;
    return {};
}

Outcome<void> run_fault(Mongod& mongod, const Request& request) {
    const std::string_view name = request.argument().text();
    const auto fault = std::ranges::find(faults(), name, &Fault::name);
    if (fault == faults().end()) {
        std::vector<std::string_view> names;
        std::ranges::transform(faults(), std::back_inserter(names), &Fault::name);
        return bad_value(
            fmt::format("no fault is called {}; there are: {}", name, fmt::join(names, ", ")));
    }
    Arguments arguments;
    for (const BsonField& field : request.body) {
        if (field.name == "fault" || field.name.starts_with('$') || field.name == "lsid") continue;
        if (std::ranges::count(fault->arguments, field.name) == 0)
            return bad_value(fmt::format("{} has no argument {}", name, field.name));
        if (auto done = read(arguments, field); !done) return done;
    }
    return fault->set(mongod, arguments);
}

void write_counts(BsonWriter& reply, std::string_view name,
                  const std::map<std::string, std::int64_t>& counts) {
    reply.begin_object(name);
    for (const auto& [key, count] : counts)
        reply.add(key, count);
    reply.end();
}

void write_status(BsonWriter& reply, const Status& status) {
    write_counts(reply, "commands", status.commands);
    write_counts(reply, "documents", status.documents);
    reply.begin_object("connections").add("open", status.connections_open);
    reply.add("accepted", status.connections_accepted).end();
    reply.add("cursors", status.cursors).add("lateWrites", status.late_writes);
    reply.add("primary", status.is_primary);
}

}  // namespace

std::optional<std::string> run_fault_command(Mongod& mongod, const Request& request) {
    const bool is_status = request.command() == "faultStatus";
    if (!is_status && request.command() != "fault") return std::nullopt;
    BsonWriter reply;
    if (is_status) {
        write_status(reply, mongod.status());
    } else if (request.database != "admin") {
        return failure_reply({kUnauthorized, "fault may only be run against the admin database"});
    } else if (const auto done = run_fault(mongod, request); !done) {
        return failure_reply(done.error());
    }
    return reply.add("ok", 1.0).take();
}

}  // namespace tallygate::fake_mongod
