// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "crypto/key.h"
#include "crypto/signature.h"
#include "jose/jws.h"
#include "model/ids.h"
#include "model/realm.h"

namespace cambist::keys {

// One signing key of a realm. It is used with exactly one algorithm (RFC 8725 section 3.1).
struct SigningKey {
    KeyId kid;
    std::string algorithm;  // "RS256"
    crypto::SignatureAlgorithm signature = crypto::SignatureAlgorithm::kRs256;
    crypto::PrivateKey key;
    KeyState state = KeyState::kActive;
    std::int64_t priority = 100;
    std::int64_t created = 0;
    std::string certificate;     // DER; may be empty
    std::string source;          // "generated" or "realm file: <name>"
    std::int64_t activates = 0;  // see store::KeyRow
    std::int64_t retires = 0;
};

// The signing keys of one realm at one time: an immutable snapshot, made by KeyRepository and
// shared; usable from any thread. Active keys sign and verify, passive ones verify, disabled ones
// do nothing. Pointers into it live as long as the ring.
class KeyRing {
  public:
    // kConfigInvalid when a kid occurs twice or a key does not fit its algorithm.
    static Result<std::shared_ptr<const KeyRing>> make(std::vector<SigningKey> keys);

    // The active key of the highest priority (then the newest); null when there is none.
    const SigningKey* active(std::string_view algorithm) const;
    // The key that signatures with this kid are checked with and its one algorithm; null when
    // unknown or disabled.
    const jose::VerificationKey* find_for_verification(std::string_view kid) const;
    // The JWK set of active and passive keys (RFC 7517 section 5), rendered once.
    const std::string& jwks() const { return jwks_; }
    // SubjectPublicKeyInfo as bare base64, of the active key of this algorithm, for the realm's
    // info document; empty when there is none.
    std::string public_key_der_base64(std::string_view algorithm) const;
    // The algorithms that can be signed with now, each once, best key first.
    std::vector<std::string> active_algorithms() const;
    // All keys, disabled ones too, best first.
    const std::vector<SigningKey>& keys() const { return keys_; }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };
    KeyRing() = default;

    std::vector<SigningKey> keys_;
    std::unordered_map<std::string, jose::VerificationKey, Hash, std::equal_to<>> verifying_;
    std::string jwks_;
};

}  // namespace cambist::keys
