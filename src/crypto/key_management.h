// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/key.h"

namespace cambist::crypto {

// How the key of an encrypted message gets to its reader (RFC 7518 section 4). All functions are
// thread-safe. Those that make fail with kCrypto, those that open with kTokenNotDecrypted.

// RSAES-OAEP (RFC 8017 section 7.1) with this hash, also in the mask: RSA-OAEP has SHA-1, which is
// no weakness there, and RSA-OAEP-256 has SHA-256. XML Encryption also knows SHA-256 with SHA-1 in
// the mask.
enum class OaepHash : std::uint8_t { kSha1, kSha256, kSha256MaskSha1 };
Result<std::string> oaep_encrypt(const PublicKey& key, OaepHash hash, const Secret& content_key);
Result<Secret> oaep_decrypt(const PrivateKey& key, OaepHash hash, std::string_view encrypted);

// RFC 3394, for a key-encryption key of 16, 24 or 32 bytes.
Result<std::string> wrap_key(const Secret& key_encryption_key, const Secret& content_key);
Result<Secret> unwrap_key(const Secret& key_encryption_key, std::string_view wrapped);

// The shared secret of NIST SP 800-56A: both keys on one curve, which a PublicKey's point is proved
// to lie on.
Result<Secret> agree(const PrivateKey& ours, const PublicKey& theirs);
// RFC 7518 section 4.6.2: Concat KDF with SHA-256. `algorithm` is alg, or enc where the agreed key
// encrypts the content itself.
Result<Secret> derive_agreed(const Secret& agreed, std::string_view algorithm,
                             std::string_view party_u, std::string_view party_v, std::size_t bytes);

}  // namespace cambist::crypto
