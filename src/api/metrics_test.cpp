#include "api/metrics.h"

#include <cctype>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tallygate::api {
namespace {

using namespace std::chrono_literals;

// --- a strict reader of the text format, written from its specification ---

struct Sample {
    std::string name;
    std::map<std::string, std::string> labels;
    double value = 0;
};

struct Page {
    std::map<std::string, std::string> types;  // by family
    std::set<std::string> helped;
    std::vector<Sample> samples;
    std::vector<std::string> problems;

    std::optional<double> value(const std::string& name,
                                const std::map<std::string, std::string>& labels = {}) const {
        for (const Sample& sample : samples) {
            if (sample.name == name && sample.labels == labels) return sample.value;
        }
        return std::nullopt;
    }
};

bool is_name_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':';
}

std::string take_name(std::string_view& rest) {
    std::string name;
    while (!rest.empty() && is_name_char(rest.front())) {
        name += rest.front();
        rest.remove_prefix(1);
    }
    return name;
}

// The value behind `="`, unescaped, and the closing quote; nothing where it is malformed.
std::optional<std::string> take_label_value(std::string_view& rest) {
    if (!rest.starts_with("=\"")) return std::nullopt;
    rest.remove_prefix(2);
    std::string value;
    while (!rest.empty() && rest.front() != '"') {
        if (rest.front() == '\\') {
            rest.remove_prefix(1);
            if (rest.empty()) return std::nullopt;
            if (rest.front() != '\\' && rest.front() != '"' && rest.front() != 'n') {
                return std::nullopt;
            }
            value += rest.front() == 'n' ? '\n' : rest.front();
        } else {
            value += rest.front();
        }
        rest.remove_prefix(1);
    }
    if (rest.empty()) return std::nullopt;
    rest.remove_prefix(1);
    return value;
}

std::optional<Sample> parse_sample(std::string_view rest) {
    Sample sample;
    sample.name = take_name(rest);
    if (rest.starts_with('{')) {
        do {
            rest.remove_prefix(1);
            const std::string label = take_name(rest);
            const auto value = take_label_value(rest);
            if (label.empty() || !value || !sample.labels.emplace(label, *value).second) {
                return std::nullopt;
            }
        } while (rest.starts_with(','));
        if (!rest.starts_with('}')) return std::nullopt;
        rest.remove_prefix(1);
    }
    if (sample.name.empty() || !rest.starts_with(' ')) return std::nullopt;
    const std::string number(rest.substr(1));
    char* end = nullptr;
    sample.value = std::strtod(number.c_str(), &end);
    if (number.empty() || *end != '\0') return std::nullopt;
    return sample;
}

// The family that a sample belongs to, by the suffixes that histograms have.
std::string family_of(const std::string& name, const Page& page) {
    for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
        if (!name.ends_with(suffix)) continue;
        const std::string family = name.substr(0, name.size() - suffix.size());
        if (page.types.contains(family) && page.types.at(family) == "histogram") return family;
    }
    return name;
}

void read_line(const std::string& line, std::string& family, Page& page) {
    if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) {
        std::string_view rest = std::string_view(line).substr(7);
        const std::string name = take_name(rest);
        if (!rest.starts_with(' ') || rest.size() < 2) page.problems.push_back("no text: " + line);
        if (line.starts_with("# HELP ")) {
            if (!page.helped.insert(name).second) page.problems.push_back("HELP twice: " + name);
            family = name;
        } else {
            if (name != family) page.problems.push_back("TYPE of another family: " + name);
            if (!page.types.emplace(name, rest.substr(1)).second) {
                page.problems.push_back("TYPE twice: " + name);
            }
        }
        return;
    }
    const auto sample = parse_sample(line);
    if (!sample) {
        page.problems.push_back("malformed: " + line);
    } else if (family_of(sample->name, page) != family) {
        page.problems.push_back("outside its family: " + line);
    } else if (page.value(sample->name, sample->labels)) {
        page.problems.push_back("twice: " + line);
    } else {
        page.samples.push_back(*sample);
    }
}

Page parse(const std::string& text) {
    Page page;
    std::string family;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        read_line(line, family, page);
    }
    if (!text.ends_with('\n')) page.problems.emplace_back("the last line has no end");
    for (const auto& [name, type] : page.types) {
        const bool is_total = name.ends_with("_total");
        if ((type == "counter") == is_total) continue;
        page.problems.push_back(fmt::format("{} is a {}", name, type));
    }
    return page;
}

MetricsSnapshot a_snapshot() {
    MetricsSnapshot snapshot;
    OperationMetrics chat;
    chat.operation = "chat";
    chat.succeeded = 11;
    chat.failed = 1;
    chat.tokens = {0, 7000, 100, 2000};
    chat.response_times = {{50ms, 2'500ms, 10s}, {3, 6, 2, 1}, 12'345'678us};
    snapshot.gateway.operations = {chat};
    snapshot.gateway.refused = {{"token_expired", 4}};
    snapshot.gateway.unmetered = 2;
    snapshot.in_flight = 3;
    snapshot.journal.appended_events = 12;
    snapshot.journal.syncs = 5;
    snapshot.journal.bytes = 8'388'608;
    snapshot.journal.segments = 1;
    snapshot.journal.dropped_records = 7;
    snapshot.journal.recovered_incomplete = 6;
    snapshot.tracker.pending_events = 8;
    snapshot.tracker.applied_events = 4;
    snapshot.tracker.apply_failures = 9;
    snapshot.store_kind = "sqlite";
    snapshot.process.started = timestamp_of(1'790'000'000'250'000);
    snapshot.process.cpu_time = 1'500ms;
    snapshot.process.resident_bytes = 20'000'000;
    snapshot.version = "1.2.3";
    return snapshot;
}

TEST(Metrics, AreAWellFormedPage) {
    const Page page = parse(metrics_text(a_snapshot()));

    EXPECT_EQ(page.problems, std::vector<std::string>{});
    for (const auto& [name, type] : page.types) {
        EXPECT_TRUE(page.helped.contains(name)) << name;
        EXPECT_TRUE(name.starts_with("tallygate_") || name.starts_with("process_")) << name;
    }
}

TEST(Metrics, AreAWellFormedPageBeforeTheFirstCall) {
    const Page page = parse(metrics_text({}));

    EXPECT_EQ(page.problems, std::vector<std::string>{});
    EXPECT_EQ(page.value("tallygate_unmetered_total"), 0);
}

TEST(Metrics, CountCallsTokensAndRefusals) {
    const Page page = parse(metrics_text(a_snapshot()));

    EXPECT_EQ(
        page.value("tallygate_requests_total", {{"operation", "chat"}, {"outcome", "success"}}),
        11);
    EXPECT_EQ(
        page.value("tallygate_requests_total", {{"operation", "chat"}, {"outcome", "failure"}}), 1);
    EXPECT_EQ(page.value("tallygate_tokens_total", {{"operation", "chat"}, {"source", "provider"}}),
              7000);
    EXPECT_EQ(
        page.value("tallygate_tokens_total", {{"operation", "chat"}, {"source", "tokenizer"}}),
        100);
    EXPECT_EQ(page.value("tallygate_tokens_total", {{"operation", "chat"}, {"source", "estimate"}}),
              2000);
    EXPECT_EQ(page.value("tallygate_refused_total", {{"reason", "token_expired"}}), 4);
    EXPECT_EQ(page.value("tallygate_unmetered_total"), 2);
    EXPECT_EQ(page.value("tallygate_in_flight"), 3);
}

TEST(Metrics, SumTheBucketsOfAHistogramFromTheLeft) {
    const Page page = parse(metrics_text(a_snapshot()));

    const auto bucket = [&page](const char* le) {
        return page.value("tallygate_response_time_seconds_bucket",
                          {{"operation", "chat"}, {"le", le}});
    };
    EXPECT_EQ(bucket("0.05"), 3);
    EXPECT_EQ(bucket("2.5"), 9);
    EXPECT_EQ(bucket("10"), 11);
    EXPECT_EQ(bucket("+Inf"), 12);
    EXPECT_EQ(page.value("tallygate_response_time_seconds_count", {{"operation", "chat"}}), 12);
    EXPECT_EQ(page.value("tallygate_response_time_seconds_sum", {{"operation", "chat"}}),
              12.345678);
}

TEST(Metrics, TellTheStateOfTheJournalAndTheStore) {
    MetricsSnapshot snapshot = a_snapshot();
    snapshot.journal.state = journal::JournalStatus::State::full;
    snapshot.tracker.store_ok = false;

    const Page page = parse(metrics_text(snapshot));

    EXPECT_EQ(page.value("tallygate_journal_state", {{"state", "ok"}}), 0);
    EXPECT_EQ(page.value("tallygate_journal_state", {{"state", "full"}}), 1);
    EXPECT_EQ(page.value("tallygate_journal_state", {{"state", "failed"}}), 0);
    EXPECT_EQ(page.value("tallygate_store_up", {{"kind", "sqlite"}}), 0);
    EXPECT_EQ(page.value("tallygate_journal_appended_events_total"), 12);
    EXPECT_EQ(page.value("tallygate_journal_dropped_records_total"), 7);
    EXPECT_EQ(page.value("tallygate_journal_incomplete_events_total"), 6);
    EXPECT_EQ(page.value("tallygate_projector_pending_events"), 8);
    EXPECT_EQ(page.value("tallygate_projector_applied_events_total"), 4);
    EXPECT_EQ(page.value("tallygate_projector_failures_total"), 9);
}

TEST(Metrics, TellOfTheProcess) {
    const Page page = parse(metrics_text(a_snapshot()));

    EXPECT_EQ(page.value("tallygate_build_info", {{"version", "1.2.3"}}), 1);
    EXPECT_EQ(page.value("process_start_time_seconds"), 1'790'000'000.25);
    EXPECT_EQ(page.value("process_cpu_seconds_total"), 1.5);
    EXPECT_EQ(page.value("process_resident_memory_bytes"), 20'000'000);
}

TEST(Metrics, EscapeWhatALabelMayNotHold) {
    MetricsSnapshot snapshot;
    snapshot.gateway.refused = {{"a \"quoted\\ line\nbreak", 1}};

    const std::string text = metrics_text(snapshot);

    EXPECT_NE(text.find(R"(tallygate_refused_total{reason="a \"quoted\\ line\nbreak"} 1)"),
              std::string::npos);
    EXPECT_EQ(
        parse(text).value("tallygate_refused_total", {{"reason", "a \"quoted\\ line\nbreak"}}), 1);
}

}  // namespace
}  // namespace tallygate::api
