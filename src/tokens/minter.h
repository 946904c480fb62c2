// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/secret_box.h"
#include "keys/ring.h"
#include "model/client.h"
#include "model/flow.h"
#include "realms/snapshot.h"
#include "tokens/signing_key.h"

namespace cambist::trust {
class ClientKeys;
}

namespace cambist::tokens {

// Makes the tokens a plan permits, in Keycloak's form (access token, ID token) or opaque (refresh
// token). Decides nothing: what is not in the plan can not be in the token. Any thread.
class Minter {
  public:
    // All must outlive this.
    Minter(const Random& random, const trust::ClientKeys& client_keys, const crypto::SecretBox& box)
        : random_(random), client_keys_(client_keys), box_(box) {}

    // kSigningKeyMissing when the realm has no active key for the algorithm of realm or client;
    // what encrypt_for() says where the holder wants its ID tokens encrypted.
    Result<MintedToken> mint(const realms::Snapshot& realm, const IssuePlan& plan,
                             const Parties& parties, const Client& requester, TimePoint now) const;

  private:
    const Random& random_;
    const trust::ClientKeys& client_keys_;
    const crypto::SecretBox& box_;
};

// What mappers put beside the token into the answer (access.tokenResponse.claim): the members of an
// object without its braces, or nothing.
std::string response_claims(const realms::Snapshot& realm, const IssuePlan& plan,
                            const Parties& parties);

}  // namespace cambist::tokens
