// SPDX-License-Identifier: Apache-2.0
// Forwarding headers as a trusted proxy may pass them on: the client's address is always an
// address, and reads as itself.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/proxies.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using cambist::http::ForwardingHeader;
    using cambist::http::IpAddress;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto request = cambist::http::Request::make(
        "GET", "/", {{"Forwarded", text}, {"X-Forwarded-For", text}, {"X-Forwarded-Proto", text}});
    for (const auto header : {ForwardingHeader::kXForwarded, ForwardingHeader::kForwarded}) {
        const auto proxies =
            cambist::http::TrustedProxies::parse({"10.0.0.0/8", "2001:db8::/32"}, header);
        if (!proxies) __builtin_trap();
        const auto client = proxies->client_of(request, {"10.0.0.1", false, false});
        const auto address = IpAddress::parse(client.address);
        if (!address || address->text() != client.address) __builtin_trap();
    }
    return 0;
}
