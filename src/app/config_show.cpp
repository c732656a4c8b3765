#include "app/config_show.h"

#include <algorithm>

#include <fmt/format.h>

namespace tallygate::app {

std::string shown(const Config& config) {
    constexpr std::size_t kWidest = 72;  // longer lines do not push the others' origins away
    std::size_t width = 0;
    std::vector<std::string> lines;
    for (const ConfigEntry& entry : config.entries) {
        lines.push_back(fmt::format("{} = {}", entry.key, entry.value));
        if (lines.back().size() <= kWidest) width = std::max(width, lines.back().size());
    }
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        text += fmt::format("{:<{}}   # {}\n", lines[i], width, config.entries[i].origin);
    }
    return text;
}

std::string check_report(const Config& config) {
    std::string text = config.file
                           ? fmt::format("{}: the configuration is sound\n", config.file->string())
                           : std::string("the configuration is sound; no file was read\n");
    for (const std::string& warning : config.warnings)
        text += fmt::format("warning: {}\n", warning);
    for (const std::string& name : config.unknown_environment) {
        text += fmt::format("{}: ignored, there is no such key\n", name);
    }
    return text;
}

}  // namespace tallygate::app
