// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "http/settings.h"

namespace cambist::http {

// An address as 16 bytes; IPv4 is kept in its IPv4-mapped form, so both kinds compare.
class IpAddress {
  public:
    // Numeric text only, without port, brackets or zone.
    static std::optional<IpAddress> parse(std::string_view text);
    // IPv4 as IPv4, also when it came mapped into IPv6.
    std::string text() const;
    bool is_v4() const;
    bool shares_prefix(const IpAddress& other, unsigned bits) const;
    friend bool operator==(const IpAddress&, const IpAddress&) = default;

  private:
    std::array<std::uint8_t, 16> bytes_{};
};

// The proxies whose word on the client's address and scheme is believed (RFC 7239 section 8.1:
// nobody else's is). Immutable.
class TrustedProxies {
  public:
    // Addresses and CIDR blocks; kConfigInvalid names the one that is neither.
    static Result<TrustedProxies> parse(const std::vector<std::string>& blocks,
                                        ForwardingHeader header,
                                        std::string certificate_header = {});
    bool trusts(const IpAddress& address) const;
    // The client behind a trusted proxy: the nearest address that no trusted proxy has, and the
    // scheme the nearest proxy saw. What is missing or malformed leaves what the socket says. The
    // certificate is the one that the proxy passes on and never the proxy's own.
    Peer client_of(const Request& request, Peer proxy) const;

  private:
    struct Block {
        IpAddress address;
        unsigned bits = 0;
    };
    std::vector<Block> blocks_;
    ForwardingHeader header_ = ForwardingHeader::kXForwarded;
    std::string certificate_header_;
};

}  // namespace cambist::http
