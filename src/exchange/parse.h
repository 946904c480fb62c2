// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string_view>

#include "base/result.h"
#include "grants/grant.h"
#include "model/flow.h"
#include "model/realm.h"

namespace cambist::exchange {

// What reached the token endpoint, before anything of it is believed.
struct Incoming {
    std::string_view realm;
    std::string_view content_type;
    std::string_view body;
    bool has_query = false;
    Caller caller;
    TraceId trace;
    TimePoint at{};
    // What the transport demands of the client that was found, such as its origins; may be empty.
    std::function<Status(const Client&)> check_client;
};

// Stage 1, shape: form encoding, grant type, repeated and refused parameters, the grammar of scope,
// resource and requested_token_type. In Keycloak's dialect what its clients send in vain is left.
// Trusts nothing. Fails with kMalformedRequest and its kin.
Result<TokenRequest> parse_token_request(const Incoming& incoming, const grants::Grants& grants,
                                         ErrorDialect dialect);

}  // namespace cambist::exchange
