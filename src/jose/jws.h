// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/key.h"
#include "crypto/signature.h"
#include "json/value.h"

namespace cambist::jose {

inline constexpr std::size_t kMaxCompactBytes = 16UL * 1024;

// The three parts of a compact serialisation (RFC 7515 section 7.1), as views of the text. Only the
// form is checked: two dots, the alphabet, the length.
struct Compact {
    std::string_view header_b64;
    std::string_view payload_b64;
    std::string_view signature_b64;
    std::string_view signing_input;  // header_b64 "." payload_b64
};
// kTokenMalformed, kTokenTooLong.
Result<Compact> split_compact(std::string_view text);

// The protected header (RFC 7515 section 4): only what we act upon. Its `jwk`, `jku`, `x5u`, `x5c`
// are never used; `crit` and `b64` refuse the token (RFC 8725, RFC 7797 section 7).
struct Header {
    std::string alg;
    std::optional<crypto::SignatureAlgorithm> algorithm;  // nothing: `alg` is not one of ours
    std::string kid;                                      // empty when absent
    std::string typ;                                      // as written; empty when absent
    std::string cty;
    std::optional<json::Value> jwk;  // for the formats that define it (DPoP) and for nobody else
};
// kTokenMalformed.
Result<Header> parse_header(std::string_view header_b64);
// As RFC 7515 section 4.1.9 compares them: without case, "application/" in front or not.
bool typ_is(const Header& header, std::string_view typ);

// The key a token must be signed with and the one algorithm that key may be used with.
struct VerificationKey {
    crypto::PublicKey key;
    crypto::SignatureAlgorithm algorithm;
};
// Finds the key by issuer and kid; an unknown kid is its own error of the caller's choice.
using KeyFor = std::function<Result<VerificationKey>(const Header&)>;

// A token whose signature was checked.
struct VerifiedJws {
    Header header;
    std::string payload;
};
// Checks the signature; says nothing about claims. kTokenMalformed, kTokenTooLong, kTokenAlgorithm
// (header and key disagree), kTokenSignature, or what `key_for` said. Thread-safe.
Result<VerifiedJws> verify_compact(std::string_view text, const KeyFor& key_for);

// The header and payload of a token nobody has checked: to find its issuer, or to show it.
struct UnverifiedJws {
    Header header;
    json::Value claims;
};
Result<UnverifiedJws> peek_compact(std::string_view text);

// What stands in the header of a token of ours.
struct HeaderWish {
    crypto::SignatureAlgorithm algorithm;
    std::string_view kid;
    std::string_view typ = "JWT";
};
// The order of members is Keycloak's: alg, typ, kid.
Result<std::string> sign_compact(const crypto::PrivateKey& key, const HeaderWish& header,
                                 std::string_view payload);

}  // namespace cambist::jose
