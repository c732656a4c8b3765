// What the tests of the configuration share.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "app/config_file.h"
#include "app/config_parts.h"
#include "base/ids.h"

namespace tallygate::app {

inline constexpr const char* kAppSecret = "a secret of more than thirty-two bytes";

// A folder of the test's own; gone with it.
class TemporaryFolder {
public:
    TemporaryFolder()
        : path_(std::filesystem::temp_directory_path() /
                ("tallygate-config-" + make_request_id())) {
        std::filesystem::create_directory(path_);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path write(std::string_view name, std::string_view text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
        return path_ / name;
    }

private:
    std::filesystem::path path_;
};

// The configuration that `toml` gives as the content of tallygate.toml.
inline Result<Config> configured(std::string_view toml, const ConfigSources& sources = {}) {
    auto content = parse_config(toml, "tallygate.toml");
    if (!content) return std::unexpected(content.error());
    return build_config(*content, sources);
}

// What is said of it; empty where it is sound.
inline std::string said_of(std::string_view toml, const ConfigSources& sources = {}) {
    const auto config = configured(toml, sources);
    return config ? std::string() : config.error().message;
}

// The origin and value of an entry: "always   # tallygate.toml:2".
inline std::string entry_of(const Config& config, std::string_view key) {
    for (const ConfigEntry& entry : config.entries) {
        if (entry.key == key) return entry.value + "   # " + entry.origin;
    }
    return "no such entry";
}

}  // namespace tallygate::app
