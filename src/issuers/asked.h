// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>

#include "base/random.h"
#include "issuers/check.h"
#include "issuers/in_use.h"
#include "trust/discovery.h"
#include "trust/remote.h"

namespace cambist::issuers {

// Tokens of which only their issuer, or a hook of the operator's, can say what they are: opaque
// ones, refresh tokens of an older system, tickets. Each is asked about while the request waits,
// within the bounds of trust::Remote. Any thread.
class AskedTokens {
  public:
    struct Parts {
        const trust::Remote& remote;
        const trust::Discovery* discovery;  // null: every endpoint must be in the realm
        const IssuerKeySets& keys;          // of what an older system gives for its refresh token
        const Random& random;
        // Signs these claims with the realm's active key, for hooks.
        std::function<Result<std::string>(const realms::Snapshot& realm, std::string claims)> sign;
    };
    // All must outlive this.
    explicit AskedTokens(Parts parts) : parts_(std::move(parts)) {}

    // The issuer that must be asked about this token, or null: then its signature tells.
    static const TrustedIssuer* find(const realms::Snapshot& realm, const PresentedToken& presented,
                                     TimePoint now);
    // kForeignTokenInactive, kForeignTokenUnanswered, kForeignReplayed, kHook..., and as
    // check_vouched().
    Result<CheckedForeign> check(const realms::Snapshot& realm, const TrustedIssuer& issuer,
                                 const PresentedToken& presented, TimePoint now) const;

  private:
    Result<std::string> endpoint(const TrustedIssuer& issuer, const std::string& configured,
                                 std::string trust::ProviderMetadata::* published,
                                 std::string_view name) const;
    Result<json::Value> introspect(const TrustedIssuer& issuer, std::string_view text) const;
    Result<json::Value> userinfo(const TrustedIssuer& issuer, std::string_view text) const;
    Result<json::Value> ask_hook(const realms::Snapshot& realm, const TrustedIssuer& issuer,
                                 const PresentedToken& presented, TimePoint now) const;
    Result<CheckedForeign> use_up(const realms::Snapshot& realm, const TrustedIssuer& issuer,
                                  const PresentedToken& presented, TimePoint now) const;

    Parts parts_;
    InUse uses_;
};

}  // namespace cambist::issuers
