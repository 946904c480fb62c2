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

// A session that has just been made becomes an offline one: with the offline limits, and on its
// own, so that the end of the log-in does not end it.
void make_offline(const Realm& realm, Session& session);

// The moment an unused session dies: last access plus the idle time.
std::int64_t idle_end(const Realm& realm, const Session& session);

// When the secret of the device where this log-in happened is over (OpenID Connect Native SSO):
// with the log-in, and an offline one, which may last for ever, gives a new one after its idle
// time.
std::int64_t device_secret_end(const Realm& realm, const Session& session);

// False when ended by age or idling; the moment itself is over.
bool is_live(const Realm& realm, const Session& session, std::int64_t now);

// How long after `now` a token may live that was issued up to now: what a revocation has to
// outlast. The longest life that the realm, a client or a rule can give, and a day.
std::int64_t revocation_end(const Realm& realm, std::int64_t now);

}  // namespace cambist::sessions
