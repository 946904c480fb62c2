// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/log.h"
#include "gateway/app_files.h"
#include "gateway/log_ins.h"
#include "gateway/passing.h"
#include "gateway/service_tokens.h"
#include "gateway/sessions.h"
#include "gateway/settings.h"
#include "gateway/token_client.h"
#include "http/message.h"

namespace cambist::gateway {

// Log-ins at once: each waits for the server.
inline constexpr std::size_t kMostRedeeming = 16;

// The companion of an app in the browser: it has the tokens, the browser a cookie.
//
//   POST /gateway/start    {"code_challenge": …}: for whoever makes the hand-off code
//   POST /gateway/login    {"code": …}: the code is redeemed, a session begins
//   GET  /gateway/session  {"loggedIn": …, "user": …}; does not keep the session awake
//   POST /gateway/logout   the session ends, here and at the server
//   GET  /gateway/health   for whoever watches it
//   <path of a service>…   passed on, with a token for that service
//   GET anything else      the files of the app
//
// Cookies are __Host-, HttpOnly, Secure and SameSite=Strict; all but files and health answers only
// scripts of the app itself. Any thread.
class Gateway final : public http::PlainHandler {
  public:
    // All must outlive this.
    struct Parts {
        const Settings& settings;
        const LogIns& log_ins;
        const Sessions& sessions;
        const TokenClient& client;
        const ServiceTokens& tokens;
        const Passing& passing;
        const Clock& clock;
        Log& log;
    };
    explicit Gateway(const Parts& parts)
        : parts_(parts), files_(parts.settings.app, parts.settings.content_security_policy) {}
    http::Response answer(const http::Request& request) const override;

    // Ends at the server what ended here without a log-out; for now and then.
    void tidy() const;

  private:
    http::Response own(const http::Request& request) const;
    http::Response start() const;
    http::Response log_in(const http::Request& request) const;
    http::Response redeem(const http::Request& request) const;
    http::Response log_out(const http::Request& request) const;
    http::Response show_session(const http::Request& request) const;
    http::Response pass_on(const http::Request& request, const Service& service) const;
    bool leave(const Session& session) const;  // false: the server was not told

    Parts parts_;
    AppFiles files_;
    Guarded<std::size_t> redeeming_;
};

}  // namespace cambist::gateway
