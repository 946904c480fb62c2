// SPDX-License-Identifier: Apache-2.0
#include "http/proxies.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "http/client_certificate.h"
#include "http/text.h"

namespace cambist::http {

namespace {

constexpr unsigned kV4Offset = 12;
constexpr std::array<std::uint8_t, kV4Offset> kV4Mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

// What the nearest proxy is, then the one before it, ...: the list is read from its end.
struct Hop {
    std::string_view node;
    std::string_view scheme;
};

std::optional<unsigned> parse_bits(std::string_view text, unsigned most) {
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
    if (error != std::errc() || end != text.data() + text.size() || bits > most) return {};
    return bits;
}

// Splits at `at` outside of quotes, last part first.
std::vector<std::string_view> split_unquoted(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') quoted = !quoted;
        if (text[i] != at || quoted) continue;
        parts.push_back(trim_blanks(text.substr(begin, i - begin)));
        begin = i + 1;
    }
    parts.push_back(trim_blanks(text.substr(begin)));
    std::reverse(parts.begin(), parts.end());
    return parts;
}

std::string_view unquote(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return text;
    return text.substr(1, text.size() - 2);
}

// "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:80", "2001:db8::1" (RFC 7239 section 6).
std::optional<IpAddress> parse_node(std::string_view node) {
    if (node.starts_with('[')) {
        const auto end = node.find(']');
        return end == std::string_view::npos ? std::nullopt
                                             : IpAddress::parse(node.substr(1, end - 1));
    }
    if (std::count(node.begin(), node.end(), ':') == 1) node = node.substr(0, node.find(':'));
    return IpAddress::parse(node);
}

std::vector<Hop> read_x_forwarded(const Request& request) {
    std::vector<Hop> hops;
    auto lines = request.headers("X-Forwarded-For");
    std::reverse(lines.begin(), lines.end());
    for (const auto line : lines)
        for (const auto node : split_unquoted(line, ',')) hops.push_back({node, {}});
    const auto schemes = request.headers("X-Forwarded-Proto");
    if (schemes.empty()) return hops;
    if (hops.empty()) hops.emplace_back();
    hops.front().scheme = split_unquoted(schemes.back(), ',').front();
    return hops;
}

std::vector<Hop> read_forwarded(const Request& request) {
    std::vector<Hop> hops;
    auto lines = request.headers("Forwarded");
    std::reverse(lines.begin(), lines.end());
    for (const auto line : lines) {
        for (const auto element : split_unquoted(line, ',')) {
            Hop hop;
            for (const auto pair : split_unquoted(element, ';')) {
                const auto equals = pair.find('=');
                if (equals == std::string_view::npos) continue;
                const auto value = unquote(pair.substr(equals + 1));
                if (same_name(pair.substr(0, equals), "for")) hop.node = value;
                if (same_name(pair.substr(0, equals), "proto")) hop.scheme = value;
            }
            hops.push_back(hop);
        }
    }
    return hops;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string copy(text);  // inet_pton wants a terminated text
    IpAddress address;
    if (copy.find(':') != std::string::npos) {
        if (::inet_pton(AF_INET6, copy.c_str(), address.bytes_.data()) != 1) return std::nullopt;
        return address;
    }
    std::copy(kV4Mapped.begin(), kV4Mapped.end(), address.bytes_.begin());
    if (::inet_pton(AF_INET, copy.c_str(), address.bytes_.data() + kV4Offset) != 1)
        return std::nullopt;
    return address;
}

bool IpAddress::is_v4() const {
    return std::equal(kV4Mapped.begin(), kV4Mapped.end(), bytes_.begin());
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_v4()) {
        ::inet_ntop(AF_INET, bytes_.data() + kV4Offset, text.data(), text.size());
    } else {
        ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
    }
    return text.data();
}

bool IpAddress::shares_prefix(const IpAddress& other, unsigned bits) const {
    constexpr unsigned kByte = 8;
    const unsigned whole = bits / kByte;
    if (!std::equal(bytes_.begin(), bytes_.begin() + whole, other.bytes_.begin())) return false;
    if (bits % kByte == 0) return true;
    const unsigned differing = static_cast<unsigned>(bytes_.at(whole) ^ other.bytes_.at(whole));
    return differing >> (kByte - bits % kByte) == 0;
}

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& blocks,
                                             ForwardingHeader header,
                                             std::string certificate_header) {
    TrustedProxies proxies;
    proxies.header_ = header;
    proxies.certificate_header_ = std::move(certificate_header);
    constexpr unsigned kV4Bits = 32;
    constexpr unsigned kAllBits = 128;
    for (const std::string_view text : blocks) {
        const auto slash = text.find('/');
        const auto address = IpAddress::parse(text.substr(0, slash));
        if (!address)
            return fail(ErrorCode::kConfigInvalid,
                        "trusted proxy '" + std::string(text) +
                            "' is no IP address or CIDR block such as 10.0.0.0/8");
        const bool v4 = address->is_v4() && text.find(':') == std::string_view::npos;
        auto bits = std::optional<unsigned>(v4 ? kV4Bits : kAllBits);
        if (slash != std::string_view::npos) bits = parse_bits(text.substr(slash + 1), *bits);
        if (!bits)
            return fail(ErrorCode::kConfigInvalid,
                        "trusted proxy '" + std::string(text) + "' has a wrong prefix length");
        proxies.blocks_.push_back({*address, v4 ? *bits + kAllBits - kV4Bits : *bits});
    }
    return proxies;
}

bool TrustedProxies::trusts(const IpAddress& address) const {
    return std::any_of(blocks_.begin(), blocks_.end(), [&](const Block& block) {
        return address.shares_prefix(block.address, block.bits);
    });
}

Peer TrustedProxies::client_of(const Request& request, Peer proxy) const {
    const auto hops = header_ == ForwardingHeader::kForwarded ? read_forwarded(request)
                                                              : read_x_forwarded(request);
    Peer client = std::move(proxy);
    client.via_proxy = true;
    client.certificates.clear();
    // Two of them are no certificate: one may be the client's own writing.
    if (!certificate_header_.empty() && request.count(certificate_header_) == 1)
        if (auto der = read_certificate_header(*request.header(certificate_header_)))
            client.certificates.push_back(*std::move(der));
    // Only the nearest proxy's word counts for the scheme: what stands before it in the list may
    // have been written by the client.
    if (!hops.empty() && !hops.front().scheme.empty())
        client.secure = same_name(hops.front().scheme, "https");
    for (const auto& hop : hops) {
        const auto address = parse_node(hop.node);
        if (!address) break;
        client.address = address->text();
        if (!trusts(*address)) break;
    }
    return client;
}

}  // namespace cambist::http
