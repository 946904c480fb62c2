// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "http/message.h"
#include "http/settings.h"

namespace cambist::http {

// HTTP/1.1 (and 1.0) over TCP and TLS: network loops that read, check and write, and a bounded pool
// of workers that runs the handlers. All member functions may be called from any thread. What is
// passed to start() must outlive the server.
class Server {
  public:
    // Binds every listener, loads the certificates and begins to serve. Fails with kConfigInvalid
    // when an address, a certificate, a key or a trusted proxy is not usable; then nothing runs.
    static Result<std::unique_ptr<Server>> start(Settings settings, const Handler& public_handler,
                                                 const Handler& management_handler,
                                                 const Clock& clock, Log& log, Metrics& metrics);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();  // stops

    // The bound ports, in the order of the listeners.
    std::vector<std::uint16_t> ports() const;
    // Reads the certificate files again. Open connections stay; a listener whose new files are bad
    // keeps its old ones, and the failure is logged and returned.
    Status reload_tls();
    // Stops accepting, closes idle connections, lets requests in flight end (within stop_grace; a
    // handler that runs longer is waited for, its client is not). Returns when all threads ended.
    void stop();

  private:
    struct Parts;
    explicit Server(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace cambist::http
