// Reads tallygate.toml.
#pragma once

#include <filesystem>
#include <string_view>

#include "app/settings.h"
#include "base/result.h"

namespace tallygate::app {

// The tables and values of TOML `text`, in the order of the file, whatever their names. Places read
// "FILE:LINE" with `file` as it is given. Fails with invalid_argument where the text is not TOML,
// with the place in front.
Result<FileContent> parse_config(std::string_view text, std::string_view file);

// The same of a file; invalid_argument too where it cannot be read.
Result<FileContent> read_config_file(const std::filesystem::path& path);

}  // namespace tallygate::app
