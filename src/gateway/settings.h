// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/settings.h"
#include "outbound/settings.h"

namespace cambist::gateway {

// An API behind the gateway, and what tokens it is called with.
struct Service {
    std::string path;      // requests that begin with it go there: "/api/orders/"
    std::string url;       // where it is, with a slash at the end; the rest of the path follows it
    std::string audience;  // of its tokens; empty: called without one, also before a log-in
    std::string scope;     // asked for; empty: what the rule gives
    std::chrono::seconds timeout{15};
    std::size_t at_once = 32;  // requests; beyond it others are refused, so that a slow one
                               // does not take all workers
};

// How long a browser stays logged in, and how many may be.
struct SessionSettings {
    std::chrono::minutes idle{30};
    std::chrono::hours longest{8};
    std::size_t most = 20'000;
    std::size_t of_user = 20;
    std::size_t at_once = 16;  // requests of one session
};

// What one gateway is told by its file.
struct Settings {
    http::Settings http;
    outbound::Settings outbound;  // it may call the hosts that the file names, and no others inside
    std::string origin;           // what browsers see: https://app.example.org
    std::string realm;            // as the gateway reaches it: https://sso.example.org/realms/shop
    std::string client;           // the gateway's own client there
    std::string secret_file;      // of that client; empty: in the environment
    Secret secret;                // once it was loaded
    std::string app;              // folder with the files of the app; empty: none
    std::string content_security_policy;  // of the app's pages
    SessionSettings sessions;
    std::vector<Service> services;  // the longest path first
    LogLevel log_level = LogLevel::kInfo;
};

// The content of a configuration file (YAML, or JSON by its name). kConfigInvalid names every fault
// with its place, among them what would not be safe: plain HTTP beyond this machine, an origin
// where browsers would not keep the cookie. Opens no file.
Result<Settings> read_settings(std::string_view content, const std::string& file_name);

// The client's secret, from the file that the settings name, else from CAMBIST_GATEWAY_SECRET.
Status load_secret(Settings& settings);

}  // namespace cambist::gateway
