// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "crypto/key.h"

namespace cambist::representation {

// The key in a client's certificate (Keycloak's attribute jwt.credential.certificate) as a JWK set
// of one (RFC 7517 section 5). Nothing when it can not be read.
std::optional<std::string> jwks_of_certificate(std::string_view certificate);
std::string jwks_of_key(const crypto::PublicKey& key, std::string_view kid);

}  // namespace cambist::representation
