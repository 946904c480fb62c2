// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "crypto/password.h"

namespace cambist::representation {

// A password hash in Keycloak's two texts, each a JSON object.
struct KeycloakHash {
    std::string secret_data;
    std::string credential_data;
};

// Nothing when one of them is no such JSON, or the hash is of a kind nobody can verify (argon2 of
// another type or version).
std::optional<crypto::PasswordHash> parse_keycloak_hash(const KeycloakHash& texts);
KeycloakHash render_keycloak_hash(const crypto::PasswordHash& hash);

}  // namespace cambist::representation
