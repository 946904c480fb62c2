// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string_view>

#include "crypto/digest.h"
#include "crypto/key.h"
#include "crypto/signature.h"

namespace cambist::jose {

// One signature algorithm as JOSE spells it (RFC 7518 section 3.1, RFC 8037 section 3.1).
struct Algorithm {
    std::string_view name;  // "ES256"
    crypto::SignatureAlgorithm signature;
    std::string_view kty;  // "EC"
    std::string_view crv;  // "P-256"; empty for RSA
    crypto::Hash hash;     // also of at_hash and c_hash
};

// All that are ever accepted or produced: `none` and the HMAC family are not among them.
std::span<const Algorithm> algorithms();
// Exact spelling; nullptr when unknown.
const Algorithm* find_algorithm(std::string_view name);
const Algorithm& algorithm_row(crypto::SignatureAlgorithm signature);
// What a key is used for when nobody says: RS256, ES256/384/512, EdDSA.
const Algorithm& default_algorithm(crypto::KeyKind kind);

}  // namespace cambist::jose
