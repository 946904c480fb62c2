// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "identity/identities.h"
#include "model/flow.h"
#include "model/token_type.h"
#include "realms/snapshot.h"
#include "sessions/revocations.h"
#include "sessions/sessions.h"
#include "tokens/signature_cache.h"

namespace cambist::tokens {

// Verifies the JWTs that this realm issued: form, issuer, key and algorithm, signature, claims,
// times (without leeway), declared type, then the live state: revocations, session, user, holder,
// not-before of realm, client and user. Every cause has its own code of the TX-STK and TX-TYP
// families and a hint with what was presented and what was expected. Any thread.
class OwnTokens {
  public:
    // All must outlive this. `cache` may be null: every signature is then checked.
    OwnTokens(const identity::Identities& identities, const sessions::Sessions& sessions,
              const sessions::Revocations& revocations, const SignatureCache* cache = nullptr)
        : identities_(identities), sessions_(sessions), revocations_(revocations), cache_(cache) {}

    // For subject and actor tokens: `declared` is what the request says it is (an access token may
    // also be declared as jwt, RFC 8693 section 3).
    Result<VerifiedToken> verify(const realms::Snapshot& realm, std::string_view text,
                                 TokenType declared, TimePoint now) const;
    // For introspection and revocation: an access or ID token, whichever it is.
    Result<VerifiedToken> verify_any(const realms::Snapshot& realm, std::string_view text,
                                     TimePoint now) const;

    // For revocation: what a token of this realm says, whether it is live or not. Only form, issuer
    // and signature are checked, so that a token that is out of use for now can be ended for good.
    Result<TokenFacts> recognise(const realms::Snapshot& realm, std::string_view text) const;

  private:
    Result<VerifiedToken> verify_as(const realms::Snapshot& realm, std::string_view text,
                                    std::optional<TokenType> declared, TimePoint now) const;
    Result<CheckedToken> check_signature(const realms::Snapshot& realm,
                                         std::string_view text) const;
    Result<std::shared_ptr<const Identity>> check_live(const realms::Snapshot& realm,
                                                       const CheckedToken& token,
                                                       TimePoint now) const;
    Result<std::shared_ptr<const Identity>> check_subject(const realms::Snapshot& realm,
                                                          const TokenFacts& facts) const;
    Status check_actors(const realms::Snapshot& realm, const CheckedToken& token) const;
    Status check_session(const realms::Snapshot& realm, const TokenFacts& facts,
                         TimePoint now) const;

    const identity::Identities& identities_;
    const sessions::Sessions& sessions_;
    const sessions::Revocations& revocations_;
    const SignatureCache* cache_;
};

}  // namespace cambist::tokens
