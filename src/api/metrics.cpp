#include "api/metrics.h"

#include "api/prometheus_text.h"
#include "api/service_state.h"

namespace tallygate::api {
namespace {

using Kind = PrometheusText::Kind;

std::int64_t signed_count(std::uint64_t count) {
    return static_cast<std::int64_t>(count);
}

void write_requests(PrometheusText& text, const GatewayMetrics& gateway) {
    text.family("tallygate_requests_total", Kind::counter,
                "Metered calls that were forwarded, by operation and outcome.");
    for (const OperationMetrics& operation : gateway.operations) {
        text.sample({{"operation", operation.operation}, {"outcome", "success"}},
                    signed_count(operation.succeeded));
        text.sample({{"operation", operation.operation}, {"outcome", "failure"}},
                    signed_count(operation.failed));
    }
    text.family("tallygate_tokens_total", Kind::counter,
                "Tokens used by metered calls, by operation and by where the number comes from.");
    for (const OperationMetrics& operation : gateway.operations) {
        for (const auto source :
             {TokenSource::provider, TokenSource::tokenizer, TokenSource::estimate}) {
            text.sample({{"operation", operation.operation}, {"source", to_string(source)}},
                        operation.tokens[static_cast<std::size_t>(source)]);
        }
    }
    text.family("tallygate_refused_total", Kind::counter,
                "Calls refused before they were forwarded, by the code of the answer.");
    for (const RefusedCalls& refused : gateway.refused) {
        text.sample({{"reason", refused.reason}}, signed_count(refused.count));
    }
    text.counter("tallygate_unmetered_total", "Calls forwarded without being metered.",
                 signed_count(gateway.unmetered));
}

void write_response_times(PrometheusText& text, const GatewayMetrics& gateway) {
    text.family("tallygate_response_time_seconds", Kind::histogram,
                "Time from a metered call's head to the end of its answer, by operation.");
    for (const OperationMetrics& operation : gateway.operations) {
        const ResponseTimes& times = operation.response_times;
        text.histogram({{"operation", operation.operation}}, times.bounds, times.counts, times.sum);
    }
}

void write_journal(PrometheusText& text, const journal::JournalStatus& status) {
    using State = journal::JournalStatus::State;
    text.family("tallygate_journal_state", Kind::gauge,
                "1 for the state that the journal is in, 0 for the others.");
    for (const State state : {State::ok, State::full, State::failed}) {
        text.sample({{"state", to_string(state)}}, status.state == state ? 1 : 0);
    }
    text.counter("tallygate_journal_appended_events_total", "Events written to the journal.",
                 signed_count(status.appended_events));
    text.counter("tallygate_journal_syncs_total", "Times the journal was synced to disk.",
                 signed_count(status.syncs));
    text.counter("tallygate_journal_dropped_records_total",
                 "Records behind a torn one that the start had to leave out.",
                 signed_count(status.dropped_records));
    text.counter("tallygate_journal_incomplete_events_total",
                 "Calls that an earlier run left without an end and this start closed.",
                 signed_count(status.recovered_incomplete));
    text.gauge("tallygate_journal_open_calls", "Calls that owe the journal their end.",
               signed_count(status.open_calls));
    text.gauge("tallygate_journal_segments", "Segment files of the journal.",
               signed_count(status.segments));
    text.gauge("tallygate_journal_bytes",
               "Bytes of the journal on disk, with those set aside for it.",
               signed_count(status.bytes));
}

void write_store(PrometheusText& text, const MetricsSnapshot& snapshot) {
    const tracker::TrackerStatus& status = snapshot.tracker;
    text.family("tallygate_store_up", Kind::gauge,
                "1 while the store takes what the journal holds, else 0.");
    text.sample({{"kind", snapshot.store_kind}}, status.store_ok ? 1 : 0);
    text.gauge("tallygate_projector_pending_events",
               "Events that are in the journal and not yet in the store.",
               signed_count(status.pending_events));
    text.counter("tallygate_projector_applied_events_total", "Events written to the store.",
                 signed_count(status.applied_events));
    text.counter("tallygate_projector_failures_total", "Writes to the store that failed.",
                 signed_count(status.apply_failures));
    text.gauge("tallygate_projector_last_batch_rows", "Rows in the newest write to the store.",
               signed_count(status.last_batch_rows));
}

void write_process(PrometheusText& text, const MetricsSnapshot& snapshot) {
    const ProcessFigures& process = snapshot.process;
    text.family("tallygate_build_info", Kind::gauge, "Always 1; its label names the version.");
    text.sample({{"version", snapshot.version}}, 1);
    text.family("process_start_time_seconds", Kind::gauge,
                "When the process began, in seconds since 1970.");
    text.seconds({}, process.started.time_since_epoch());
    text.family("process_cpu_seconds_total", Kind::counter,
                "Processor time that the process has used.");
    text.seconds({}, process.cpu_time);
    text.gauge("process_resident_memory_bytes", "Memory of the process that is resident.",
               process.resident_bytes);
    text.gauge("process_virtual_memory_bytes", "Address space of the process.",
               process.virtual_bytes);
    text.gauge("process_open_fds", "File descriptors that are open.", process.open_descriptors);
    text.gauge("process_max_fds", "File descriptors that may be open.", process.most_descriptors);
}

}  // namespace

std::string metrics_text(const MetricsSnapshot& snapshot) {
    PrometheusText text;
    write_requests(text, snapshot.gateway);
    write_response_times(text, snapshot.gateway);
    text.gauge("tallygate_in_flight", "Metered calls being served now.", snapshot.in_flight);
    write_journal(text, snapshot.journal);
    write_store(text, snapshot);
    write_process(text, snapshot);
    return text.take();
}

}  // namespace tallygate::api
