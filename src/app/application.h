// The running server: builds every part, passes references down, takes everything apart in order.
#pragma once

#include <memory>
#include <string>

#include "api/usage_api.h"
#include "app/config.h"
#include "app/dispatcher.h"
#include "app/loop_group.h"
#include "app/tiers_in_force.h"
#include "auth/authenticator.h"
#include "base/clock.h"
#include "base/result.h"
#include "gateway/counters.h"
#include "http/blocking_pool.h"
#include "journal/data_directory.h"
#include "journal/journal.h"
#include "store/usage_store.h"
#include "tracker/usage_tracker.h"

namespace tallygate::app {

class Demo;

// Made and used by the main thread, which has SIGTERM, SIGINT and SIGHUP blocked before any other
// thread begins.
class Application {
public:
    // How to read configuration anew (SIGHUP): the same flags, environment and file.
    using ReadConfig = std::function<Result<Config>()>;

    // Binds the address, locks the data directory, recovers the journal, opens the store, serves.
    // Fails as those do; nothing is left running then, and nothing on disk where the address is
    // taken.
    static Result<std::unique_ptr<Application>> start(Config config, const Clock& clock,
                                                      ReadConfig read_again);
    ~Application();

    // Serves until SIGTERM or SIGINT; then lets what is under way end (30 s), and returns. SIGHUP
    // reads configuration again: routes, upstreams, tiers and CORS change; other keys that differ
    // are logged, they need a restart.
    void run();

private:
    Application(Config config, const Clock& clock, ReadConfig read_again);
    Result<std::vector<http::ListeningSocket>> bind();
    Result<void> open();
    Result<void> open_demo();
    Result<void> listen(std::vector<http::ListeningSocket> sockets);
    Result<std::shared_ptr<const gateway::GatewaySettings>> make_settings(
        const Config& config) const;
    api::GatewayMetrics gateway_metrics() const;
    void reload();
    std::string dashboard() const;  // its address
    void announce() const;
    Result<void> greet() const;

    // In the order of dependence: destroyed from the last to the first.
    Config config_;
    const Clock& clock_;
    ReadConfig read_again_;
    gateway::GatewayCounters counters_;
    std::unique_ptr<journal::DataDirectory> directory_;
    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<store::UsageStore> store_;
    std::unique_ptr<tracker::UsageTracker> tracker_;
    std::unique_ptr<auth::Authenticator> authenticator_;
    std::unique_ptr<TiersInForce> tiers_;
    std::unique_ptr<api::UsageApi> api_;
    std::unique_ptr<OwnRoutes> own_routes_;
    std::unique_ptr<http::BlockingPool> blocking_;
    std::unique_ptr<Demo> demo_;
    std::unique_ptr<LoopGroup> loops_;
    http::Endpoint endpoint_;
};

}  // namespace tallygate::app
