// Finds out at start whether a server does what the store rests on.
#pragma once

#include <string>

#include "store/mongo/mongo_database.h"

namespace tallygate::store {

struct ServerAbilities {
    std::string name;            // "7.0.77 (ferretdb v2.7.0)", as the server has it
    bool adds_up_right = false;  // $group with several $sum; else we add up ourselves
};

// Tries everything in a collection with a random name, which it drops again. Fails with
// invalid_argument, naming what the server cannot do, where it lacks anything but $group; with what
// MongoDatabase says where that is not known.
Result<ServerAbilities> probe_server(MongoDatabase& database);

// What buildInfo says; "unknown" where the server does not tell.
Result<std::string> server_name(MongoDatabase& database);

}  // namespace tallygate::store
