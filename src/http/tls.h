// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "base/result.h"

struct ssl_ctx_st;

namespace cambist::http {

enum class ClientCertificates { kIgnore, kAsk };

// A certificate with its key and our TLS policy: 1.2 and 1.3, forward secrecy and AEAD only, no
// renegotiation, no compression, HTTP/1.1 by ALPN. Immutable; connections keep the one they began
// with, so a reload makes a new one.
class TlsContext {
  public:
    // kConfigInvalid when a file can not be read or key and certificate do not belong together.
    // kAsk: a client may show a certificate of whatever maker, which is not a matter of TLS here.
    static Result<std::shared_ptr<const TlsContext>> load(
        const std::string& certificate_file, const std::string& key_file,
        ClientCertificates certificates = ClientCertificates::kIgnore);
    explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ~TlsContext();
    // Used to make connections only; OpenSSL counts references under its own lock.
    ssl_ctx_st* native() const { return context_; }

  private:
    ssl_ctx_st* context_;
};

// Empties OpenSSL's error queue of this thread into a text.
std::string drain_tls_errors();

}  // namespace cambist::http
