// Files that hold one secret.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "base/secret.h"

namespace tallygate::app {

// What the file holds, without line breaks at its end; not_found where there is no such file,
// unavailable where it cannot be read, invalid_argument where it holds nothing or more than 64 KiB.
Result<Secret> read_secret_file(const std::filesystem::path& path);

// Whether users of this machine other than the owner and the group may read or change the file.
bool is_open_to_everybody(const std::filesystem::path& path);

// Makes the file with `secret` and a line break, readable by its owner alone. It is there whole or
// not at all, and never replaces another: false where one was there. Fails with unavailable.
Result<bool> make_secret_file(const std::filesystem::path& path, const Secret& secret);

}  // namespace tallygate::app
