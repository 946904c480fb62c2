// SPDX-License-Identifier: Apache-2.0
// Inside outbound/ only.
#pragma once
#include <memory>
#include <string>

#include "base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace cambist::outbound {

// What every TLS connection to another server starts from: TLS 1.2 at least, the certificate
// proved by the system's authorities and the operator's own file. Any thread.
class TlsClient {
  public:
    // kConfigInvalid when the file holds no certificates.
    static Result<TlsClient> make(const std::string& ca_file);

    struct FreeSession {
        void operator()(ssl_st* session) const;
    };
    using Session = std::unique_ptr<ssl_st, FreeSession>;
    // A session on this socket that will accept no certificate but one for this host.
    Result<Session> start(int socket, const std::string& host, bool host_is_address) const;

  private:
    struct FreeContext {
        void operator()(ssl_ctx_st* context) const;
    };
    std::unique_ptr<ssl_ctx_st, FreeContext> context_;
};

}  // namespace cambist::outbound
