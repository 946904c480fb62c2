// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "base/guarded.h"
#include "base/log.h"
#include "gateway/service_tokens.h"
#include "gateway/sessions.h"
#include "gateway/settings.h"
#include "http/message.h"
#include "outbound/client.h"

namespace cambist::gateway {

// Passes requests on to the services, each with a token for that service alone, and their answers
// back without anything that is not the browser's to see. Any thread.
class Passing {
  public:
    // All must outlive this.
    Passing(const Settings& settings, const ServiceTokens& tokens, const outbound::Client& http,
            Log& log)
        : settings_(settings), tokens_(tokens), http_(http), log_(log) {}

    // The one whose path the request's begins with; null: none.
    const Service* service_of(std::string_view path) const;
    // `session` may be null for a service that is called without a token only. 401 with a session
    // means that it is over, or that the service says so.
    struct Passed {
        http::Response response;
        bool session_is_over = false;
    };
    Passed pass(const http::Request& request, const Service& service, const Session* session) const;

  private:
    Passed call(const http::Request& request, const Service& service, const Session* session) const;
    Result<outbound::Answer> send(const http::Request& request, const Service& service,
                                  const Held& token) const;
    http::Response respond(const Service& service, Result<outbound::Answer> answer,
                           const Session* session, const Held& token) const;

    const Settings& settings_;
    const ServiceTokens& tokens_;
    const outbound::Client& http_;
    Log& log_;
    Guarded<std::map<const Service*, std::size_t>> under_way_;
};

}  // namespace cambist::gateway
