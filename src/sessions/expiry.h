// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "model/client.h"
#include "model/realm.h"
#include "model/session.h"

// Keycloak's arithmetic of idle and maximal life (SessionExpirationUtils), in seconds since 1970.
// Pure functions. A limit of 0 at a client or in the realm's client session settings means "as the
// SSO session"; the nearer end always wins.
namespace cambist::sessions {

// The hard end of a session that starts at `started`; offline ones end only when the realm says so
// (0: never).
std::int64_t session_end(const Realm& realm, std::int64_t started, bool offline);

// The moment an unused session dies: last access plus the idle time.
std::int64_t idle_end(const Realm& realm, const Session& session);

// False when ended by age or idling; the moment itself is over.
bool is_live(const Realm& realm, const Session& session, std::int64_t now);

// The end of an access token: the client's or the realm's life, never beyond the session
// (null: none).
std::int64_t access_token_end(const Realm& realm, const Client& client, const Session* session,
                              std::int64_t now);

// The end of a refresh token that is issued now: idle time from now, never beyond the maximal life
// of the session and of the client's part in it, which began at `client_started` (the birth of the
// refresh family). Without a session (service accounts, exchanges with `session: none`) the SSO
// limits count from `client_started`.
std::int64_t refresh_token_end(const Realm& realm, const Client& client, const Session* session,
                               std::int64_t client_started, std::int64_t now);

// How long after `now` a token may live that was issued up to now: what a revocation has to
// outlast. The longest life that the realm, a client or a rule can give, and a day.
std::int64_t revocation_end(const Realm& realm, std::int64_t now);

}  // namespace cambist::sessions
