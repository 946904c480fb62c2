// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/base64url.h"
#include "base/result.h"
#include "jose/claims.h"
#include "jose/jws.h"

// What is read as a compact JWS is put together again from its parts; nothing verifies under a key
// that signed nothing. A header and claims can be read on their own, whatever the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    static const auto key =
        crypto::PrivateKey::generate(crypto::KeyKind::kEd25519).value().public_key();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto header = jose::parse_header(base64url_encode(text)))
        CAMBIST_ASSERT(!header->alg.empty());
    if (const auto claims = jose::parse_claims(text)) {
        const auto expires = jose::date_claim(*claims, "exp");
        if (expires && *expires) CAMBIST_ASSERT(to_unix(**expires) >= 0);
        if (const auto audiences = jose::strings_claim(*claims, "aud"))
            CAMBIST_ASSERT(audiences->empty() != (claims->find("aud") != nullptr));
        if (const auto scopes = jose::scope_claim(*claims, "scope"))
            CAMBIST_ASSERT(scopes->empty() || claims->find_string("scope") != nullptr);
    }
    const auto verified =
        jose::verify_compact(text, [](const jose::Header&) -> Result<jose::VerificationKey> {
            return jose::VerificationKey{key, crypto::SignatureAlgorithm::kEdDsa};
        });
    CAMBIST_ASSERT(!verified);
    const auto peeked = jose::peek_compact(text);
    if (!peeked) return 0;
    const auto compact = jose::split_compact(text);
    CAMBIST_ASSERT(compact.has_value());
    const auto header = base64url_decode(compact->header_b64);
    CAMBIST_ASSERT(header.has_value() && base64url_encode(*header) == compact->header_b64);
    CAMBIST_ASSERT(compact->signing_input.size() + 1 + compact->signature_b64.size() == size);
    return 0;
}
