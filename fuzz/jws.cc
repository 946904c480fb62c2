// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/base64url.h"
#include "base/result.h"
#include "jose/jws.h"

// What is read as a compact JWS is put together again from its parts; nothing verifies under a key
// that signed nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    static const auto key =
        crypto::PrivateKey::generate(crypto::KeyKind::kEd25519).value().public_key();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
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
