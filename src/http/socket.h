// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/proxies.h"
#include "http/settings.h"

struct ssl_st;

namespace cambist::http {

class TlsContext;

enum class Io { kDone, kBlocked, kEnded, kFailed };
struct IoResult {
    Io outcome = Io::kFailed;
    std::size_t bytes = 0;
};

// One accepted connection, plain or TLS, never blocking. Used by one thread at a time.
class Socket {
  public:
    // Takes over the descriptor; `tls` may be null: plain TCP.
    Socket(int descriptor, const TlsContext* tls);
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { close(); }

    bool is_tls() const { return tls_ != nullptr; }
    bool is_open() const { return descriptor_ >= 0; }
    int descriptor() const { return descriptor_; }
    Io handshake();
    // After the handshake: what the client showed, as DER, its own first; empty: nothing.
    std::vector<std::string> certificates() const;
    // kEnded: the peer sends no more.
    IoResult read(std::span<char> buffer);
    IoResult write(std::string_view bytes);
    // Says that nothing more will be sent; reading goes on.
    void end_sending();
    // Reads and drops what the peer still sends, under TLS without deciphering it.
    Io discard(std::span<char> scratch) const;
    void close();

  private:
    int descriptor_;
    ssl_st* tls_ = nullptr;
};

// A listening socket and its port. kConfigInvalid when the address can not be had.
Result<std::pair<int, std::uint16_t>> open_listener(const Listener& listener);

struct Accepted {
    int descriptor = -1;
    int error = 0;  // errno, when there is no descriptor
    IpAddress address;
};
Accepted accept_from(int listener);

}  // namespace cambist::http
