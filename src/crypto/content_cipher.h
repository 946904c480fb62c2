// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace cambist::crypto {

// The authenticated ciphers of RFC 7518 section 5: AES-GCM, and AES-CBC with HMAC.
enum class ContentCipher : std::uint8_t {
    kA128Gcm,
    kA192Gcm,
    kA256Gcm,
    kA128CbcHs256,
    kA192CbcHs384,
    kA256CbcHs512,
};

// The length of the key, in bytes: both halves of CBC's.
std::size_t key_bytes(ContentCipher cipher);
Secret make_content_key(ContentCipher cipher, const Random& random);

struct Encrypted {
    std::string iv;
    std::string ciphertext;
    std::string tag;
};
// A fresh random iv each time. The key must have key_bytes(). Thread-safe, as is decrypt().
Result<Encrypted> encrypt(ContentCipher cipher, const Secret& key, std::string_view plaintext,
                          std::string_view associated, const Random& random);
// Fails with kTokenNotDecrypted and no more: a wrong key, a changed byte, a cut tag and a bad
// padding look alike. The tag is checked before anything is decrypted.
Result<Secret> decrypt(ContentCipher cipher, const Secret& key, const Encrypted& encrypted,
                       std::string_view associated);

// AES-CBC of XML Encryption 1.1 section 5.2.2, which nothing authenticates: the last byte says how
// many at the end are padding, the others of them are any. The key has 16, 24 or 32 bytes.
// kTokenNotDecrypted, as above; what does come out may still be wrong.
Result<Secret> decrypt_xml_cbc(const Secret& key, std::string_view iv, std::string_view ciphertext);

}  // namespace cambist::crypto
