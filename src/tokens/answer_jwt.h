// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "json/value.h"
#include "model/client.h"
#include "realms/snapshot.h"

namespace cambist::tokens {

// The documents of this server as signed JWTs. None of them can pass for a token: what we verify
// as one needs the claims `typ` and `exp`, which are not written here (RFC 9701 section 8.1). All
// fail with kSigningKeyMissing when the realm has no active key for the algorithm. Any thread.

// OpenID Connect Core section 5.3.2: the userinfo document with iss and aud, signed with the
// holder's userinfo_algorithm, or the realm's where it names none.
Result<std::string> sign_userinfo(const realms::Snapshot& realm, const Client& holder,
                                  json::Value document);

// RFC 9701 section 5: an introspection document (JSON text) for this caller and nobody else, as
// application/token-introspection+jwt.
Result<std::string> sign_introspection(const realms::Snapshot& realm, const Client& caller,
                                       std::string_view document, TimePoint now);

// By what a hook of the operator's knows that this realm asks: these claims (JSON text) as
// application/hook-question+jwt.
Result<std::string> sign_hook_question(const realms::Snapshot& realm, std::string_view claims);

// The claims of an access token of this holder, signed again as one.
Result<std::string> sign_access_claims(const realms::Snapshot& realm, const ClientId& holder,
                                       const json::Value& claims);

// The algorithm that this resource server gets its introspection answers with.
const std::string& introspection_algorithm(const Realm& realm, const Client& client);

}  // namespace cambist::tokens
