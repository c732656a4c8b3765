// Whole messages over a blocking socket.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tallygate::fake_mongod {

// Reads a message; nothing where the other side has closed in front of it. Fails with
// invalid_argument where the length cannot be and with unavailable where the message is cut. Memory
// grows with what has come, not with what is announced.
Result<std::optional<std::string>> read_message(int socket);

// False where the other side is gone.
bool send_message(int socket, std::string_view message);

}  // namespace tallygate::fake_mongod
