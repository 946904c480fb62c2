// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace cambist::crypto {

// A password hash as Keycloak stores it (credentialData and secretData, decoded). Ours have the
// same form with algorithm "argon2", so that they can be exported.
struct PasswordHash {
    std::string
        algorithm;      // argon2 (id, version 1.3), pbkdf2 (SHA-1), pbkdf2-sha256, pbkdf2-sha512
    std::string salt;   // raw bytes
    std::string value;  // raw bytes
    std::uint32_t iterations = 0;
    std::uint32_t memory_kib = 0;   // argon2
    std::uint32_t parallelism = 1;  // argon2
    std::uint32_t hash_length = 0;  // bytes; that of `value`
    friend bool operator==(const PasswordHash&, const PasswordHash&) = default;
};

// What a new hash costs. The defaults are those of OWASP for Argon2id.
struct PasswordSettings {
    std::uint32_t memory_kib = 19 * 1024;
    std::uint32_t iterations = 2;
};

// Argon2id (RFC 9106) with 16 bytes of salt and 32 of hash. Takes tens of milliseconds and
// `memory_kib` of memory: callers bound how many run at a time. Thread-safe.
Result<PasswordHash> hash_password(std::string_view password, const PasswordSettings& settings,
                                   const Random& random);

// False when the password is wrong. kConfigInvalid when the hash can not be checked at all (see
// check_password_hash). Thread-safe; as slow as the hash says, within the bounds.
Result<bool> verify_password(const PasswordHash& stored, std::string_view password);

// Whether we can verify against this hash: a known algorithm, parallelism 1 (libsodium knows no
// other), salt of 16 bytes for argon2, and a cost within bounds, so that a file can not make
// a log-in take minutes. kConfigInvalid with the mend in the hint.
Status check_password_hash(const PasswordHash& stored);

// True when the hash should be replaced at the next good log-in: another algorithm or cheaper.
bool needs_upgrade(const PasswordHash& stored, const PasswordSettings& settings);

// One line for the store: "$argon2id$v=19$m=19456,t=2,p=1$salt$hash" (the PHC form, base64 without
// padding), "$pbkdf2-sha256$i=27500$salt$hash".
std::string to_text(const PasswordHash& hash);
Result<PasswordHash> parse_password_hash(std::string_view text);

}  // namespace cambist::crypto
