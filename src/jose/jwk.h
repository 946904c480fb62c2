// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/key.h"
#include "json/value.h"

namespace cambist::jose {

// What a key is read for. One that says it is for the other purpose is left alone.
enum class JwkPurpose : std::uint8_t { kVerification, kEncryption };

// A public key that verifies signatures or that is encrypted to, with what its JWK says about it
// (RFC 7517 section 4).
struct Jwk {
    std::string kid;  // empty when absent
    std::string kty;
    std::string alg;  // empty when absent, else a known one of the purpose that fits the key
    std::string use;  // empty, "sig", "enc" or SPIFFE's "jwt-svid"
    crypto::PublicKey key;
};

// Strict: kParse when a member is missing or malformed, when private members or a symmetric key are
// present, when the key is weak or not for the purpose. The hint says which member.
Result<Jwk> parse_jwk(const json::Value& jwk, JwkPurpose purpose = JwkPurpose::kVerification);

struct JwkSet {
    std::vector<Jwk> keys;
    std::vector<std::string> notes;  // why a key of the text is not among them

    // nullptr when none has this kid.
    const Jwk* find(std::string_view kid) const;
};

inline constexpr std::size_t kMaxKeysInSet = 100;

// RFC 7517 section 5. Keys we can not use (unknown kty or curve, other purpose, too weak) are left
// out with a note; a malformed, symmetric or private one, or one kid twice refuses the whole set.
Result<JwkSet> parse_jwk_set(const json::Value& set,
                             JwkPurpose purpose = JwkPurpose::kVerification);
Result<JwkSet> parse_jwk_set(std::string_view text, JwkPurpose purpose = JwkPurpose::kVerification);

// x5t#S256 of the certificates that the keys of a set show (RFC 7517 section 4.7: the first of x5c
// is the key's own), also of keys that serve for nothing else.
std::vector<std::string> certificate_thumbprints(const json::Value& set);

// The public members, in this order: kid, kty, alg, use, then the key. `certificate` (DER) adds
// x5c, x5t and x5t#S256.
json::Value render_jwk(const Jwk& jwk, std::string_view certificate = {});

// RFC 7638 with SHA-256, base64url: of `cnf.jkt` and, where nobody chose one, the kid.
std::string thumbprint(const crypto::PublicKey& key);

// A private key of ours in a file, as a JWK.
Result<crypto::PrivateKey> parse_private_jwk(const json::Value& jwk);

}  // namespace cambist::jose
