#include "commands.h"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

namespace tallygate::fake_mongod {
namespace {

Outcome<void> ping(CommandCall&) {
    return {};
}

Outcome<void> build_info(CommandCall& call) {
    call.reply.add("version", "5.0.0").begin_array("versionArray");
    call.reply.add("0", 5).add("1", 0).add("2", 0).add("3", 0).end();
    call.reply.add("maxBsonObjectSize", static_cast<std::int32_t>(kMaxDocument));
    return {};
}

std::map<std::string_view, Command> all_commands() {
    std::map<std::string_view, Command> all;
    all["ping"] = {"ping", Command::Kind::other, false, ping, {}};
    all["buildInfo"] = {"buildInfo", Command::Kind::other, false, build_info, {}};
    for (const auto& commands : {write_commands(), read_commands(), schema_commands()}) {
        for (const Command& command : commands)
            all[command.name] = command;
    }
    return all;
}

// Arguments that change nothing where there is one server that holds all in memory.
bool is_common(std::string_view name) {
    constexpr std::string_view kCommon[] = {"$db",     "$readPreference", "$clusterTime",
                                            "lsid",    "readConcern",     "writeConcern",
                                            "comment", "maxTimeMS"};
    return std::ranges::count(kCommon, name) > 0;
}

bool is_document(std::string_view argument) {
    constexpr std::string_view kDocuments[] = {"filter", "query", "sort", "projection"};
    return std::ranges::count(kDocuments, argument) > 0;
}

}  // namespace

const Collection* Data::find(const std::string& name_space) const {
    const auto found = collections.find(name_space);
    return found == collections.end() ? nullptr : &found->second;
}

Collection* Data::find(const std::string& name_space) {
    const auto found = collections.find(name_space);
    return found == collections.end() ? nullptr : &found->second;
}

Collection& Data::find_or_create(const std::string& name_space) {
    return collections.try_emplace(name_space, name_space).first->second;
}

BsonView CommandCall::fields(std::string_view name) const {
    const auto value = argument(name);
    return value ? value->fields() : BsonView();
}

Outcome<std::optional<std::int64_t>> CommandCall::number(std::string_view name) const {
    const auto value = argument(name);
    if (!value || value->type == BsonType::null) return std::nullopt;
    const auto number = value->integer();
    if (!number || *number < 0) {
        return bad_value(
            fmt::format("{} of {} is no whole number of 0 or more", name, request.command()));
    }
    return number;
}

const Command* find_command(std::string_view name) {
    static const std::map<std::string_view, Command> commands = all_commands();
    const auto found = commands.find(name);
    return found == commands.end() ? nullptr : &found->second;
}

Outcome<void> check_fields(std::string_view what, BsonView document,
                           const std::vector<std::string_view>& known) {
    for (const BsonField& field : document) {
        if (std::ranges::count(known, field.name) == 0)
            return bad_value(fmt::format("fake_mongod has no {} for {}", field.name, what));
    }
    return {};
}

Outcome<void> check_arguments(const Command& command, const Request& request) {
    if (command.names_collection && request.argument().text().empty())
        return bad_value(fmt::format("{} needs the name of a collection", command.name));
    if (command.kind != Command::Kind::write && !request.sequences.empty()) {
        return bad_value(
            fmt::format("{} has no argument {}", command.name, request.sequences.front().name));
    }
    for (const BsonField& field : request.body) {
        if (is_document(field.name) && field.value.type != BsonType::object)
            return bad_value(fmt::format("{} of {} is no document", field.name, command.name));
        if (field.name != command.name && !is_common(field.name) &&
            std::ranges::count(command.arguments, field.name) == 0)
            return bad_value(fmt::format("fake_mongod has no {} for {}", field.name, command.name));
    }
    return {};
}

}  // namespace tallygate::fake_mongod
