// SPDX-License-Identifier: Apache-2.0
// Inside outbound/ only.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "http/proxies.h"
#include "outbound/deadline.h"
#include "outbound/tls.h"

namespace cambist::outbound {

// One TCP connection, with TLS or without. Every call ends with the deadline at the latest; all
// fail with kOutboundFailed.
class Stream {
  public:
    static Result<Stream> connect(const http::IpAddress& address, std::uint16_t port,
                                  const Deadline& deadline);
    Stream(Stream&& other) noexcept
        : socket_(std::exchange(other.socket_, -1)), tls_(std::move(other.tls_)) {}
    Stream& operator=(Stream&&) = delete;
    ~Stream();

    Status start_tls(const TlsClient& client, const std::string& host, bool host_is_address,
                     const Deadline& deadline);
    Status write(std::string_view bytes, const Deadline& deadline);
    // At least one byte into `buffer`; 0 when the other side has ended in good order.
    Result<std::size_t> read(char* buffer, std::size_t size, const Deadline& deadline);
    // Nothing is there to be read: neither bytes that nobody asked for nor an end.
    bool is_quiet() const;

  private:
    explicit Stream(int socket) : socket_(socket) {}
    Status wait(short events, const Deadline& deadline) const;
    // What a call into TLS that did not succeed means: wait and try again, or an end.
    Status wait_for_tls(int outcome, const Deadline& deadline) const;

    int socket_ = -1;
    TlsClient::Session tls_;
};

}  // namespace cambist::outbound
