// What each command does.
#pragma once

#include "app/cli.h"

namespace tallygate::app {

// Runs `command` and returns the exit code. Answers go to standard output, everything else to
// standard error.
int run_command(const Command& command);

}  // namespace tallygate::app
