// SPDX-License-Identifier: Apache-2.0
#include "gateway/settings.h"

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "config/reader.h"
#include "config/settings.h"
#include "outbound/url.h"

namespace cambist::gateway {
namespace {

using config::Key;
using config::Reader;
using json::Position;

constexpr std::string_view kOwnPath = "/gateway/";
constexpr std::string_view kPolicy =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
constexpr std::size_t kMostBytes = 64UL * 1024 * 1024;

// What a number of the file may be.
struct Bounds {
    std::size_t least = 1;
    std::size_t most = 1;
};

// The words of the file that are checked together, or need more than a look.
struct Words {
    std::string listen;
    std::string certificate;
    std::string key;
    bool allow_http = false;
    std::vector<std::string> hosts;  // that the file names
};

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

config::Setter number(std::size_t& into, const Bounds& bounds) {
    return [&into, bounds](const json::Value& value) {
        const auto given = value.if_int64().value_or(-1);
        if (given < 0 || static_cast<std::size_t>(given) < bounds.least ||
            static_cast<std::size_t>(given) > bounds.most)
            return false;
        into = static_cast<std::size_t>(given);
        return true;
    };
}

// An URL that is called: https, or on this machine, or where the file says that http will do.
void check_called(const std::string& url, std::string_view name, const Position& at, Words& words,
                  Reader& reader) {
    const auto parsed = outbound::parse_url(url);
    if (!parsed)
        return reader.fault(
            at, std::string(name) + " is no URL that is called: " + parsed.error().hint);
    if (!parsed->tls && !words.allow_http && !is_loopback(parsed->host))
        reader.fault(at, std::string(name) +
                             " must be https://: tokens go there. On a network that nobody else "
                             "reads, set outbound.allowHttp");
    if (parsed->target.contains('?')) reader.fault(at, std::string(name) + " must have no query");
    words.hosts.push_back(parsed->host);
}

// What a browser calls the origin (RFC 6454): scheme, host, port, and no more.
void check_origin(const std::string& origin, const Position& at, Reader& reader) {
    const auto url = outbound::parse_url(origin);
    const bool says_port = origin.ends_with(":443") || origin.ends_with(":80");
    if (!url || origin.ends_with('/') || url->target != "/" || says_port ||
        origin != to_lower_ascii(origin))
        return reader.fault(at,
                            "origin must be as browsers write it: https://app.example.org, in "
                            "lower case, without a slash at its end");
    if (!url->tls && !is_loopback(url->host))
        reader.fault(at,
                     "origin must be https://, since browsers keep the cookie nowhere else but "
                     "on this machine");
}

bool is_path_prefix(std::string_view path) {
    return path.starts_with('/') && path.ends_with('/') && path.size() > 1 &&
           !path.contains("//") && !path.contains("..") && std::ranges::all_of(path, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view("/._-~").contains(c);
           });
}

void check_service(const Service& service, const Position& at, const Settings& settings,
                   Words& words, Reader& reader) {
    if (!is_path_prefix(service.path))
        reader.fault(at, "path must begin and end with a slash, as /api/orders/");
    else if (service.path.starts_with(kOwnPath))
        reader.fault(at, "path must not be /gateway/, where the gateway itself answers");
    if (!service.url.ends_with('/')) reader.fault(at, "url must end with a slash");
    check_called(service.url, "url", at, words, reader);
    if (service.audience.empty() && !service.scope.empty())
        reader.fault(at, "scope needs an audience: without one the service gets no token");
    if (std::ranges::find(settings.services, service.path, &Service::path) !=
        settings.services.end())
        reader.fault(at, "two services have the path " + service.path);
}

void read_service(const json::Value& value, Settings& settings, Words& words, Reader& reader) {
    Service service;
    auto seconds = static_cast<std::size_t>(service.timeout.count());
    reader.read(value, {{"path", "a path", config::text(service.path)},
                        {"url", "an URL", config::text(service.url)},
                        {"audience", "a client of the realm", config::text(service.audience)},
                        {"scope", "scopes with spaces between", config::text(service.scope)},
                        {"timeoutSeconds", "a number from 1 to 60", number(seconds, {1, 60})},
                        {"atOnce", "a number from 1 to 1024", number(service.at_once, {1, 1024})}});
    if (!value.is_object()) return;
    service.timeout = std::chrono::seconds(seconds);
    check_service(service, value.position(), settings, words, reader);
    settings.services.push_back(std::move(service));
}

bool read_session(const json::Value& value, SessionSettings& sessions, Reader& reader) {
    auto idle = static_cast<std::size_t>(sessions.idle.count());
    auto longest = static_cast<std::size_t>(sessions.longest.count());
    reader.read(value,
                {{"idleMinutes", "a number from 1 to 10080", number(idle, {1, 10'080})},
                 {"longestHours", "a number from 1 to 720", number(longest, {1, 720})},
                 {"most", "a number from 1 to 1000000", number(sessions.most, {1, 1'000'000})},
                 {"ofUser", "a number from 1 to 1000", number(sessions.of_user, {1, 1000})},
                 {"atOnce", "a number from 1 to 256", number(sessions.at_once, {1, 256})}});
    sessions.idle = std::chrono::minutes(idle);
    sessions.longest = std::chrono::hours(longest);
    return true;
}

bool read_outbound(const json::Value& value, Settings& settings, Words& words, Reader& reader) {
    reader.read(value, {{"allowHttp", "true or false", config::flag(words.allow_http)},
                        {"caFile", "a file name", config::text(settings.outbound.ca_file)}});
    return true;
}

// Everything but the services, which need to know what the rest says.
std::vector<Key> keys_of(Settings& settings, Words& words, Reader& reader) {
    const auto level = [&](const json::Value& value) {
        const auto parsed = value.is_string() ? parse_log_level(value.as_string()) : std::nullopt;
        if (parsed) settings.log_level = *parsed;
        return parsed.has_value();
    };
    return {
        {"listen", "HOST:PORT", config::text(words.listen)},
        {"certificate", "a file name", config::text(words.certificate)},
        {"key", "a file name", config::text(words.key)},
        {"trustedProxies", "a list of addresses", config::texts(settings.http.trusted_proxies)},
        {"origin", "an URL", config::text(settings.origin)},
        {"realm", "an URL", config::text(settings.realm)},
        {"client", "a client of the realm", config::text(settings.client)},
        {"secretFile", "a file name", config::text(settings.secret_file)},
        {"app", "a folder", config::text(settings.app)},
        {"contentSecurityPolicy", "a policy", config::text(settings.content_security_policy)},
        {"session", "{idleMinutes, longestHours, most, ofUser, atOnce}",
         [&](const json::Value& value) { return read_session(value, settings.sessions, reader); }},
        {"maxRequestBytes", "a number from 1024 to 67108864",
         number(settings.http.max_body_bytes, {1024, kMostBytes})},
        {"maxAnswerBytes", "a number from 1024 to 67108864",
         number(settings.outbound.max_bytes, {1024, kMostBytes})},
        {"outbound", "{allowHttp, caFile}",
         [&](const json::Value& value) { return read_outbound(value, settings, words, reader); }},
        {"services", "a list of {path, url, audience, scope, timeoutSeconds, atOnce}",
         [](const json::Value& value) { return value.is_array(); }},
        {"logLevel", "debug, info, warn or error", level},
    };
}

void read_listener(const Position& at, Settings& settings, const Words& words, Reader& reader) {
    auto listener = config::parse_listener(words.listen, http::ListenerKind::kPublic);
    if (!listener) return reader.fault(at, "listen: " + listener.error().hint);
    listener->certificate_file = words.certificate;
    listener->key_file = words.key;
    if (words.certificate.empty() != words.key.empty())
        reader.fault(at, "certificate and key come together, or neither does");
    if (words.certificate.empty() && !is_loopback(listener->host) &&
        settings.http.trusted_proxies.empty())
        reader.fault(at, "plain HTTP on " + listener->host +
                             " would send cookies in clear. Give certificate and key, listen on "
                             "127.0.0.1, or name the proxy that ends TLS in trustedProxies");
    settings.http.listeners.push_back(*std::move(listener));
}

void check_whole(const Position& at, Settings& settings, Words& words, Reader& reader) {
    read_listener(at, settings, words, reader);
    check_origin(settings.origin, at, reader);
    if (settings.realm.ends_with('/') || !settings.realm.contains("/realms/"))
        reader.fault(at,
                     "realm must be its URL without a slash at the end, as "
                     "https://sso.example.org/realms/shop");
    check_called(settings.realm, "realm", at, words, reader);
    if (settings.client.empty()) reader.fault(at, "client must name the gateway's own client");
    if (settings.services.empty()) reader.fault(at, "services must list at least one");
    // A header of its answers: it must stay on its line.
    if (std::ranges::any_of(settings.content_security_policy,
                            [](char c) { return c < 0x20 || c == 0x7F; }))
        reader.fault(at, "contentSecurityPolicy must be one line");
}

// What may be called, and how long and large at most.
void set_bounds(Settings& settings, const Words& words) {
    auto& outbound = settings.outbound;
    outbound.allow_http = true;  // each URL was checked
    outbound.allow = words.hosts;
    for (const auto& service : settings.services)
        outbound.timeout = std::max<std::chrono::milliseconds>(outbound.timeout, service.timeout);
    std::ranges::sort(settings.services, std::ranges::greater(),
                      [](const Service& service) { return service.path.size(); });
}

}  // namespace

Result<Settings> read_settings(std::string_view content, const std::string& file_name) {
    Settings settings;
    settings.content_security_policy = kPolicy;
    settings.http.max_body_bytes = 1024UL * 1024;
    settings.outbound.max_bytes = 8UL * 1024 * 1024;
    Words words;
    words.listen = "127.0.0.1:8090";
    Reader reader(file_name);
    CAMBIST_TRY(const auto root, reader.parse(content));
    reader.read(root, keys_of(settings, words, reader));
    const auto* services = root.find("services");
    if (services != nullptr && services->is_array())
        for (const auto& value : services->as_array()) read_service(value, settings, words, reader);
    check_whole(root.position(), settings, words, reader);
    CAMBIST_CHECK(reader.outcome());
    set_bounds(settings, words);
    return settings;
}

Status load_secret(Settings& settings) {
    if (!settings.secret_file.empty()) {
        CAMBIST_TRY(const auto content, read_secret_file(settings.secret_file));
        settings.secret = Secret(trim(content.expose()));
    } else if (const auto value = environment("CAMBIST_GATEWAY_SECRET")) {
        settings.secret = Secret(*value);
    }
    if (!settings.secret.empty()) return {};
    return fail(ErrorCode::kConfigInvalid,
                "the gateway's client needs its secret: name a file in secretFile, or set "
                "CAMBIST_GATEWAY_SECRET");
}

}  // namespace cambist::gateway
