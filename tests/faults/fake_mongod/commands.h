// The commands that work on data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "collection.h"
#include "cursors.h"
#include "failure.h"
#include "wire_message.h"

namespace tallygate::fake_mongod {

struct Data {
    std::map<std::string, Collection, std::less<>> collections;  // by "database.collection"
    Cursors cursors;

    const Collection* find(const std::string& name_space) const;
    Collection* find(const std::string& name_space);
    Collection& find_or_create(const std::string& name_space);
};

struct CommandCall {
    const Request& request;
    Data& data;
    BsonWriter& reply;
    // A write stops behind so many statements, as if it were cut there.
    std::size_t statements = std::numeric_limits<std::size_t>::max();

    std::optional<BsonValue> argument(std::string_view name) const {
        return request.body.find(name);
    }
    // An argument that is a document; an empty one where it is missing.
    BsonView fields(std::string_view name) const;
    // An argument that is a whole number of 0 or more. BadValue where it is something else.
    Outcome<std::optional<std::int64_t>> number(std::string_view name) const;
};

struct Command {
    enum class Kind : std::uint8_t {
        write,   // insert, update, delete: what the faults of writes count
        schema,  // needs the primary, as a write does
        read,    // needs the primary, or a read preference
        other,
    };
    std::string_view name;
    Kind kind = Kind::other;
    bool names_collection = false;  // its value is the name of a collection
    Outcome<void> (*run)(CommandCall&) = nullptr;
    std::vector<std::string_view> arguments;  // besides those that any command may have
};

// Null for a command that is not there.
const Command* find_command(std::string_view name);

// BadValue where a command has an argument or a value that fake_mongod would have to pass over.
Outcome<void> check_arguments(const Command& command, const Request& request);
// The same for a document inside of a command, as a statement of `update`.
Outcome<void> check_fields(std::string_view what, BsonView document,
                           const std::vector<std::string_view>& known);

// The commands, by source file.
std::vector<Command> write_commands();
std::vector<Command> read_commands();
std::vector<Command> schema_commands();

}  // namespace tallygate::fake_mongod
