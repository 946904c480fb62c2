// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "model/flow.h"
#include "realms/snapshot.h"

namespace cambist::tokens {

// The six letters in front of a jti, Keycloak's way: session (on online, tr none, nt online but
// without a part of its own for this client, of and ft the same offline), token (rt regular, lt
// lightweight), grant (te, cc, rt, ro). A token with fewer claims than the mappers would write has
// mt, which Keycloak does not know: introspection then adds nothing to it.
std::string jti_prefix(const realms::Snapshot& realm, const PlanFacts& plan,
                       const Parties& parties);
// The token is to hold only what every token needs and the claims marked for lightweight ones.
bool is_lightweight(const realms::Snapshot& realm, const PlanFacts& plan);

// What the prefix of a jti of ours says about the token.
enum class JtiToken { kUnknown, kRegular, kLightweight, kMinimal };
JtiToken token_of_jti(std::string_view jti);
// The token came from a token exchange.
bool is_exchanged(std::string_view jti);

// The prefix in words, for inspect(): "token exchange, online session". Empty when it has none.
std::string explain_jti(std::string_view jti);

}  // namespace cambist::tokens
