// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace cambist::representation {

// What of a client's JWK set will never serve, one sentence each, naming the key: one of an unknown
// kind or too weak (RFC 7517 section 5), or all of it, when one is malformed, symmetric or private.
// Empty when each key serves for signatures or for encryption.
std::vector<std::string> useless_keys(std::string_view jwks);

}  // namespace cambist::representation
