// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "http/message.h"

namespace cambist::outbound {

// What is asked of another server. The views must live as long as the call.
struct Request {
    std::string_view url;
    std::string_view accept = "application/json";
    // Empty: there is no body.
    std::string_view content_type = {};
    std::string_view body = {};
    const Secret* authorization = nullptr;  // the Authorization header's value, or null
    // Asked twice it does no more than asked once: it may go through a connection that is kept
    // from a call before, and again when that one turns out to be closed (RFC 9110 section 9.2.2).
    bool repeatable = true;
    std::optional<std::chrono::milliseconds> timeout = {};  // shorter than the settings' own
    std::string_view method = {};  // empty: POST where there is a body, else GET
    // Beside those that are written here anyway: of the lengths, the connection, and all above.
    std::vector<http::Header> headers = {};
};

// Everything but the target, the host and the connection header: kOutboundRefused when a field
// would not stay on its line, or one of `headers` is not the caller's to write.
Status check_request(const Request& request);

}  // namespace cambist::outbound
