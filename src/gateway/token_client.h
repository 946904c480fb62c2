// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "gateway/sessions.h"
#include "gateway/settings.h"
#include "json/value.h"
#include "outbound/client.h"

namespace cambist::gateway {

// The gateway as a client of its realm. Any thread; every call waits for the server.
// kOutboundFailed, kOutboundRefused: it gave no answer that can be used. kSubjectTokenUnusable:
// what was sent serves no more. kClientNotAuthenticated: the gateway's own client or secret is
// wrong. kNoRule: anything else that it refused. The hint says what it said.
class TokenClient {
  public:
    // Both must outlive this.
    TokenClient(const outbound::Client& http, const Settings& settings)
        : http_(http), settings_(settings) {}

    // What a hand-off code stands for.
    Result<Session::Beginning> redeem(std::string_view code, const Secret& verifier,
                                      TimePoint now) const;
    // A fresh access token, and a refresh token if it rotates (else null).
    struct Refreshed {
        Token access;
        Held refresh;
    };
    Result<Refreshed> refresh(const Secret& refresh_token, TimePoint now) const;
    // Of an access token one for this service alone (RFC 8693).
    Result<Token> exchange(const Secret& access_token, const Service& service, TimePoint now) const;
    // The log-in ends at the server, for everybody who takes part in it.
    Status log_out(const Secret& refresh_token) const;
    // These tokens end, the log-in does not (RFC 7009).
    Status revoke(const Secret& token) const;

  private:
    using Form = std::vector<std::pair<std::string_view, std::string_view>>;
    Result<json::Value> post(std::string_view endpoint, const Form& form) const;

    const outbound::Client& http_;
    const Settings& settings_;
};

}  // namespace cambist::gateway
