#include "app/application.h"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "app/config_changes.h"
#include "app/dashboard_link.h"
#include "app/demo.h"
#include "app/demo_history.h"
#include "app/version.h"
#include "base/log.h"

namespace tallygate::app {
namespace {

constexpr std::chrono::seconds kDrainPatience{30};
constexpr std::size_t kWorkerThreads = 4;

std::size_t loop_count() {
    return std::max(1U, std::thread::hardware_concurrency());
}

// For a command line that can be copied.
std::string own_program() {
    std::error_code error;
    const std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? "tallygate" : path.string();
}

}  // namespace

Application::Application(Config config, const Clock& clock, ReadConfig read_again)
    : config_(std::move(config)), clock_(clock), read_again_(std::move(read_again)) {}

Application::~Application() = default;

Result<std::unique_ptr<Application>> Application::start(Config config, const Clock& clock,
                                                        ReadConfig read_again) {
    std::unique_ptr<Application> application(
        new Application(std::move(config), clock, std::move(read_again)));
    // The address first: where it is taken, nothing is made on disk.
    auto sockets = application->bind();
    if (!sockets) return std::unexpected(sockets.error());
    if (auto opened = application->open(); !opened) return std::unexpected(opened.error());
    if (auto listening = application->listen(std::move(*sockets)); !listening)
        return std::unexpected(listening.error());
    return application;
}

Result<std::vector<http::ListeningSocket>> Application::bind() {
    const auto addresses = http::resolve(config_.listen_host, config_.listen_port);
    if (!addresses)
        return failure_in(fmt::format("listen {}", config_.listen_host), addresses.error());
    auto sockets = http::ListeningSocket::bind(addresses->front(), loop_count());
    if (!sockets) {
        Error error = sockets.error();
        error.message += "; stop what has it, or choose another with --listen HOST:PORT";
        return std::unexpected(std::move(error));
    }
    endpoint_ = sockets->front().endpoint();
    return sockets;
}

Result<void> Application::open() {
    auto directory = journal::DataDirectory::open(config_.data, clock_);
    if (!directory) return std::unexpected(directory.error());
    directory_ = std::make_unique<journal::DataDirectory>(std::move(*directory));
    if (auto secret = add_own_issuer(config_); !secret) return secret;

    auto journal = journal::Journal::open(*directory_, config_.journal, clock_);
    if (!journal) return std::unexpected(journal.error());
    journal_ = std::move(*journal);
    auto store = store::open_store(config_.store);
    if (!store) return std::unexpected(store.error());
    store_ = std::move(*store);
    auto tracker = tracker::UsageTracker::start(*journal_, directory_->journal_path(), *store_,
                                                directory_->writer(), clock_);
    if (!tracker) return std::unexpected(tracker.error());
    tracker_ = std::move(*tracker);

    authenticator_ =
        std::make_unique<auth::Authenticator>(config_.issuers, config_.admin_users, clock_);
    blocking_ = std::make_unique<http::BlockingPool>(kWorkerThreads);
    return config_.demo ? open_demo() : Result<void>{};
}

Result<void> Application::open_demo() {
    const auto past =
        write_demo_history(*tracker_, directory_->journal_path(), *store_, clock_.now());
    if (!past) {
        log::warn("the demo begins without the whole of its make-believe past",
                  {{"error", past.error().message}});
    } else if (*past > 0) {
        log::info("the demo has a make-believe past",
                  {{"operations", *past}, {"days", kDemoHistoryDays}});
    }
    auto demo = Demo::start(clock_);
    if (!demo) return std::unexpected(demo.error());
    demo_ = std::move(*demo);
    for (gateway::UpstreamConfig& upstream : config_.gateway.upstreams) {
        upstream.host = demo_->engine_endpoint().host();
        upstream.port = demo_->engine_endpoint().port();
    }
    return {};
}

Result<std::shared_ptr<const gateway::GatewaySettings>> Application::make_settings(
    const Config& config) const {
    auto routes = gateway::RouteTable::build(config.gateway);
    if (!routes) return std::unexpected(routes.error());
    return std::make_shared<const gateway::GatewaySettings>(config.gateway, std::move(*routes),
                                                            config.tiers);
}

Result<void> Application::listen(std::vector<http::ListeningSocket> sockets) {
    auto settings = make_settings(config_);
    if (!settings) return std::unexpected(settings.error());
    tiers_ = std::make_unique<TiersInForce>(config_.tiers);
    api_ = std::make_unique<api::UsageApi>(
        *tracker_, *store_, *journal_, clock_,
        api::UsageApiOptions{.version = kVersion,
                             .demo = config_.demo,
                             .serves_unmetered = config_.gateway.serve_unmetered_on_failure,
                             .tiers = [this] { return tiers_->get(); },
                             .gateway_metrics = [this] { return gateway_metrics(); }});
    own_routes_ = std::make_unique<OwnRoutes>(api_->routes());

    const LoopServices services{
        .gateway = {.authenticator = *authenticator_,
                    .metering = {*tracker_, *journal_,
                                 config_.journal.sync == journal::SyncMode::always},
                    .counters = counters_,
                    .blocking = *blocking_},
        .dispatcher = {*own_routes_, *authenticator_, *blocking_, config_.metrics_token},
        .clock = clock_};
    loops_ = std::make_unique<LoopGroup>(services, *settings, std::move(sockets));
    announce();
    if (!demo_) return {};
    return greet();
}

// What somebody who tries it out wants to do next.
Result<void> Application::greet() const {
    const Secret& secret = config_.issuers.back().hmac_secret;
    const auto token = auth::sign_token({.user_id = "admin", .role = "admin"}, secret, clock_);
    if (!token) return std::unexpected(token.error());
    fmt::print(
        "\nTallygate {0} with a demo AI engine behind it and a few users in front. Its dashboard "
        "is at\n\n"
        "  {5}\n\n"
        "The link signs in an administrator, for 12 hours. This is a demo: its data is in {2}.\n"
        "Make a call, then look at what it used:\n\n"
        "  TOKEN={3}\n"
        "  curl -H \"Authorization: Bearer $TOKEN\" -d '{{\"message\":\"hello\"}}' "
        "http://{1}/ai/chat\n"
        "  curl -H \"Authorization: Bearer $TOKEN\" 'http://{1}/ai/usage/me?days=30'\n"
        "  curl -H \"Authorization: Bearer $TOKEN\" 'http://{1}/ai/usage/global?days=7'\n"
        "  curl http://{1}/health\n\n"
        "Prove the numbers, also while it runs:\n\n"
        "  {4} verify --data {2}\n\n",
        kVersion, endpoint_.text(), directory_->path().string(), *token, own_program(),
        sign_in_link(dashboard(), *token));
    std::fflush(stdout);
    return demo_->send_traffic(endpoint_, secret);
}

std::string Application::dashboard() const {
    return dashboard_address(endpoint_.host(), endpoint_.port());
}

void Application::announce() const {
    log::info("listening", {{"address", endpoint_.text()},
                            {"dashboard", dashboard()},
                            {"version", kVersion},
                            {"data", directory_->path().string()},
                            {"store", store_->kind()},
                            {"upstreams", config_.gateway.upstreams.size()},
                            {"routes", config_.gateway.routes.size()}});
}

void Application::run() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&signals, signal);
    for (;;) {
        int signal = 0;
        sigwait(&signals, &signal);
        if (signal != SIGHUP) break;
        reload();
    }
    log::info("stopping: no new connections; requests under way may end",
              {{"seconds", kDrainPatience.count()}});
    if (demo_) demo_->stop_traffic();
    if (!loops_->drain(kDrainPatience))
        log::warn("some requests did not end in time and are broken off");
    loops_.reset();
    log::info("stopped");
}

void Application::reload() {
    auto config = read_again_();
    if (!config) {
        log::error("configuration was not read again; the one in force stays",
                   {{"error", config.error().message}});
        return;
    }
    if (demo_) config->gateway.upstreams = config_.gateway.upstreams;
    auto settings = make_settings(*config);
    if (!settings) {
        log::error("configuration was not read again; the one in force stays",
                   {{"error", settings.error().message}});
        return;
    }
    config_.gateway = config->gateway;
    config_.tiers = config->tiers;
    tiers_->set(config->tiers);
    loops_->reload(*settings);
    log::info("configuration was read again: routes, upstreams, tiers and CORS are in force");
    if (const auto keys = keys_for_restart(config_, *config); !keys.empty()) {
        log::warn("these keys have changed and wait for a restart",
                  {{"keys", fmt::format("{}", fmt::join(keys, ", "))}});
    }
}

api::GatewayMetrics Application::gateway_metrics() const {
    using gateway::OperationCounters;
    api::GatewayMetrics metrics;
    counters_.visit_operations([&](const std::string& name, const OperationCounters& counters) {
        api::OperationMetrics operation;
        operation.operation = name;
        operation.succeeded = counters.succeeded;
        operation.failed = counters.failed;
        for (std::size_t i = 0; i < counters.tokens.size(); ++i)
            operation.tokens[i] = counters.tokens[i];
        operation.response_times.bounds.assign(OperationCounters::kBounds.begin(),
                                               OperationCounters::kBounds.end());
        operation.response_times.counts.assign(counters.response_times.begin(),
                                               counters.response_times.end());
        operation.response_times.sum = std::chrono::microseconds(counters.response_time_us.load());
        metrics.operations.push_back(std::move(operation));
    });
    for (const auto& [reason, count] : counters_.refused())
        metrics.refused.push_back({reason, count});
    metrics.unmetered = counters_.unmetered();
    return metrics;
}

}  // namespace tallygate::app
