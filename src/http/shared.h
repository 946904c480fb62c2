// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/metrics.h"
#include "http/deadlines.h"
#include "http/parser.h"
#include "http/pool.h"
#include "http/proxies.h"
#include "http/settings.h"

namespace cambist::http {

class TlsContext;

// What one kind of listener counts.
struct ListenerNumbers {
    std::array<Counter*, 6> requests{};  // by the first digit of the status
    Histogram* seconds = nullptr;
    Gauge* connections = nullptr;
};

// A listener at work.
struct Endpoint {
    Endpoint(Listener what, const Handler& whose, ListenerNumbers counts)
        : listener(std::move(what)), handler(whose), numbers(counts) {}

    const Listener listener;
    const Handler& handler;
    const ListenerNumbers numbers;
    int descriptor = -1;
    std::uint16_t port = 0;
    Guarded<std::shared_ptr<const TlsContext>> tls;

    bool uses_tls() const { return !listener.certificate_file.empty(); }
};

// What all loops and workers of a server have in common. Thread-safe.
struct Shared {
    Settings settings;
    TrustedProxies proxies;
    const Clock& clock;
    Log& log;
    Metrics& metrics;
    Counter& handler_failures;
    Counter& handshake_failures;
    Counter& accept_failures;
    std::atomic<std::size_t> open_connections{0};
    std::atomic<bool> stopping{false};

    Limits limits() const {
        return {settings.max_header_bytes, settings.max_header_count, settings.max_body_bytes};
    }
    void count_refusal(int status) const;
};

// Where workers leave what they have answered; one wake-up for many.
class Mailbox {
  public:
    Mailbox();
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;
    ~Mailbox();
    int descriptor() const;
    // Any thread.
    void post(Connection& connection);
    void wake() const;
    // Loop thread: everything posted so far, exchanged with the empty `into`.
    void take(std::vector<Connection*>& into);

  private:
    // The loop's descriptor; lives as long as somebody may still want to wake the loop.
    class Alarm;
    std::shared_ptr<const Alarm> alarm_;
    Guarded<std::vector<Connection*>> answered_;
};

// One request on its way: read by a loop, answered by a worker or by whom the worker gave the
// reply, written by the loop. Only one of them has it at a time.
class RequestJob final : public Job, public Asker {
  public:
    RequestJob(const Shared& shared, Mailbox& mailbox)
        : parser(shared.limits()), shared_(shared), mailbox_(mailbox) {}

    void run() noexcept override;                         // calls the handler
    void on_answer(Response response) noexcept override;  // renders it and gives it to the loop
    void on_no_answer() noexcept override;
    void begin(Connection& connection, const Endpoint& endpoint, SteadyTime now);
    void reset();

    RequestParser parser;
    std::string wire;                    // the answer, ready to be sent
    bool close = false;                  // the answer is the connection's last
    std::atomic<bool> abandoned{false};  // the client is gone: need not be run any more

  private:
    bool render(const Response& response);

    const Shared& shared_;
    Mailbox& mailbox_;
    Connection* connection_ = nullptr;
    const Endpoint* endpoint_ = nullptr;
    SteadyTime began_;
};

}  // namespace cambist::http
