// SPDX-License-Identifier: Apache-2.0
#include "gateway/request_rules.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "http/text.h"

namespace cambist::gateway {
namespace {

// RFC 9110 section 7.6.1, RFC 9112 section 6: of this connection, not of the message.
constexpr std::array<std::string_view, 9> kOfConnection{
    "connection",        "content-length", "keep-alive", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",        "expect"};

// What the call to the service writes, or nobody but the gateway may say.
constexpr std::array<std::string_view, 20> kNotForService{
    "host",        "accept",         "accept-encoding", "user-agent", "content-type",
    "cookie",      "cookie2",        "authorization",   "dpop",       "forwarded",
    "via",         "x-real-ip",      "origin",          "referer",    "x-cambist-gateway",
    "remote-user", "true-client-ip", "x-client-ip",     "x-user",     "x-http-method-override"};
// What proxies say of who asks (RFC 9440 for one), from where, and for which path: none was there.
constexpr std::array<std::string_view, 12> kNotForServiceBegin{
    "proxy-",    "sec-",    "x-forwarded-", "client-cert", "x-client-cert", "x-ssl-",
    "x-remote-", "x-auth-", "x-webauth",    "x-original-", "x-rewrite-",    "cf-"};

// An answer of a service speaks for itself, not for the origin that it comes through.
constexpr std::array<std::string_view, 29> kNotForBrowser{"set-cookie",
                                                          "set-cookie2",
                                                          "authorization",
                                                          "authentication-info",
                                                          "www-authenticate",
                                                          "date",
                                                          "location",
                                                          "cache-control",
                                                          "pragma",
                                                          "expires",
                                                          "content-security-policy",
                                                          "content-security-policy-report-only",
                                                          "x-content-type-options",
                                                          "clear-site-data",
                                                          "strict-transport-security",
                                                          "service-worker-allowed",
                                                          "refresh",
                                                          "alt-svc",
                                                          "nel",
                                                          "report-to",
                                                          "reporting-endpoints",
                                                          "accept-ch",
                                                          "critical-ch",
                                                          "origin-agent-cluster",
                                                          "set-login",
                                                          "link",
                                                          "sourcemap",
                                                          "x-sourcemap",
                                                          "permissions-policy"};
constexpr std::array<std::string_view, 4> kNotForBrowserBegin{"proxy-", "access-control-",
                                                              "sec-session-", "secure-session-"};

bool is_one_of(const auto& names, std::string_view name) {
    return std::ranges::any_of(names,
                               [&](std::string_view one) { return http::same_name(one, name); });
}

bool begins_as(const auto& starts, std::string_view name) {
    return std::ranges::any_of(starts, [&](std::string_view start) {
        return name.size() >= start.size() && http::same_name(name.substr(0, start.size()), start);
    });
}

// A name with an underscore is read as another one by servers that hand headers on as variables.
bool passes(std::string_view name, const std::vector<std::string_view>& connection) {
    return !is_one_of(kOfConnection, name) && !name.contains('_') &&
           std::ranges::none_of(
               connection, [&](std::string_view list) { return http::lists_token(list, name); });
}

bool is_pchar(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~!$&'()*+,;=:@%").contains(c);
}

bool is_plain_segment(std::string_view segment) {
    if (!std::ranges::all_of(segment, is_pchar)) return false;
    const auto decoded = http::percent_decode(segment);
    if (!decoded || !is_valid_utf8(*decoded)) return false;
    const bool hides = std::ranges::any_of(*decoded, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F || c == '/' || c == '\\' || c == '%';
    });
    // Some servers take what follows a ';' for a parameter and leave it out.
    const auto name = decoded->substr(0, decoded->find(';'));
    return !hides && name != "." && name != ".." && (!name.empty() || decoded->empty());
}

// A place of the service's own, as the browser would have to ask for it; else nothing.
std::string location_for_browser(std::string_view location, std::string_view service_url,
                                 std::string_view path) {
    const auto root = service_url.find('/', service_url.find("://") + 3);
    for (const auto own : {service_url, service_url.substr(root)})
        if (location.starts_with(own))
            return std::string(path) + std::string(location.substr(own.size()));
    return {};
}

}  // namespace

std::string cookie_of(const std::vector<std::string_view>& headers, std::string_view name) {
    std::string found;
    bool has_one = false;
    for (const auto line : headers)
        for (const auto part : split(line, ';')) {
            const auto cookie = http::trim_blanks(part);
            if (!cookie.starts_with(name) || cookie.substr(name.size(), 1) != "=") continue;
            if (has_one) return {};
            has_one = true;
            found = cookie.substr(name.size() + 1);
        }
    return found;
}

bool is_of_the_app(const http::Request& request, std::string_view origin) {
    if (request.count("X-Cambist-Gateway") != 1 || request.header("X-Cambist-Gateway") != "1")
        return false;
    for (const auto from : request.headers("Origin"))
        if (from != origin) return false;
    for (const auto site : request.headers("Sec-Fetch-Site"))
        if (site != "same-origin") return false;
    return true;
}

bool is_plain_path(std::string_view path) {
    if (!path.starts_with('/')) return false;
    const auto segments = split(path.substr(1), '/');
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (segments[i].empty() && i + 1 != segments.size()) return false;
        if (!is_plain_segment(segments[i])) return false;
    }
    return true;
}

std::vector<http::Header> headers_for_service(const http::Request& request) {
    std::vector<http::Header> kept;
    const auto connection = request.headers("Connection");
    for (std::size_t i = 0; i < request.header_count(); ++i) {
        const auto [name, value] = request.header_at(i);
        if (passes(name, connection) && !is_one_of(kNotForService, name) &&
            !begins_as(kNotForServiceBegin, name))
            kept.emplace_back(name, value);
    }
    kept.emplace_back("X-Forwarded-For", request.peer().address);
    return kept;
}

std::vector<http::Header> headers_for_browser(const std::vector<http::Header>& headers,
                                              std::string_view service_url, std::string_view path) {
    std::vector<std::string_view> connection;
    for (const auto& [name, value] : headers)
        if (http::same_name(name, "Connection")) connection.emplace_back(value);
    std::vector<http::Header> kept;
    for (const auto& [name, value] : headers) {
        if (passes(name, connection) && !is_one_of(kNotForBrowser, name) &&
            !begins_as(kNotForBrowserBegin, name))
            kept.emplace_back(name, value);
        if (!http::same_name(name, "Location")) continue;
        if (auto place = location_for_browser(value, service_url, path); !place.empty())
            kept.emplace_back("Location", std::move(place));
    }
    // Read by the script that asked, shown to nobody, kept by nobody.
    kept.insert(kept.end(), {{"Cache-Control", "no-store"},
                             {"Content-Security-Policy", "default-src 'none'; sandbox"},
                             {"X-Content-Type-Options", "nosniff"}});
    return kept;
}

}  // namespace cambist::gateway
