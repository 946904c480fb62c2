// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cambist::outbound {

// An absolute http or https URL, taken apart.
struct Url {
    bool tls = true;
    std::string host;  // lower case; an IPv6 address without brackets
    bool host_is_address = false;
    std::uint16_t port = 443;
    std::string target;     // path and query, "/" at least
    std::string authority;  // what the Host header says
};

// RFC 3986, strictly. kOutboundRefused for credentials, fragments, other schemes, and for hosts
// that some resolvers take for an address in another notation ("127.1", "0x7f000001",
// "2130706433").
Result<Url> parse_url(std::string_view text);

}  // namespace cambist::outbound
