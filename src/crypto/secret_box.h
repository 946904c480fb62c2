// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace cambist::crypto {

// Encrypts what must be read again from the store: AES-256-GCM with a random nonce. A sealed text
// is: version byte 1, key id (8 bytes), nonce (12), ciphertext, tag (16); version and key id are
// authenticated too. The first key seals, all of them open, so that a key can be rotated: put the
// new one first, seal again at leisure, drop the old one. Thread-safe.
class SecretBox {
  public:
    // The contents of key files, newest first; a line end at the end does not count. Each needs at
    // least 32 bytes that can not be guessed (`openssl rand -base64 32`); the keys are derived from
    // them by HKDF (RFC 5869). kConfigInvalid when there is none, or one is too short.
    static Result<SecretBox> from_key_files(const std::vector<Secret>& contents);

    // `context` (such as "signing-key:<id>") must be the same when opening: it ties the text to its
    // place. `random` gives the nonce.
    Result<std::string> seal(std::string_view plaintext, std::string_view context,
                             const Random& random) const;
    // kCrypto when the text was changed, belongs to another place, or to a key we do not have.
    Result<Secret> open(std::string_view sealed, std::string_view context) const;
    // True when the text is not sealed by the first key.
    bool needs_reseal(std::string_view sealed) const;

  private:
    struct Key {
        std::array<char, 8> id;
        Secret bytes;
    };
    std::vector<Key> keys_;
};

}  // namespace cambist::crypto
