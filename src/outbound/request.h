// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace cambist::outbound {

// What is asked of another server. The views must live as long as the call.
struct Request {
    std::string_view url;
    std::string_view accept = "application/json";
    // Empty: a GET without a body; otherwise a POST of `body`.
    std::string_view content_type = {};
    std::string_view body = {};
    const Secret* authorization = nullptr;  // the Authorization header's value, or null
    // Asked twice it does no more than asked once: it may go through a connection that is kept
    // from a call before, and again when that one turns out to be closed (RFC 9110 section 9.2.2).
    bool repeatable = true;
    std::optional<std::chrono::milliseconds> timeout = {};  // shorter than the settings' own
};

// Everything but the target, the host and the connection header: kOutboundRefused when a field
// would not stay on its line.
Status check_request(const Request& request);

}  // namespace cambist::outbound
