// One metered call: its event, from OPEN to CLOSE.
#pragma once

#include <memory>
#include <string_view>

#include "auth/principal.h"
#include "gateway/counters.h"
#include "gateway/relay.h"
#include "gateway/response_meter.h"
#include "gateway/route_table.h"
#include "journal/journal.h"
#include "tracker/usage_tracker.h"

namespace tallygate::gateway {

// Follows the answer through the relay and journals the event before its last byte goes out. One
// use, on the loop's thread; everything referred to must outlive it.
class MeteredCall final : public RelayObserver {
public:
    struct Services {
        tracker::UsageTracker& tracker;
        journal::Journal& journal;
        bool wait_for_sync = false;  // journal.sync = "always"
    };
    MeteredCall(const Services& services, const RouteTable::Route& route,
                const http::Exchange& exchange, const auth::Principal& principal,
                OperationCounters& counters);
    // A call that was opened and never settled, since something threw, is closed as failed.
    ~MeteredCall() override;
    MeteredCall(const MeteredCall&) = delete;
    MeteredCall& operator=(const MeteredCall&) = delete;

    // OPEN. Until it has succeeded nothing may be forwarded, unless the call goes unmetered.
    Result<void> open();
    // This call is forwarded without being journalled (journal.on_failure = "serve_unmetered").
    void go_unmetered() { metered_ = false; }

    void on_answer(const http::ResponseHead& answer) override;
    void on_content(std::string_view content) override { meter_.on_content(content); }
    http::Task<bool> settle(const RelayResult& result) override;

private:
    void close_as_failed();
    void finish_event(const RelayResult& result);
    // At most one warning in ten seconds for each operation; the others are for debugging.
    void log_failure(const RelayResult& result) const;
    void count_tokens(const RelayResult& result);
    void estimate();

    Services services_;
    const RouteTable::Route& route_;
    const http::Exchange& exchange_;
    OperationCounters& counters_;
    UsageEvent event_;
    ResponseMeter meter_;
    journal::OpenCall call_;
    bool metered_ = true;
    bool owes_close_ = false;
};

}  // namespace tallygate::gateway
