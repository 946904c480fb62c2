// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "gateway/sessions.h"
#include "gateway/settings.h"
#include "gateway/token_client.h"

namespace cambist::gateway {

// The token that a session calls a service with: kept until it is about to end, fetched by one
// request while others of the session wait. Any thread.
class ServiceTokens {
  public:
    // Both must outlive this.
    ServiceTokens(const TokenClient& tokens, const Clock& clock) : tokens_(tokens), clock_(clock) {}

    enum class Freshness { kKept, kFetched };
    struct Found {
        Held text;
        Freshness freshness = Freshness::kKept;
    };
    // kSubjectSessionEnded: the session is over, here and at the server. kOverloaded: others of the
    // session wait already. Else what TokenClient says: of a refusal at most every few seconds
    // anew.
    Result<Found> find(const Session& session, const Service& service) const;
    // The service did not take it: the next one is fetched.
    void forget(const Session& session, const Service& service, const Held& token) const;

    // Ends the session, and the log-in at the server with it; fails when the server was not told.
    Status log_out(const Session& session) const;
    // Ends the tokens of a session that is used no more, so that nothing lies around.
    Status drop(const Session& session) const;

  private:
    Result<Token> fetch(const Session& session, const Service& service) const;
    Result<Held> access_token(const Session& session, bool must_be_fresh) const;

    const TokenClient& tokens_;
    const Clock& clock_;
};

}  // namespace cambist::gateway
