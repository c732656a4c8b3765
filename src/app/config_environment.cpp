#include "app/config_environment.h"

#include "app/config_keys.h"

namespace tallygate::app {

std::vector<Setting> settings_in(const std::map<std::string, std::string>& environment,
                                 std::vector<std::string>& unknown) {
    std::vector<Setting> settings;
    for (const auto& [name, value] : environment) {
        if (!name.starts_with("TALLYGATE_")) continue;
        if (auto path = path_of_variable(name)) {
            settings.push_back({std::move(*path), value, {Source::environment, name}});
        } else {
            unknown.push_back(name);
        }
    }
    return settings;
}

std::vector<Setting> settings_in(const ConfigFlags& flags) {
    std::vector<Setting> settings;
    const auto add = [&](const char* flag, KeyPath path, const std::optional<std::string>& value) {
        if (value) settings.push_back({std::move(path), *value, {Source::flag, flag}});
    };
    add("--listen", {"listen"}, flags.listen);
    add("--data", {"data"}, flags.data);
    add("--store", {"store"}, flags.store);
    add("--upstream", {"upstream", "app", "url"}, flags.upstream);
    return settings;
}

}  // namespace tallygate::app
