// What a configuration that was read again changes only with the next start.
#pragma once

#include <string>
#include <vector>

#include "app/config.h"

namespace tallygate::app {

// The keys whose values differ in `read` and that a running server does not take up, each once, in
// the order of `config show`. Routes, upstreams, passthroughs, tiers and CORS are none of them. A
// secret counts as changed where its file now holds another.
std::vector<std::string> keys_for_restart(const Config& in_force, const Config& read);

}  // namespace tallygate::app
