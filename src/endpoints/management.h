// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>

#include "base/metrics.h"
#include "http/message.h"
#include "store/store.h"

namespace cambist::endpoints {

// The management listener: /health/live, /health/ready, /metrics. Thread-safe.
class Management final : public http::PlainHandler {
  public:
    explicit Management(const Metrics& metrics) : metrics_(metrics) {}
    http::Response answer(const http::Request& request) const override;

    // From now on /health/ready asks the store; before that, and after closing(), it says no.
    void ready(store::Store& store) { store_.store(&store); }
    void closing() { store_.store(nullptr); }

  private:
    const Metrics& metrics_;
    std::atomic<store::Store*> store_{nullptr};
};

// Stands in front of the public handler while the server starts: 503 until opened. Thread-safe.
class Gate final : public http::Handler {
  public:
    void handle(const http::Request& request, http::Reply& reply) const override;
    void open(const http::Handler& handler) { handler_.store(&handler); }

  private:
    std::atomic<const http::Handler*> handler_{nullptr};
};

}  // namespace cambist::endpoints
