// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/secret_box.h"
#include "model/flow.h"
#include "possession/dpop.h"
#include "possession/nonces.h"
#include "realms/snapshot.h"
#include "store/store.h"

namespace cambist::possession {

// Under what the store keeps the proofs that were used.
inline constexpr std::string_view kProofPurpose = "dpop-proof";

// A request to a resource endpoint of ours, with the access token it came with.
struct Access {
    std::string_view method;   // of the HTTP request
    std::string_view address;  // below the issuer: "/protocol/openid-connect/userinfo"
    std::string_view token;    // the text of the access token
    bool by_dpop = false;      // it came with `Authorization: DPoP`
    const Caller* caller = nullptr;
};

// Finds out which keys a request proves to hold. The only maker of Possession. Any thread.
class Prover {
  public:
    // All must outlive this.
    struct Parts {
        const crypto::SecretBox& box;
        const Random& random;
        store::Store& store;
    };
    // `mtls_base`: the URL of the listener for mTLS clients, or empty: a proof may name it too.
    explicit Prover(const Parts& parts, std::string base_url = {}, std::string mtls_base = {})
        : nonces_(parts.box, parts.random),
          store_(parts.store),
          base_url_(std::move(base_url)),
          mtls_base_(std::move(mtls_base)) {}

    // At the token endpoint, for a client that was authenticated. kDpopProofInvalid,
    // kDpopNonceRequired; kDpopProofMissing or kCertificateMissing when the client must be bound.
    // Whoever records the issue takes the proof's one_time() in the same commit.
    Result<Possession> prove(const TokenRequest& request, const AuthenticatedClient& client,
                             const realms::Snapshot& realm) const;

    // At a resource: the token's keys are all proved (RFC 9449 section 7.1, RFC 8705 section 3),
    // and its proof is taken. kBearerInvalid when a bound token comes as bearer or without its
    // certificate, or the other way round; kDpopProofInvalid, kDpopProofReplayed,
    // kDpopNonceRequired.
    Status check_access(const Access& access, const TokenFacts& token,
                        const realms::Snapshot& realm, TimePoint now) const;

    // The issuer's address as mTLS clients reach it; empty: no other than the issuer itself.
    std::string mtls_issuer(const std::string& issuer) const;

    // For the DPoP-Nonce header of the answer; empty: the realm demands none.
    std::string fresh_nonce(const Realm& realm, TimePoint now) const;

  private:
    Result<CheckedProof> check(const std::vector<std::string>& headers, Expectation expected,
                               std::string_view address, const realms::Snapshot& realm) const;

    Nonces nonces_;
    store::Store& store_;
    std::string base_url_;
    std::string mtls_base_;
};

}  // namespace cambist::possession
