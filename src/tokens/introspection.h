// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/value.h"
#include "model/flow.h"
#include "realms/snapshot.h"

namespace cambist::tokens {

// RFC 7662 section 2.2 for whatever is not active.
inline constexpr std::string_view kInactive = R"({"active":false})";

// Whether an access token's answer also brings, as `jwt`, the token with the claims that
// introspection adds, signed: Keycloak's way from lightweight tokens to full ones.
enum class JwtMember : std::uint8_t { kNone, kAdd };

// The introspection document of a live token: every claim it carries, those of the mappers for
// introspection, and active, client_id, username, token_type. Whether the caller may see it is the
// end point's check. `session` is the token's, null when it has none: some mappers read it. The
// same for userinfo.
Result<std::string> render_introspection(const realms::Snapshot& realm, const VerifiedToken& token,
                                         const Session* session = nullptr,
                                         JwtMember jwt = JwtMember::kNone);
// The same for a refresh token, which carries nothing itself.
std::string render_refresh_introspection(const realms::Snapshot& realm, const RefreshFamily& family,
                                         const Identity& subject, const Session* session);

// OpenID Connect Core section 5.3.2: sub and the claims of the mappers for userinfo; act when the
// token has one, so that a delegate is never taken for the user.
Result<json::Value> make_userinfo(const realms::Snapshot& realm, const VerifiedToken& token,
                                  const Session* session = nullptr);

// May this client be told about the token: it holds it, is in its audience, or is configured to
// introspect any?
bool may_introspect(const Client& caller, const TokenFacts& facts);

}  // namespace cambist::tokens
