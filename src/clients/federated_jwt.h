// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "clients/presented.h"
#include "issuers/foreign_tokens.h"
#include "realms/snapshot.h"
#include "store/store.h"

namespace cambist::clients {

// Keycloak's federated-jwt: a client proves itself by the token of a trusted issuer, such as the
// service account token of a pod, that of a CI job, or a JWT-SVID. Nothing is shared and nothing
// rotated here. Thread-safe.
class FederatedJwt {
  public:
    // Both must outlive this; null: tokens of other issuers are not taken.
    FederatedJwt(store::Store& store, const issuers::ForeignTokens* foreign)
        : store_(store), foreign_(foreign) {}

    // kClientAssertionInvalid, kClientAssertionReplayed, kClientKeysUnavailable.
    Status check(const Presented& presented, const Client& client, const realms::Snapshot& realm,
                 TimePoint now) const;

  private:
    store::Store& store_;
    const issuers::ForeignTokens* foreign_;
};

// The client that is registered for this issuer's subject; null when none or several are. By what
// the assertion says of itself: to be proved.
const Client* find_federated(const Realm& realm, const Presented& presented);

}  // namespace cambist::clients
