// SPDX-License-Identifier: Apache-2.0
#include "exchange/secure.h"

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace cambist::exchange {
namespace {

// RFC 1918, RFC 3927, loopback.
bool is_local_v4(std::uint32_t address) {
    return address >> 24 == 10 || address >> 24 == 127 || address >> 20 == 0xac1 ||
           address >> 16 == 0xc0a8 || address >> 16 == 0xa9fe;
}

bool is_local(const std::string& text) {
    in_addr v4{};
    if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return is_local_v4(ntohl(v4.s_addr));
    in6_addr v6{};
    if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) return false;
    if (IN6_IS_ADDR_LOOPBACK(&v6)) return true;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        std::uint32_t mapped = 0;
        std::memcpy(&mapped, &v6.s6_addr[12], sizeof mapped);
        return is_local_v4(ntohl(mapped));
    }
    // RFC 4193 fc00::/7 and RFC 4291 fe80::/10.
    return (v6.s6_addr[0] & 0xfe) == 0xfc ||
           (v6.s6_addr[0] == 0xfe && (v6.s6_addr[1] & 0xc0) == 0x80);
}

}  // namespace

bool is_secure_enough(SslRequired required, const Caller& caller) {
    switch (required) {
        case SslRequired::kNone:
            return true;
        case SslRequired::kExternal:
            return caller.secure || is_local(caller.address);
        case SslRequired::kAll:
            return caller.secure;
    }
    return false;
}

}  // namespace cambist::exchange
