// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "issuers/asked.h"
#include "issuers/binder.h"
#include "issuers/check.h"
#include "issuers/saml.h"
#include "model/flow.h"
#include "sessions/revocations.h"

namespace cambist::issuers {

// Verifies tokens of trusted issuers and finds out who their subjects are here. Only it makes a
// VerifiedToken of a foreign token. Any thread.
class ForeignTokens {
  public:
    // All must outlive this. Either of the last may be null: then nobody is asked about a token,
    // and no assertion of SAML is taken.
    ForeignTokens(const IssuerKeySets& keys, const Binder& binder,
                  const sessions::Revocations& revocations, const AskedTokens* asked = nullptr,
                  const SamlKeys* saml = nullptr)
        : keys_(keys), binder_(binder), revocations_(revocations), asked_(asked), saml_(saml) {}

    // As check_foreign() or AskedTokens::check(), and Binder::bind(), and kSubjectTokenRevoked.
    Result<VerifiedToken> verify(const realms::Snapshot& realm, const PresentedToken& presented,
                                 TimePoint now) const;
    // Without users: what proves a client.
    Result<CheckedForeign> check(const realms::Snapshot& realm, const PresentedToken& presented,
                                 TimePoint now) const {
        return check_foreign(realm, keys_, presented, now);
    }
    // What another verifier of the same issuer's kind found (SAML assertions, introspection): the
    // user is looked for in the same way.
    Result<VerifiedToken> bind(const realms::Snapshot& realm, CheckedForeign token,
                               TimePoint now) const;

  private:
    Status check_brought(const realms::Snapshot& realm, const TrustedIssuer& issuer,
                         const PresentedToken& presented, TimePoint now) const;

    const IssuerKeySets& keys_;
    const Binder& binder_;
    const sessions::Revocations& revocations_;
    const AskedTokens* asked_;
    const SamlKeys* saml_;
};

}  // namespace cambist::issuers
