// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "json/value.h"
#include "trust/remote.h"

namespace cambist::trust {

// How we are known at another authorization server.
struct Credentials {
    std::string client_id;
    const Secret* secret = nullptr;  // null: the client id alone (a public client)
    bool in_body = false;            // client_secret_post instead of client_secret_basic
};

// Asks whether a token is active and what it says (RFC 7662). The answer's members, `active`
// included and true. kForeignTokenInactive: the server says no. kForeignTokenUnanswered: it gave no
// answer that we can use.
Result<json::Value> introspect(const Remote& remote, const std::string& url,
                               const Credentials& credentials, std::string_view token);

// What the server tells the bearer of a token about its user (OpenID Connect Core 1.0 section 5.3);
// `sub` is there. kForeignTokenInactive: it does not take the token. kForeignTokenUnanswered.
Result<json::Value> userinfo(const Remote& remote, const std::string& url, std::string_view token);

// Uses a refresh token at the server that issued it (RFC 6749 section 6), which most servers let
// be done once: never asked twice. The members of the answer. kForeignTokenInactive: refused.
// kForeignTokenUnanswered.
Result<json::Value> use_refresh_token(const Remote& remote, const std::string& url,
                                      const Credentials& credentials, std::string_view token);

// The readers of the answers, for tests and fuzzing.
Result<json::Value> read_introspection(const outbound::Answer& answer);
Result<json::Value> read_userinfo(const outbound::Answer& answer);
Result<json::Value> read_token_answer(const outbound::Answer& answer);

}  // namespace cambist::trust
