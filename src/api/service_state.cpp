#include "api/service_state.h"

namespace tallygate::api {

using JournalState = journal::JournalStatus::State;

bool ServiceState::serves_calls() const {
    return journal == JournalState::ok || serves_unmetered;
}

std::string_view ServiceState::summary() const {
    if (!serves_calls()) return "unhealthy";
    return store_ok && journal == JournalState::ok ? "healthy" : "degraded";
}

std::string_view to_string(JournalState state) {
    switch (state) {
        case JournalState::ok:
            return "ok";
        case JournalState::full:
            return "full";
        case JournalState::failed:
            return "failed";
    }
    return "failed";
}

}  // namespace tallygate::api
