// Whether calls are served, and how well.
#pragma once

#include <string_view>

#include "journal/journal.h"

namespace tallygate::api {

// What the probes and /health judge by. A value.
struct ServiceState {
    bool store_ok = true;
    journal::JournalStatus::State journal = journal::JournalStatus::State::ok;
    bool serves_unmetered = false;  // journal.on_failure = "serve_unmetered"

    // Whether a metered call would be forwarded now.
    bool serves_calls() const;
    // "healthy"; "degraded" where calls are served but their numbers are late or missing;
    // "unhealthy" where they are not served.
    std::string_view summary() const;
};

// "ok", "full", "failed"
std::string_view to_string(journal::JournalStatus::State state);

}  // namespace tallygate::api
