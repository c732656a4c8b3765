// The environment and the command line's flags, as settings.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/settings.h"

namespace tallygate::app {

// What the variables named TALLYGATE_… say; `unknown` gets the names that stand for no key.
std::vector<Setting> settings_in(const std::map<std::string, std::string>& environment,
                                 std::vector<std::string>& unknown);
std::vector<Setting> settings_in(const ConfigFlags& flags);

}  // namespace tallygate::app
