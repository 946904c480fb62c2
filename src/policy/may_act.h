// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "model/flow.h"

namespace cambist::policy {

// RFC 8693 section 4.4: whether may_act of the subject token names the requester itself, so that it
// may act without an actor token. Every identity member must match; members that say nothing of
// identity (exp, nbf, iat, aud, jti) are not read, any other one counts as a mismatch.
bool may_act_names_requester(const Facts& facts);
// The same for the party of the actor token: `sub` is its subject, `client_id` the client that it
// is the service account of, or that holds its token.
bool may_act_names_actor(const Facts& facts);

// How many parties an actor chain (RFC 8693 section 4.1) names; a link that is no object counts and
// ends it.
std::int64_t count_actors(const std::string& act);

}  // namespace cambist::policy
