// SPDX-License-Identifier: Apache-2.0
#include "config/reader.h"
#include "config/settings.h"

namespace cambist::config {
namespace {

bool read_listener(const json::Value& value, Reader& reader, Settings& settings) {
    std::string address;
    std::string kind = "public";
    std::string certificates = "ignore";
    http::Listener files;
    reader.read(value, {{"address", "a string", text(address)},
                        {"kind", "public or management", text(kind)},
                        {"certificate", "a file name", text(files.certificate_file)},
                        {"key", "a file name", text(files.key_file)},
                        {"clientCertificates", "ask or ignore", text(certificates)}});
    if (kind != "public" && kind != "management") return false;
    if (certificates != "ask" && certificates != "ignore") return false;
    auto listener = parse_listener(
        address, kind == "public" ? http::ListenerKind::kPublic : http::ListenerKind::kManagement);
    if (!listener) {
        reader.fault(value.position(), listener.error().hint);
        return true;
    }
    listener->certificate_file = files.certificate_file;
    listener->key_file = files.key_file;
    listener->asks_certificates = certificates == "ask";
    settings.http.listeners.push_back(*std::move(listener));
    return true;
}

bool read_audit(const json::Value& value, Reader& reader, Settings& settings) {
    std::string durability = "sync";
    reader.read(value, {{"durability", "sync or async", text(durability)},
                        {"file", "a file name", text(settings.audit.file)}});
    settings.audit.durability =
        durability == "async" ? audit::Durability::kAsync : audit::Durability::kSync;
    return durability == "sync" || durability == "async";
}

bool read_outbound(const json::Value& value, Reader& reader, Settings& settings) {
    auto& outbound = settings.outbound;
    std::size_t seconds = static_cast<std::size_t>(outbound.timeout.count()) / 1000;
    reader.read(value,
                {{"allowHttp", "true or false", flag(outbound.allow_http)},
                 {"allow", "a list of host names, addresses or CIDR blocks", texts(outbound.allow)},
                 {"caFile", "a file name", text(outbound.ca_file)},
                 {"timeoutSeconds", "a number", count(seconds)},
                 {"maxBytes", "a number", count(outbound.max_bytes)}});
    constexpr std::size_t kLongest = 60;
    if (seconds == 0 || seconds > kLongest)
        reader.fault(value.position(), "outbound.timeoutSeconds must be from 1 to 60");
    outbound.timeout = std::chrono::seconds(seconds);
    return true;
}

// How long things are kept after they have served.
bool read_retention(const json::Value& value, Reader& reader, Settings& settings) {
    constexpr std::size_t kLongestError = 24UL * 60;
    constexpr std::size_t kMostDays = 36'500;
    auto& upkeep = settings.upkeep;
    std::size_t days = 0;
    auto minutes = static_cast<std::size_t>(upkeep.clock_error.count()) / 60;
    reader.read(value, {{"auditDays", "a number", count(days)},
                        {"clockErrorMinutes", "a number", count(minutes)}});
    if (days > kMostDays)
        reader.fault(value.position(), "retention.auditDays must be at most 36500; 0 keeps all");
    if (minutes > kLongestError)
        reader.fault(value.position(), "retention.clockErrorMinutes must be at most 1440");
    upkeep.audit_retention = std::chrono::hours(24 * days);
    upkeep.clock_error = std::chrono::minutes(minutes);
    return true;
}

bool read_upkeep_seconds(const json::Value& value, Settings& settings) {
    constexpr std::int64_t kLongest = 3600;
    const auto seconds = value.is_int64() ? value.as_int64() : 0;
    if (seconds < 1 || seconds > kLongest) return false;
    settings.upkeep.interval = std::chrono::seconds(seconds);
    return true;
}

bool read_migrate(const json::Value& value, Settings& settings) {
    if (!value.is_string()) return false;
    settings.migrate = value.as_string() == "auto";
    return settings.migrate || value.as_string() == "never";
}

std::vector<Key> keys_of(Settings& settings, Reader& reader) {
    const auto listeners = [&](const json::Value& value) {
        if (!value.is_array()) return false;
        for (const auto& item : value.as_array())
            if (!read_listener(item, reader, settings)) return false;
        return true;
    };
    const auto level = [&](const json::Value& value) {
        const auto parsed = value.is_string() ? parse_log_level(value.as_string()) : std::nullopt;
        if (parsed) settings.log_level = *parsed;
        return parsed.has_value();
    };
    return {
        {"listeners",
         "a list of {address, kind: public or management, certificate, key, "
         "clientCertificates: ask or ignore}",
         listeners},
        {"hostname", "an URL", text(settings.hostname)},
        {"basePath", "a path", text(settings.base_path)},
        {"store", "sqlite:PATH or postgresql://USER@HOST/DATABASE", secret(settings.store)},
        {"realms", "a list of file names", texts(settings.realm_files)},
        {"secretKeyFiles", "a list of file names", texts(settings.secret_key_files)},
        {"trustedProxies", "a list of addresses", texts(settings.http.trusted_proxies)},
        {"clientTrust", "a list of file names", texts(settings.client_trust_files)},
        {"clientCertificateHeader", "the name of a header", text(settings.http.certificate_header)},
        {"mtlsHostname", "an URL", text(settings.mtls_hostname)},
        {"record", "a file name", text(settings.record_file)},
        {"audit", "{durability: sync or async, file}",
         [&](const json::Value& value) { return read_audit(value, reader, settings); }},
        {"outbound", "{allowHttp, allow, caFile, timeoutSeconds, maxBytes}",
         [&](const json::Value& value) { return read_outbound(value, reader, settings); }},
        {"retention", "{auditDays, clockErrorMinutes}",
         [&](const json::Value& value) { return read_retention(value, reader, settings); }},
        {"upkeepSeconds", "a number from 1 to 3600",
         [&](const json::Value& value) { return read_upkeep_seconds(value, settings); }},
        {"migrate", "auto or never",
         [&](const json::Value& value) { return read_migrate(value, settings); }},
        {"pollOnly", "true or false", flag(settings.poll_only)},
        {"workers", "a number", count(settings.http.workers)},
        {"queueLength", "a number", count(settings.http.queue_length)},
        {"maxConnections", "a number", count(settings.http.max_connections)},
        {"cachedUsers", "a number", count(settings.cached_users)},
        {"cachedSessions", "a number", count(settings.cached_sessions)},
        {"passwordHashesAtATime", "a number", count(settings.hashes_at_a_time)},
        {"keyTables", "a number", count(settings.key_tables)},
        {"signatureCache", "true or false", flag(settings.signature_cache)},
        {"logLevel", "debug, info, warn or error", level},
        {"dev", "true or false", flag(settings.dev)},
    };
}

}  // namespace

Status read_settings(std::string_view content, const std::string& file_name, Settings& settings) {
    Reader reader(file_name);
    CAMBIST_TRY(const auto value, reader.parse(content));
    reader.read(value, keys_of(settings, reader));
    return reader.outcome();
}

}  // namespace cambist::config
