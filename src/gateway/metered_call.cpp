#include "gateway/metered_call.h"

#include <coroutine>

#include "base/log.h"

namespace tallygate::gateway {
namespace {

// Waits until the disk has everything up to an offset, without holding the loop.
struct Synced {
    journal::Journal& journal;
    journal::JournalOffset offset;
    http::EventLoop& loop;
    bool durable = false;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiter) {
        journal.when_synced(offset, [this, waiter](bool ok) {
            durable = ok;
            loop.post([waiter] { waiter.resume(); });
        });
    }
    bool await_resume() const noexcept { return durable; }
};

}  // namespace

MeteredCall::MeteredCall(const Services& services, const RouteTable::Route& route,
                         const http::Exchange& exchange, const auth::Principal& principal,
                         OperationCounters& counters)
    : services_(services),
      route_(route),
      exchange_(exchange),
      counters_(counters),
      meter_(route.config.usage_pointer) {
    event_.user_id = principal.user_id;
    event_.endpoint = route.config.pattern;
    event_.operation_type = route.config.operation;
    event_.timestamp = exchange.began();
    event_.request_id = exchange.request_id();
    event_.provider = route.config.provider;
    event_.tier = principal.tier;
    event_.team = principal.team;
}

Result<void> MeteredCall::open() {
    // What an `incomplete` event is made of, should we not live to close it.
    estimate();
    auto call = services_.tracker.begin(event_);
    if (!call) return std::unexpected(call.error());
    call_ = *call;
    owes_close_ = true;
    return {};
}

MeteredCall::~MeteredCall() {
    if (!owes_close_) return;
    try {
        close_as_failed();
    } catch (...) {
        // Without memory even for this the call stays open, and the next start finds it incomplete.
        owes_close_ = false;
    }
}

void MeteredCall::close_as_failed() {
    event_.success = false;
    event_.error_class = "internal_error";
    event_.tokens = {};
    event_.tokens_used = 0;
    event_.token_source = TokenSource::none;
    event_.response_time = exchange_.elapsed();
    counters_.add(event_);
    if (const auto closed = services_.tracker.finish(call_, event_); !closed) {
        log::error("a call that failed inside the server could not be journalled",
                   {{"request_id", event_.request_id}, {"error", closed.error().message}});
    }
}

void MeteredCall::on_answer(const http::ResponseHead& answer) {
    const std::string_view type = answer.find(http::FieldId::content_type).value;
    meter_.on_answer(type);
    event_.streamed = meter_.is_stream();
}

void MeteredCall::finish_event(const RelayResult& result) {
    event_.status = result.status;
    event_.success = result.whole && result.status && *result.status < 400;
    event_.error_class = result.error_class;
    if (result.whole && !event_.success) event_.error_class = "upstream_status";
    event_.client_gone = result.client_gone;
    event_.time_to_first_token = result.first_byte;
    count_tokens(result);
    event_.response_time = exchange_.elapsed();
}

void MeteredCall::count_tokens(const RelayResult& result) {
    event_.tokens_used = 0;
    event_.token_source = TokenSource::none;
    if (const auto usage = meter_.usage()) {
        event_.tokens = usage->pools;
        event_.tokens_used = usage->billed;
        event_.token_source = TokenSource::provider;
        return;
    }
    const bool cut_after_output =
        !result.whole && result.output && result.status && *result.status < 400;
    if (event_.success || cut_after_output) estimate();
}

void MeteredCall::estimate() {
    if (route_.config.estimate_tokens <= 0) return;
    event_.tokens_used = route_.config.estimate_tokens;
    event_.token_source = TokenSource::estimate;
}

void MeteredCall::log_failure(const RelayResult& result) const {
    const auto level = !result.client_gone && event_.error_class.starts_with("upstream_") &&
                               counters_.may_warn(std::chrono::steady_clock::now())
                           ? log::warn
                           : log::debug;
    level("a call failed", {{"request_id", event_.request_id},
                            {"endpoint", event_.endpoint},
                            {"error_class", event_.error_class},
                            {"detail", result.detail}});
}

http::Task<bool> MeteredCall::settle(const RelayResult& result) {
    finish_event(result);
    if (!result.detail.empty()) log_failure(result);
    if (!metered_) co_return true;
    counters_.add(event_);
    owes_close_ = false;
    const auto appended = services_.tracker.finish(call_, event_);
    if (!appended) {
        log::error("a call could not be journalled and was broken off",
                   {{"request_id", event_.request_id}, {"error", appended.error().message}});
        co_return false;
    }
    if (!services_.wait_for_sync) co_return true;
    co_return co_await Synced{services_.journal, appended->offset, exchange_.loop()};
}

}  // namespace tallygate::gateway
