// SPDX-License-Identifier: Apache-2.0
#include "outbound/url.h"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/text.h"
#include "http/proxies.h"

namespace cambist::outbound {

namespace {

namespace urls = boost::urls;

constexpr std::size_t kMaxUrl = 2048;
constexpr std::uint16_t kHttps = 443;
constexpr std::uint16_t kHttp = 80;

std::unexpected<Error> refuse(std::string hint) {
    return fail(ErrorCode::kOutboundRefused, std::move(hint));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// RFC 1123 section 2.1, and not one that ends in a number: that is an address in disguise.
bool is_host_name(std::string_view host) {
    constexpr std::size_t kMaxName = 253;
    const auto is_good = [](char c) {
        return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '.' || c == '_';
    };
    if (host.empty() || host.size() > kMaxName || !std::ranges::all_of(host, is_good)) return false;
    const auto labels = split(host, '.');
    const auto empty = [](std::string_view label) { return label.empty(); };
    const auto last = labels.back();
    return std::ranges::none_of(labels, empty) && !is_digit(last.front());
}

Status read_host(const urls::url_view& view, Url& url) {
    switch (view.host_type()) {
        case urls::host_type::ipv4:
        case urls::host_type::ipv6:
            url.host = std::string(view.host_address());
            url.host_is_address = true;
            // Not with a zone, which names an interface of ours (RFC 6874), nor a dot at its end.
            if (!http::IpAddress::parse(url.host)) return refuse("the host is no plain address");
            return {};
        case urls::host_type::name:
            url.host = to_lower_ascii(std::string_view(view.encoded_host()));
            if (!is_host_name(url.host)) return refuse("the host is no plain host name");
            return {};
        default:
            return refuse("there is no host");
    }
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
    if (text.size() > kMaxUrl) return refuse("the URL is too long");
    const auto parsed = urls::parse_uri(text);
    if (!parsed) return refuse("this is no absolute URL");
    const urls::url_view& view = *parsed;
    if (view.scheme_id() != urls::scheme::https && view.scheme_id() != urls::scheme::http)
        return refuse("only https is called");
    if (view.has_userinfo()) return refuse("the URL holds credentials");
    if (view.has_fragment()) return refuse("the URL has a fragment");
    Url url;
    url.tls = view.scheme_id() == urls::scheme::https;
    CAMBIST_CHECK(read_host(view, url));
    url.port = url.tls ? kHttps : kHttp;
    if (view.has_port()) {
        url.port = view.port_number();
        if (url.port == 0) return refuse("the port is no port");
    }
    url.authority = std::string(std::string_view(view.encoded_host()));
    if (view.has_port()) url.authority += ":" + std::to_string(url.port);
    url.target = std::string(std::string_view(view.encoded_path()));
    if (url.target.empty()) url.target = "/";
    // Boost 1.81 ends an authority where a port, or a host of four numbers, ends, and takes the
    // rest for a path.
    if (!url.target.starts_with('/')) return refuse("the host or the port is not plain");
    if (view.has_query()) url.target += "?" + std::string(std::string_view(view.encoded_query()));
    return url;
}

}  // namespace cambist::outbound
