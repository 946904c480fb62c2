// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/proxies.h"

namespace cambist::outbound {

// Which addresses may be called: those of the public internet, and what the operator allows by
// name. The addresses of a private network, of this machine and of a cloud's metadata service must
// not be reached through a URL that somebody could write into a realm. Immutable.
class Guard {
  public:
    // Host names, addresses and CIDR blocks; kConfigInvalid names the one that is none of them.
    static Result<Guard> make(const std::vector<std::string>& allowed);
    // `host` as the URL names it, `address` as it was resolved to.
    bool permits(std::string_view host, const http::IpAddress& address) const;

  private:
    struct Block {
        http::IpAddress address;
        unsigned bits = 0;
    };
    static Result<Block> block_of(std::string_view text);

    std::vector<std::string> hosts_;
    std::vector<Block> allowed_;
    std::vector<Block> refused_;
    std::vector<Block> assigned_;  // of IPv6: the rest is nobody's
};

}  // namespace cambist::outbound
