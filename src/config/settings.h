// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "audit/settings.h"
#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/settings.h"
#include "outbound/settings.h"

namespace cambist::config {

inline constexpr std::string_view kDefaultStore = "sqlite:cambist.db";

// What is done now and then, by one of the processes that share a store.
struct UpkeepSettings {
    std::chrono::seconds interval{30};
    std::chrono::seconds clock_error{90 * 60};  // by how much a clock may be wrong
    std::chrono::seconds audit_retention{0};    // how long audit records are kept; 0: for ever
};

// Everything a server process is told. Filled from a file, then from the command line, then checked
// once; nothing else reads configuration.
struct Settings {
    http::Settings http;
    Secret store{kDefaultStore};                  // or postgresql://…, which may hold a password
    std::vector<std::string> realm_files;         // applied at start and at SIGHUP
    std::string hostname;                         // public URL, "https://sso.example.org"
    std::string mtls_hostname;                    // URL of a listener for mTLS clients, or empty
    std::vector<std::string> client_trust_files;  // PEM: whose client certificates we believe
    std::string base_path;                        // "/auth", or empty
    std::vector<std::string> secret_key_files;    // newest first; seal what is secret at rest
    audit::AuditSettings audit;
    std::string record_file;  // where decisions are appended for replays; empty: nowhere
    outbound::Settings outbound;
    UpkeepSettings upkeep;
    bool migrate = true;     // else a store of an older schema is refused: cambist migrate
    bool poll_only = false;  // no LISTEN and NOTIFY: changes are found by looking for them
    std::size_t cached_users = 20'000;
    std::size_t cached_sessions = 20'000;
    std::size_t hashes_at_a_time = 2;  // password hashes
    std::size_t key_tables = 32;       // of ES256 keys that check often, 150 KiB each
    bool signature_cache = false;      // remember which tokens were rightly signed
    LogLevel log_level = LogLevel::kInfo;
    bool dev = false;  // plain HTTP on loopback, keys made by itself
};

// Reads the content of a configuration file (YAML or JSON) over `settings`. Strict: kConfigInvalid
// names every unknown key with line, column and the nearest valid one.
Status read_settings(std::string_view content, const std::string& file_name, Settings& settings);

// "127.0.0.1:8080" or "[::1]:8080" into a listener.
Result<http::Listener> parse_listener(std::string_view address, http::ListenerKind kind);

// What must hold before anything starts: a hostname unless dev, no plain HTTP to strangers.
Status check_settings(const Settings& settings);

// Whether some listener asks clients for a certificate, or a proxy passes it on.
bool takes_certificates(const Settings& settings);

// The URL that clients reach us at, without a slash at the end. `port` is that of the first public
// listener, for --dev without a hostname.
std::string public_url(const Settings& settings, std::uint16_t port);
// The same of the listener for mTLS clients; empty: there is none of its own.
std::string mtls_url(const Settings& settings);

}  // namespace cambist::config
