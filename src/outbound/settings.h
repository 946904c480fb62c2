// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace cambist::outbound {

// What this server may call, and how long it bears with an answer.
struct Settings {
    bool allow_http = false;  // plain HTTP: whoever stands in between can change what comes back
    // Host names, addresses and CIDR blocks that may be called although they are private.
    std::vector<std::string> allow;
    std::string ca_file;                      // PEM; trusted beside the system's authorities
    std::chrono::milliseconds timeout{5000};  // from the name's resolution to the last byte
    std::size_t max_bytes = 512UL * 1024;     // of an answer's body
};

}  // namespace cambist::outbound
