// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "crypto/secret_box.h"
#include "tokens/checked_token.h"

namespace cambist::tokens {

// A token that hides who acts in it (hideActor) still carries him, sealed for this server alone
// (claim xact), so that it is asked of him what is asked of an actor who is named: is he still
// enabled, and still logged in.
Result<std::string> seal_actors(const crypto::SecretBox& box, std::string_view realm,
                                const std::string& actors, const Random& random);
// The token then has its whole actor chain. kSubjectTokenRevoked when the seal can not be opened:
// the key file that made it is gone, so nobody can tell who acts. `box` may be null.
Status reveal_actors(const crypto::SecretBox* box, std::string_view realm, std::string_view sealed,
                     CheckedToken& token);

}  // namespace cambist::tokens
