// SPDX-License-Identifier: Apache-2.0
#include "app/run_gateway.h"

#include <algorithm>
#include <chrono>

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "gateway/gateway.h"
#include "http/server.h"
#include "http/signals.h"
#include "outbound/client.h"

namespace cambist::app {
namespace {

// How often sessions that nobody uses any more are looked for.
constexpr std::chrono::seconds kTurn{10};

void log_start(const gateway::Settings& settings, const http::Server& server, Log& log) {
    const auto& listener = settings.http.listeners.front();
    log.info("listening",
             {{"kind", "gateway"},
              {"address", listener.host + ":" + std::to_string(server.ports().front())},
              {"tls", !listener.certificate_file.empty()}});
    for (const auto& service : settings.services)
        log.info("service",
                 {{"path", service.path}, {"url", service.url}, {"audience", service.audience}});
}

// All that may wait for services and for the server at once, and some for who does not wait: slow
// services take nothing from files, log-outs and each other. Connections that do not read hold
// their answers in memory, so there are fewer of them than at the server itself.
void give_workers(gateway::Settings& settings) {
    constexpr std::size_t kOthers = 32;
    constexpr std::size_t kMost = 4096;
    constexpr std::size_t kMostConnections = 2000;
    std::size_t waiting = gateway::kMostRedeeming;
    for (const auto& service : settings.services) waiting += service.at_once;
    settings.http.workers = std::max(settings.http.workers, std::min(waiting + kOthers, kMost));
    settings.http.max_connections = std::min(settings.http.max_connections, kMostConnections);
}

void run(const http::Signals& signals, http::Server& server, const gateway::Gateway& gateway,
         Log& log) {
    for (;;) {
        const auto signal = signals.wait_for(kTurn);
        if (signal == http::Signal::kStop) return;
        if (!signal) {
            gateway.tidy();
        } else if (const auto done = server.reload_tls(); !done) {
            log.error("reload_failed", {{"what", "tls"}, {"error", done.error().describe()}});
        }
    }
}

}  // namespace

Status run_gateway(const std::string& config_file) {
    CAMBIST_TRY(const auto text, read_file(config_file));
    CAMBIST_TRY(auto settings, gateway::read_settings(text, config_file));
    CAMBIST_CHECK(gateway::load_secret(settings));
    const http::Signals signals;  // before the first thread
    const SystemClock clock;
    const SystemRandom random;
    Log log(clock, 2, settings.log_level);
    Metrics metrics;
    CAMBIST_TRY(const auto outbound_client, outbound::Client::make(settings.outbound));
    const gateway::TokenClient client(outbound_client, settings);
    const gateway::ServiceTokens tokens(client, clock);
    const gateway::LogIns log_ins(random);
    const gateway::Sessions sessions(random, settings.sessions);
    const gateway::Passing passing(settings, tokens, outbound_client, log);
    const gateway::Gateway gateway(
        {settings, log_ins, sessions, client, tokens, passing, clock, log});
    give_workers(settings);
    CAMBIST_TRY(const auto server,
                http::Server::start(settings.http, gateway, gateway, clock, log, metrics));
    log_start(settings, *server, log);
    run(signals, *server, gateway, log);
    log.info("stopping");
    server->stop();
    log.info("stopped");
    return {};
}

}  // namespace cambist::app
