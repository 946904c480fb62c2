// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "http/loop.h"
#include "http/socket.h"
#include "http/tls.h"

namespace cambist::http {

namespace {

// Many more than cores, for those that wait: for a password's hash, for another server, for the
// record of a refresh token's use. The pool lets no more than the cores work at a time.
std::size_t worker_count(const Settings& settings) {
    constexpr std::size_t kLeast = 64;
    constexpr std::size_t kPerCore = 16;
    if (settings.workers > 0) return settings.workers;
    return std::max(kLeast, kPerCore * std::thread::hardware_concurrency());
}

// A connection takes a descriptor, and most systems give a process 1024 until it asks for more.
void make_room(const Settings& settings, Log& log) {
    constexpr rlim_t kForOthers = 256;  // files, databases, other servers
    const auto wanted = static_cast<rlim_t>(settings.max_connections) + kForOthers;
    rlimit room{};
    if (::getrlimit(RLIMIT_NOFILE, &room) != 0 || room.rlim_cur >= wanted) return;
    room.rlim_cur = std::min(wanted, room.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &room);
    if (room.rlim_max < wanted)
        log.warn("http.few_descriptors",
                 {{"limit", std::uint64_t{room.rlim_max}},
                  {"max_connections", settings.max_connections},
                  {"meaning", "clients wait when all are taken; raise the limit (ulimit -n)"}});
}

ListenerNumbers make_numbers(Metrics& metrics, ListenerKind kind) {
    const std::string_view name = kind == ListenerKind::kPublic ? "public" : "management";
    ListenerNumbers numbers;
    static constexpr std::array<std::string_view, 6> kClasses{"none", "1xx", "2xx",
                                                              "3xx",  "4xx", "5xx"};
    for (std::size_t i = 2; i < kClasses.size(); ++i)
        numbers.requests.at(i) =
            &metrics.counter("cambist_http_requests_total", "Requests answered by a handler.",
                             {{"listener", name}, {"status", kClasses.at(i)}});
    numbers.seconds =
        &metrics.histogram("cambist_http_request_seconds",
                           "Time from a complete request to its answer.", {{"listener", name}});
    numbers.connections =
        &metrics.gauge("cambist_http_connections", "Open connections.", {{"listener", name}});
    return numbers;
}

Status check_settings(const Settings& settings) {
    constexpr std::size_t kLeastHeaderBytes = 256;
    constexpr std::size_t kMostBytes = 1UL << 30U;  // spans have 32 bits
    if (settings.listeners.empty())
        return fail(ErrorCode::kConfigInvalid, "there is no address to listen on");
    if (settings.io_threads == 0 || settings.max_connections == 0)
        return fail(ErrorCode::kConfigInvalid, "io_threads and max_connections must be at least 1");
    if (settings.max_header_bytes < kLeastHeaderBytes || settings.max_header_bytes > kMostBytes ||
        settings.max_body_bytes > kMostBytes)
        return fail(ErrorCode::kConfigInvalid,
                    "max_header_bytes must be 256 to 1 GiB, max_body_bytes at most 1 GiB");
    for (const auto& listener : settings.listeners)
        if (listener.certificate_file.empty() != listener.key_file.empty())
            return fail(ErrorCode::kConfigInvalid,
                        "a certificate file needs a key file, and the reverse");
    return {};
}

Status load_tls(const Endpoint& endpoint) {
    const auto& files = endpoint.listener;
    CAMBIST_TRY(auto fresh,
                TlsContext::load(files.certificate_file, files.key_file,
                                 files.asks_certificates ? ClientCertificates::kAsk
                                                         : ClientCertificates::kIgnore));
    endpoint.tls.with([&](auto& current) { current.swap(fresh); });
    return {};
}

}  // namespace

struct Server::Parts {
    Shared shared;
    std::vector<std::unique_ptr<Endpoint>> endpoints;
    WorkerPool pool;
    std::vector<std::unique_ptr<Loop>> loops;
    Guarded<bool> stopped{false};

    Parts(Settings settings, TrustedProxies proxies, const Clock& clock, Log& log, Metrics& metrics)
        : shared{std::move(settings),
                 std::move(proxies),
                 clock,
                 log,
                 metrics,
                 metrics.counter("cambist_http_handler_failures_total",
                                 "Handlers that threw or gave an answer that can not be sent."),
                 metrics.counter("cambist_http_handshake_failures_total",
                                 "TLS handshakes that failed or took too long."),
                 metrics.counter("cambist_http_accept_failures_total",
                                 "Times that no connection could be accepted.")},
          pool(worker_count(shared.settings), shared.settings.queue_length) {}
    ~Parts() {
        for (const auto& endpoint : endpoints)
            if (endpoint->descriptor >= 0) ::close(endpoint->descriptor);
    }

    Status open(const Listener& listener, const Handler& handler) {
        auto endpoint = std::make_unique<Endpoint>(listener, handler,
                                                   make_numbers(shared.metrics, listener.kind));
        if (endpoint->uses_tls()) CAMBIST_CHECK(load_tls(*endpoint));
        CAMBIST_TRY(const auto bound, open_listener(listener));
        endpoint->descriptor = bound.first;
        endpoint->port = bound.second;
        endpoints.push_back(std::move(endpoint));
        return {};
    }

    void run() {
        for (std::size_t i = 0; i < shared.settings.io_threads; ++i)
            loops.push_back(std::make_unique<Loop>(shared, pool, endpoints));
        for (const auto& loop : loops) loop->start();
        for (const auto& endpoint : endpoints)
            shared.log.info("http.listening", {{"host", endpoint->listener.host},
                                               {"port", endpoint->port},
                                               {"tls", endpoint->uses_tls()}});
    }
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(Settings settings, const Handler& public_handler,
                                              const Handler& management_handler, const Clock& clock,
                                              Log& log, Metrics& metrics) {
    CAMBIST_CHECK(check_settings(settings));
    CAMBIST_TRY(auto proxies,
                TrustedProxies::parse(settings.trusted_proxies, settings.forwarding_header,
                                      settings.certificate_header));
    make_room(settings, log);
    auto parts =
        std::make_unique<Parts>(std::move(settings), std::move(proxies), clock, log, metrics);
    for (const auto& listener : parts->shared.settings.listeners)
        CAMBIST_CHECK(parts->open(listener, listener.kind == ListenerKind::kPublic
                                                ? public_handler
                                                : management_handler));
    parts->run();
    return std::unique_ptr<Server>(new Server(std::move(parts)));
}

std::vector<std::uint16_t> Server::ports() const {
    std::vector<std::uint16_t> ports;
    for (const auto& endpoint : parts_->endpoints) ports.push_back(endpoint->port);
    return ports;
}

Status Server::reload_tls() {
    Status outcome;
    for (const auto& endpoint : parts_->endpoints) {
        if (!endpoint->uses_tls()) continue;
        auto loaded = load_tls(*endpoint);
        auto& log = parts_->shared.log;
        if (loaded) {
            log.info("http.tls_reloaded", {{"port", endpoint->port}});
        } else {
            log.error("http.tls_reload_failed",
                      {{"port", endpoint->port}, {"why", loaded.error().describe()}});
            outcome = std::move(loaded);
        }
    }
    return outcome;
}

void Server::stop() {
    // Under the lock, so that whoever comes second also waits for the end.
    parts_->stopped.with([&](bool& stopped) {
        if (std::exchange(stopped, true)) return;
        auto& shared = parts_->shared;
        shared.log.info("http.stopping", {{"connections", shared.open_connections.load()}});
        shared.stopping = true;
        // Further connections are refused by the kernel from here on.
        for (const auto& endpoint : parts_->endpoints) ::shutdown(endpoint->descriptor, SHUT_RDWR);
        for (const auto& loop : parts_->loops) loop->wake();
        for (const auto& loop : parts_->loops) loop->join();
        parts_->pool.stop();
        shared.log.info("http.stopped");
    });
}

}  // namespace cambist::http
