// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "model/realm.h"
#include "model/session.h"
#include "sessions/revocations.h"
#include "store/store.h"

namespace cambist::sessions {

// A refresh token: opaque and unpredictable. Only its hash is ever kept.
struct NewRefreshToken {
    std::string text;  // "cr_" and 43 characters (256 bits)
    std::string hash;
};
NewRefreshToken make_refresh_token(const Random& random);
// base64url SHA-256 of the text: how the store knows it.
std::string hash_of_refresh_token(std::string_view text);
// Cheap test of the form, for hints: starts with "cr_".
bool looks_like_refresh_token(std::string_view text);

// Refresh families: all refresh tokens that came from one grant (RFC 9700 section 4.14.2). Using a
// rotated token once more than allowed kills the family and what it issued. The atomic gate is
// store::RotateRefresh in the commit that records the issue; when that fails with
// kRefreshTokenReused, call revoke(). Any thread.
class Families {
  public:
    // Both must outlive this.
    Families(store::Store& store, const Revocations& revocations)
        : store_(store), revocations_(revocations) {}

    struct Found {
        RefreshFamily family;
        std::string hash;
    };
    // The family of a token that may be used now. kRefreshTokenInvalid, kRefreshTokenExpired,
    // kRefreshUsesSpent, kRefreshRevoked; kRefreshTokenReused after the family was revoked durably.
    // Whether session, user and client still live, and whether the client is the right one, is the
    // caller's check.
    Result<Found> find_usable(const Realm& realm, std::string_view token, TimePoint now) const;
    // The family of a token in whatever state, changing nothing: for introspection and revocation.
    // Empty when unknown or revoked.
    Result<std::optional<store::RefreshToken>> find(const Realm& realm,
                                                    std::string_view token) const;
    // Ends the family and every token issued with it, durably. The operations go into the same
    // commit.
    Status revoke(const Realm& realm, const RefreshFamily& family, TimePoint now,
                  std::vector<store::Operation> with = {}) const;
    // Those of a session, or those of a user that hang on none, that can still be used.
    Result<std::vector<RefreshFamily>> usable_of(const Realm& realm, const SessionId& session,
                                                 TimePoint now) const;
    Result<std::vector<RefreshFamily>> usable_without_session(const Realm& realm,
                                                              const UserId& user,
                                                              TimePoint now) const;

  private:
    void drop_ended(const Realm& realm, std::vector<RefreshFamily>& families, TimePoint now) const;

    store::Store& store_;
    const Revocations& revocations_;
};

}  // namespace cambist::sessions
