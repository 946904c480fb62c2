// SPDX-License-Identifier: Apache-2.0
#include "config/settings.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace cambist::config {
namespace {

constexpr std::size_t kMaxWorkers = 4096;

bool is_loopback(const std::string& host) { return host == "::1" || host.starts_with("127."); }

// A bound that would serve nobody, or threads beyond what a machine starts.
Status check_bounds(const Settings& settings) {
    if (settings.hashes_at_a_time == 0)
        return fail(ErrorCode::kConfigInvalid,
                    "passwordHashesAtATime must be at least 1, or no password could be checked");
    if (settings.http.workers > kMaxWorkers)
        return fail(ErrorCode::kConfigInvalid,
                    "workers must be at most " + std::to_string(kMaxWorkers));
    return {};
}

Status check_client_certificates(const Settings& settings) {
    for (const auto& listener : settings.http.listeners)
        if (listener.asks_certificates && listener.certificate_file.empty())
            return fail(ErrorCode::kConfigInvalid,
                        "clientCertificates: ask needs TLS; give the listener a certificate and a "
                        "key");
    if (!settings.http.certificate_header.empty() && settings.http.trusted_proxies.empty())
        return fail(ErrorCode::kConfigInvalid,
                    "clientCertificateHeader is read from trusted proxies only; name them in "
                    "trustedProxies");
    const auto& mtls = settings.mtls_hostname;
    if (mtls.empty()) return {};
    if (!mtls.starts_with("https://") || mtls.ends_with('/') ||
        mtls.find_first_of("?# ") != std::string::npos)
        return fail(ErrorCode::kConfigInvalid,
                    "mtlsHostname must be an https:// URL without a slash, query or fragment at "
                    "its end");
    return {};
}

}  // namespace

bool takes_certificates(const Settings& settings) {
    return !settings.http.certificate_header.empty() ||
           std::ranges::any_of(settings.http.listeners,
                               [](const auto& listener) { return listener.asks_certificates; });
}

Result<http::Listener> parse_listener(std::string_view address, http::ListenerKind kind) {
    http::Listener listener;
    listener.kind = kind;
    const auto colon = address.rfind(':');
    const auto wrong = [&] {
        return fail(ErrorCode::kConfigInvalid, "'" + printable(address) +
                                                   "' is no address; write 127.0.0.1:8080 or "
                                                   "[::1]:8080");
    };
    if (colon == std::string_view::npos || colon == 0) return wrong();
    auto host = address.substr(0, colon);
    if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (host.empty()) return wrong();
    listener.host = host == "localhost" ? "127.0.0.1" : std::string(host);
    const auto port = address.substr(colon + 1);
    const auto [end, fault] =
        std::from_chars(port.data(), port.data() + port.size(), listener.port);
    if (fault != std::errc() || end != port.data() + port.size()) return wrong();
    return listener;
}

Status check_settings(const Settings& settings) {
    CAMBIST_CHECK(check_bounds(settings));
    const auto& listeners = settings.http.listeners;
    if (std::ranges::none_of(listeners, [](const auto& listener) {
            return listener.kind == http::ListenerKind::kPublic;
        }))
        return fail(ErrorCode::kConfigInvalid, "no public listener; add --listen 127.0.0.1:8080");
    for (const auto& listener : listeners) {
        if (listener.certificate_file.empty() != listener.key_file.empty())
            return fail(ErrorCode::kConfigInvalid,
                        "a listener needs both a certificate and a key, or neither");
        if (listener.kind != http::ListenerKind::kPublic || !listener.certificate_file.empty() ||
            is_loopback(listener.host) || !settings.http.trusted_proxies.empty())
            continue;
        return fail(ErrorCode::kConfigInvalid,
                    "plain HTTP on " + listener.host +
                        " would send tokens in clear. Give it a certificate (--tls-cert, "
                        "--tls-key), listen on 127.0.0.1, or name the proxy that ends TLS "
                        "(--trusted-proxy)");
    }
    CAMBIST_CHECK(check_client_certificates(settings));
    if (settings.hostname.empty() && !settings.dev)
        return fail(ErrorCode::kConfigInvalid,
                    "the public URL is not known; add --hostname https://sso.example.org (tokens "
                    "carry it as issuer), or --dev to try things on this machine");
    if (!settings.hostname.empty() && !settings.hostname.starts_with("https://") && !settings.dev)
        return fail(ErrorCode::kConfigInvalid,
                    "hostname must begin with https:// (plain HTTP needs --dev)");
    if (settings.hostname.ends_with('/') ||
        settings.hostname.find_first_of("?# ") != std::string::npos)
        return fail(ErrorCode::kConfigInvalid,
                    "hostname must be an URL without a slash, query or fragment at its end");
    if (!settings.base_path.empty() &&
        (!settings.base_path.starts_with('/') || settings.base_path.ends_with('/')))
        return fail(ErrorCode::kConfigInvalid, "base path must look like /auth");
    if (settings.secret_key_files.empty() && !settings.dev)
        return fail(ErrorCode::kConfigInvalid,
                    "secrets at rest need a key: openssl rand -base64 32 > cambist.key; chmod 600 "
                    "cambist.key; and --secret-key-file cambist.key (or CAMBIST_SECRET_KEY)");
    return {};
}

std::string mtls_url(const Settings& settings) {
    return settings.mtls_hostname.empty() ? std::string()
                                          : settings.mtls_hostname + settings.base_path;
}

std::string public_url(const Settings& settings, std::uint16_t port) {
    if (!settings.hostname.empty()) return settings.hostname + settings.base_path;
    for (const auto& listener : settings.http.listeners) {
        if (listener.kind != http::ListenerKind::kPublic) continue;
        const bool v6 = listener.host.find(':') != std::string::npos;
        return std::string(listener.certificate_file.empty() ? "http://" : "https://") +
               (v6 ? "[" + listener.host + "]" : listener.host) + ":" + std::to_string(port) +
               settings.base_path;
    }
    return {};
}

}  // namespace cambist::config
