// What `tallygate config show` and `config check` print.
#pragma once

#include <string>

#include "app/config.h"

namespace tallygate::app {

// A line for each value in force: `KEY = VALUE   # ORIGIN`, secrets as ***.
std::string shown(const Config& config);

// That the configuration is sound, which file was read, and which TALLYGATE_ names mean nothing.
std::string check_report(const Config& config);

}  // namespace tallygate::app
