// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "crypto/secret_box.h"
#include "identity/origin.h"

namespace cambist::tokens {

// What a token carries of a subject from elsewhere for this server alone (claim xidp): his
// attributes are not what the token's audience asked for. Empty: there is nothing.
Result<std::string> seal_details(const crypto::SecretBox& box, std::string_view realm,
                                 const Identity& who, const Random& random);
bool has_details(std::string_view claims);
// What these claims (JSON text) carry. kSubjectTokenRevoked when it can not be opened: without it
// nobody can tell what he may. `box` may be null.
Status open_details(const crypto::SecretBox* box, std::string_view realm, std::string_view claims,
                    identity::Origin& origin);

}  // namespace cambist::tokens
