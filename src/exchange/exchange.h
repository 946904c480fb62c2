// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "audit/ledger.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "clients/authenticators.h"
#include "exchange/parse.h"
#include "exchange/walk.h"
#include "grants/grant.h"
#include "identity/identities.h"
#include "model/flow.h"
#include "realms/realms.h"
#include "sessions/families.h"
#include "sessions/sessions.h"
#include "tokens/minter.h"

namespace cambist::exchange {

// How a request ended, with what its answer depends on.
struct Outcome {
    Result<TokenResponse> response;
    Walk walk;
};

// The pipeline: from a form to a token, for every grant. Thread-safe.
class Exchange {
  public:
    // All must outlive this.
    struct Parts {
        const realms::Realms& realms;
        const clients::ClientAuthenticators& clients;
        const grants::Grants& grants;
        const identity::Identities& identities;
        const sessions::Sessions& sessions;
        const sessions::Families& families;
        const tokens::Minter& minter;
        audit::Ledger& ledger;
        Log& log;
    };
    explicit Exchange(const Parts& parts) : parts_(parts) {}

    // Serves one request and records it, permitted or not: when a token comes back, its record is
    // durable.
    Outcome serve(const Incoming& incoming) const;

  private:
    Result<TokenResponse> run(const Incoming& incoming, Walk& walk) const;
    Status open_realm(const Incoming& incoming, Walk& walk) const;
    Result<Decision> decide(const TokenRequest& request, const AuthenticatedClient& client,
                            const Parties& parties, const realms::Snapshot& realm) const;
    Status record(const MintedToken& minted, const IssuePlan& plan, const Parties& parties,
                  const TokenRequest& request, Walk& walk) const;

    Parts parts_;
};

}  // namespace cambist::exchange
