// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/secret_box.h"
#include "identity/identities.h"
#include "model/flow.h"
#include "model/token_type.h"
#include "realms/snapshot.h"
#include "sessions/revocations.h"
#include "sessions/sessions.h"
#include "store/store.h"
#include "tokens/checked_token.h"
#include "tokens/signature_cache.h"

namespace cambist::tokens {

// Verifies the tokens that this realm issued. JWTs: form, issuer, key and algorithm, signature,
// claims, times (without leeway), declared type, then the live state: revocations, session, user,
// holder, not-before of realm, client and user. Every cause has its own code of the TX-STK and
// TX-TYP families and a hint with what was presented and what was expected. Opaque access tokens
// are looked up by their hash in place of the signature; all else is the same. Any thread.
class OwnTokens {
  public:
    // All must outlive this. `cache` may be null: every signature is then checked; so may `store`:
    // no opaque access token and no API key is known then; and `box`: no token that hides who acts
    // can be used then.
    OwnTokens(const identity::Identities& identities, const sessions::Sessions& sessions,
              const sessions::Revocations& revocations, const SignatureCache* cache = nullptr,
              store::Store* store = nullptr, const crypto::SecretBox* box = nullptr)
        : identities_(identities),
          sessions_(sessions),
          revocations_(revocations),
          cache_(cache),
          references_(store == nullptr ? nullptr : &store->reference_tokens()),
          api_keys_(store == nullptr ? nullptr : &store->api_keys()),
          box_(box) {}

    // For subject and actor tokens: `declared` is what the request says it is (an access token may
    // also be declared as jwt, RFC 8693 section 3).
    Result<VerifiedToken> verify(const realms::Snapshot& realm, std::string_view text,
                                 TokenType declared, TimePoint now) const;
    // The same for a refresh token that was found by its hash and may be used: what hangs on its
    // family is checked, and its client is the only one that it is for.
    Result<VerifiedToken> verify_family(const realms::Snapshot& realm, const RefreshFamily& family,
                                        std::string hash, TimePoint now) const;
    // Whoever acts in a family's tokens must still be allowed to be here: kRefreshActorGone.
    Status check_actors(const realms::Snapshot& realm, const RefreshFamily& family,
                        TimePoint now) const;
    // For an ID token that comes with the secret of the device where its user logged in: as
    // verify(), but for its own end. What counts is that the log-in goes on, as for the
    // id_token_hint of OpenID Connect RP-Initiated Logout: an app keeps the ID token of another one
    // for days.
    Result<VerifiedToken> verify_login(const realms::Snapshot& realm, std::string_view text,
                                       TimePoint now) const;
    // For introspection and revocation: an access or ID token, whichever it is.
    Result<VerifiedToken> verify_any(const realms::Snapshot& realm, std::string_view text,
                                     TimePoint now) const;

    // For revocation: what a token of this realm says, whether it is live or not. Only form, issuer
    // and signature are checked, so that a token that is out of use for now can be ended for good.
    Result<TokenFacts> recognise(const realms::Snapshot& realm, std::string_view text) const;

  private:
    Result<VerifiedToken> verify_as(const realms::Snapshot& realm, std::string_view text,
                                    std::optional<TokenType> declared, TimePoint now) const;
    // Claims that were read, and who acts in them unseen.
    Result<CheckedToken> read(const realms::Snapshot& realm, const jose::Header& header,
                              std::string payload) const;
    Result<CheckedToken> check_signature(const realms::Snapshot& realm,
                                         std::string_view text) const;
    Result<std::shared_ptr<const Identity>> check_live(const realms::Snapshot& realm,
                                                       const CheckedToken& token,
                                                       TimePoint now) const;
    Result<std::shared_ptr<const Identity>> check_subject(const realms::Snapshot& realm,
                                                          const TokenFacts& facts,
                                                          TimePoint now) const;
    // By its hash; a holder and a session it has not.
    Result<CheckedToken> find_api_key(const realms::Snapshot& realm, std::string_view text) const;
    Result<VerifiedToken> verify_api_key(const realms::Snapshot& realm, std::string_view text,
                                         TimePoint now) const;
    Result<CheckedToken> find_reference(const realms::Snapshot& realm, std::string_view text,
                                        std::string hash) const;
    // A pairwise subject becomes the user it stands for.
    Status resolve_pairwise(const realms::Snapshot& realm, TokenFacts& facts, TimePoint now) const;
    Status check_links(const realms::Snapshot& realm, const std::vector<Actor>& actors,
                       TimePoint now) const;
    Result<bool> is_enabled_actor(const realms::Snapshot& realm, const Actor& actor) const;
    Status check_session(const realms::Snapshot& realm, const TokenFacts& facts,
                         TimePoint now) const;

    const identity::Identities& identities_;
    const sessions::Sessions& sessions_;
    const sessions::Revocations& revocations_;
    const SignatureCache* cache_;
    const store::ReferenceTokenStore* references_;
    const store::ApiKeyStore* api_keys_;
    const crypto::SecretBox* box_;
};

}  // namespace cambist::tokens
