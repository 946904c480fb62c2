// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "crypto/key.h"
#include "jose/encryption.h"
#include "json/value.h"

namespace cambist::jose {

inline constexpr std::size_t kMaxJweBytes = 32UL * 1024;

// Who an encrypted token is for, and how (RFC 7516). The rows are of encryption.h's tables.
struct Recipient {
    crypto::PublicKey key;
    const KeyManagement* alg;
    const ContentEncryption* enc;
    std::string_view kid;  // empty: left out
};
// The compact serialisation (RFC 7516 section 7.1). `cty` is "JWT" for a signed token inside (RFC
// 7519 section 5.2). kCrypto when the key does not fit. Thread-safe.
Result<std::string> encrypt_compact(const Recipient& recipient, std::string_view cty,
                                    std::string_view plaintext, const Random& random);

// The protected header: only what we act upon. `crit`, `zip` and `b64` refuse the token; `jwk`,
// `jku`, `x5u`, `x5c` are never used.
struct JweHeader {
    std::string alg;
    std::string enc;
    std::string kid;  // empty when absent
    std::string typ;
    std::string cty;
    std::string apu, apv;            // decoded
    std::optional<json::Value> epk;  // the sender's key, for ECDH
};
// The five parts, decoded, with the header; nothing is decrypted. kTokenMalformed, kTokenTooLong.
struct CompactJwe {
    JweHeader header;
    std::string encrypted_key;
    crypto::Encrypted content;
    std::string_view associated;  // the header as it stands in the text
};
Result<CompactJwe> parse_jwe(std::string_view text);

// The key a token must be encrypted to, and the one algorithm that key may be used with.
struct DecryptionKey {
    crypto::PrivateKey key;
    const KeyManagement* alg;
};
using DecryptionKeyFor = std::function<Result<DecryptionKey>(const JweHeader&)>;

struct DecryptedJwe {
    JweHeader header;
    Secret plaintext;
};
// kTokenMalformed, kTokenTooLong, kTokenAlgorithm (an alg or enc that is not ours, or not the
// key's), kTokenNotDecrypted, or what `key_for` said. Says nothing about who made the token: what
// is inside must be signed. Thread-safe.
Result<DecryptedJwe> decrypt_compact(std::string_view text, const DecryptionKeyFor& key_for,
                                     const Random& random);

}  // namespace cambist::jose
