// SPDX-License-Identifier: Apache-2.0
#include "sessions/families.h"

#include "crypto/digest.h"
#include "sessions/expiry.h"

namespace cambist::sessions {
namespace {

constexpr std::string_view kPrefix = "cr_";
constexpr std::size_t kRandomBytes = 32;

std::string at(std::int64_t seconds) { return to_iso8601(from_unix(seconds)); }

}  // namespace

NewRefreshToken make_refresh_token(const Random& random) {
    NewRefreshToken token;
    token.text = std::string(kPrefix) + make_token(random, kRandomBytes);
    token.hash = hash_of_refresh_token(token.text);
    return token;
}

std::string hash_of_refresh_token(std::string_view text) { return crypto::sha256_base64url(text); }

bool looks_like_refresh_token(std::string_view text) { return text.starts_with(kPrefix); }

Result<std::optional<store::RefreshToken>> Families::find(const Realm& realm,
                                                          std::string_view token) const {
    // Nothing but our own form is looked up: a JWT or a password has no business in the store.
    if (!looks_like_refresh_token(token)) return std::nullopt;
    return store_.refresh().find(realm.name.text(), hash_of_refresh_token(token));
}

Result<Families::Found> Families::find_usable(const Realm& realm, std::string_view token,
                                              TimePoint now) const {
    CAMBIST_TRY(auto stored, find(realm, token));
    if (!stored) {
        return fail(ErrorCode::kRefreshTokenInvalid,
                    looks_like_refresh_token(token)
                        ? "it is unknown here, or its family was revoked or has ended"
                        : "it does not look like a refresh token of this server");
    }
    auto& family = stored->family;
    const auto seconds = to_unix(now);
    if (family.expires != 0 && family.expires <= seconds) {
        return fail(ErrorCode::kRefreshTokenExpired, "it expired at " + at(family.expires) + ", " +
                                                         std::to_string(seconds - family.expires) +
                                                         " s ago");
    }
    if (stored->state == store::RefreshState::kUsed && stored->uses > family.max_reuse) {
        CAMBIST_CHECK(revoke(realm, family, now));
        return fail(ErrorCode::kRefreshTokenReused,
                    "it was used " + std::to_string(stored->uses) +
                        " time(s) before; either it was stolen or the client kept an old one. "
                        "Everything issued with it is revoked: the user has to log in again",
                    "family " + family.id);
    }
    if (family.max_uses > 0 && family.uses >= family.max_uses) {
        return fail(ErrorCode::kRefreshUsesSpent, "its family was used " +
                                                      std::to_string(family.uses) + " of " +
                                                      std::to_string(family.max_uses) + " time(s)");
    }
    if (const auto covered = revocations_.covers(realm.name.text(), family)) {
        return fail(ErrorCode::kRefreshRevoked, "revoked by " + describe(*covered));
    }
    return Found{std::move(family), hash_of_refresh_token(token)};
}

Status Families::revoke(const Realm& realm, const RefreshFamily& family, TimePoint now,
                        std::vector<store::Operation> with) const {
    const Revocation revocation{.kind = RevocationKind::kFamily,
                                .id = family.id,
                                .before = 0,
                                .until = revocation_end(realm, to_unix(now))};
    with.emplace_back(store::RevokeFamily{family.id});
    return revocations_.add(realm.name.text(), revocation, std::move(with));
}

void Families::drop_ended(const Realm& realm, std::vector<RefreshFamily>& families,
                          TimePoint now) const {
    std::erase_if(families, [&](const RefreshFamily& family) {
        return (family.expires != 0 && family.expires <= to_unix(now)) ||
               revocations_.covers(realm.name.text(), family);
    });
}

Result<std::vector<RefreshFamily>> Families::usable_of(const Realm& realm, const SessionId& session,
                                                       TimePoint now) const {
    CAMBIST_TRY(auto families, store_.refresh().of_session(realm.name.text(), session));
    drop_ended(realm, families, now);
    return families;
}

Result<std::vector<RefreshFamily>> Families::usable_without_session(const Realm& realm,
                                                                    const UserId& user,
                                                                    TimePoint now) const {
    CAMBIST_TRY(auto families, store_.refresh().without_session(realm.name.text(), user));
    drop_ended(realm, families, now);
    return families;
}

}  // namespace cambist::sessions
