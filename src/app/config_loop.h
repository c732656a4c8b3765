// Whether an upstream is the server itself.
#pragma once

#include "app/config.h"

namespace tallygate::app {

// Fails with invalid_argument where an upstream is the address that the server listens on, as far
// as the names tell: a call would go round until nothing is left. For those who serve with it.
Result<void> refuse_loop(const Config& config);

}  // namespace tallygate::app
