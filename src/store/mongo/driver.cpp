#include "store/mongo/driver.h"

#include <mongoc/mongoc.h>

#include "base/log.h"

namespace tallygate::store {
namespace {

thread_local int silences = 0;
thread_local int unsaid = 0;

void take_line(mongoc_log_level_t level, const char* domain, const char* message, void*) {
    if (silences > 0) {
        ++unsaid;
        return;
    }
    // What it warns of while a server is away comes back to us as the failure of a call, too.
    const bool is_bad = level == MONGOC_LOG_LEVEL_ERROR || level == MONGOC_LOG_LEVEL_CRITICAL;
    (is_bad ? log::warn : log::debug)(message, {{"mongodb_driver", domain}});
}

class Driver {
public:
    Driver() {
        mongoc_log_set_handler(take_line, nullptr);
        mongoc_init();
    }
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;
    ~Driver() {
        // Our logger may be gone by now.
        mongoc_log_set_handler(nullptr, nullptr);
        mongoc_cleanup();
    }
};

}  // namespace

void start_driver() {
    static const Driver driver;
}

DriverSilence::DriverSilence() {
    if (silences++ == 0) unsaid = 0;
}
DriverSilence::~DriverSilence() {
    --silences;
}
bool DriverSilence::said_something() const {
    return unsaid > 0;
}

}  // namespace tallygate::store
