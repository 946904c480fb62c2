// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/key.h"

namespace cambist::crypto {

// RFC 7518 section 3.1 and RFC 8037 section 3.1, the asymmetric ones.
enum class SignatureAlgorithm {
    kRs256,
    kRs384,
    kRs512,
    kPs256,
    kPs384,
    kPs512,
    kEs256,
    kEs384,
    kEs512,
    kEdDsa,
};

// True when a key of this kind may be used with the algorithm: RSA with RS and PS, each curve with
// its own ES, Ed25519 with EdDSA.
bool fits(SignatureAlgorithm algorithm, KeyKind kind);

// The raw signature; ECDSA as r || s (RFC 7518 section 3.4), PSS with a salt as long as the hash
// (section 3.5). Fails with kCrypto when the key does not fit. Thread-safe: contexts are kept per
// thread, for a bounded number of keys.
Result<std::string> sign(const PrivateKey& key, SignatureAlgorithm algorithm,
                         std::string_view message);

// Succeeds only if the signature is right; an ECDSA one must be exactly r || s, both from 1 to n-1.
// Every failure is kCrypto: a wrong signature and one that can not be read look alike.
Status verify(const PublicKey& key, SignatureAlgorithm algorithm, std::string_view message,
              std::string_view signature);

// An ES256 key that checks often gets a table that makes a check three times as quick, of 150 KiB.
// How many keys of the process may have one; those that have one keep it. Thread-safe.
inline constexpr std::size_t kMostKeyTables = 32;
void allow_key_tables(std::size_t most);

}  // namespace cambist::crypto
