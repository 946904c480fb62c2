// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "crypto/content_cipher.h"
#include "crypto/key.h"

namespace cambist::jose {

enum class KeyTransport : std::uint8_t { kOaep, kOaep256, kAgree, kAgreeAndWrap };

// One key management algorithm as JOSE spells it (RFC 7518 section 4.1).
struct KeyManagement {
    std::string_view name;  // "ECDH-ES+A128KW"
    KeyTransport transport;
    std::size_t wrapping_bytes = 0;  // of the key-encryption key, for kAgreeAndWrap
};
// One content encryption algorithm (RFC 7518 section 5.1).
struct ContentEncryption {
    std::string_view name;  // "A128GCM"
    crypto::ContentCipher cipher;
};

// All that are ever used. Not among them, on purpose: RSA1_5 (padding oracles), dir, AES and
// password based key management (they need shared secrets), compression.
std::span<const KeyManagement> key_managements();
std::span<const ContentEncryption> content_encryptions();
// Exact spelling; nullptr when unknown.
const KeyManagement* find_key_management(std::string_view name);
const ContentEncryption* find_content_encryption(std::string_view name);

// RSA with OAEP, a curve of ours with ECDH.
bool fits(const KeyManagement& algorithm, crypto::KeyKind kind);

}  // namespace cambist::jose
