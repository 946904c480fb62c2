// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

namespace cambist::crypto {

enum class Hash { kSha256, kSha384, kSha512 };

// The digest as raw bytes (FIPS 180-4). Thread-safe, as all functions here.
std::string digest(Hash hash, std::string_view bytes);
std::string sha256(std::string_view bytes);
// SHA-256 of the parts, one after the other.
std::string sha256(std::initializer_list<std::string_view> parts);

// RFC 2104, as raw bytes.
std::string hmac(Hash hash, std::string_view key, std::string_view message);
std::string hmac_sha256(std::string_view key, std::string_view message);

// The UUID of a name (RFC 9562 section 5.3, MD5, without a name space): what Java's
// UUID.nameUUIDFromBytes makes. For compatibility only; it protects nothing.
std::string name_uuid(std::string_view name);

// RFC 7636 section 4.2 and RFC 9449 section 4.2: base64url of SHA-256, for `code_challenge`, `ath`
// and token hashes.
std::string sha256_base64url(std::string_view bytes);

}  // namespace cambist::crypto
