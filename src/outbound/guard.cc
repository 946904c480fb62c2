// SPDX-License-Identifier: Apache-2.0
#include "outbound/guard.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace cambist::outbound {

namespace {

// IANA's registries of special-purpose addresses (RFC 6890). Of IPv6 only 2000::/3 is assigned to
// anybody (RFC 4291 section 2.4); what embeds an IPv4 address (6to4, Teredo, NAT64) is refused as
// a whole. IPv4-mapped addresses are compared as IPv4.
constexpr std::array<std::string_view, 24> kSpecial{
    "0.0.0.0/8",      "10.0.0.0/8",        "100.64.0.0/10",   "127.0.0.0/8",     "169.254.0.0/16",
    "172.16.0.0/12",  "192.0.0.0/24",      "192.0.2.0/24",    "192.31.196.0/24", "192.52.193.0/24",
    "192.88.99.0/24", "192.168.0.0/16",    "192.175.48.0/24", "198.18.0.0/15",   "198.51.100.0/24",
    "203.0.113.0/24", "224.0.0.0/4",       "240.0.0.0/4",     "2001::/23",       "2001:db8::/32",
    "2002::/16",      "2620:4f:8000::/48", "3fff::/20",       "5f00::/16"};
constexpr std::string_view kAssigned = "2000::/3";

bool holds(const auto& blocks, const http::IpAddress& address) {
    return std::ranges::any_of(blocks, [&](const auto& block) {
        return block.address.is_v4() == address.is_v4() &&
               block.address.shares_prefix(address, block.bits);
    });
}

bool is_host_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    });
}

}  // namespace

// The bits count in the 128 of the mapped form.
Result<Guard::Block> Guard::block_of(std::string_view text) {
    constexpr unsigned kV4Offset = 96;
    constexpr unsigned kAll = 128;
    const auto slash = text.find('/');
    const auto address = http::IpAddress::parse(text.substr(0, slash));
    if (!address) return fail(ErrorCode::kConfigInvalid, "no address");
    const unsigned offset = address->is_v4() ? kV4Offset : 0;
    if (slash == std::string_view::npos) return Block{*address, kAll};
    const auto number = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bits);
    if (error != std::errc() || end != number.data() + number.size() || bits > kAll - offset)
        return fail(ErrorCode::kConfigInvalid, "no prefix length");
    return Block{*address, bits + offset};
}

Result<Guard> Guard::make(const std::vector<std::string>& allowed) {
    Guard guard;
    for (const auto text : kSpecial) {
        CAMBIST_TRY(auto block, block_of(text));
        guard.refused_.push_back(block);
    }
    CAMBIST_TRY(auto assigned, block_of(kAssigned));
    guard.assigned_.push_back(assigned);
    for (const auto& text : allowed) {
        const auto lower = to_lower_ascii(text);
        if (auto block = block_of(lower))
            guard.allowed_.push_back(*block);
        else if (is_host_name(lower))
            guard.hosts_.push_back(lower);
        else
            return fail(ErrorCode::kConfigInvalid,
                        "'" + printable(text, 60) + "' is no host name, address or CIDR block");
    }
    return guard;
}

bool Guard::permits(std::string_view host, const http::IpAddress& address) const {
    if (std::ranges::find(hosts_, host) != hosts_.end() || holds(allowed_, address)) return true;
    if (!address.is_v4() && !holds(assigned_, address)) return false;
    return !holds(refused_, address);
}

}  // namespace cambist::outbound
