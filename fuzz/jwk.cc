// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "jose/jwk.h"
#include "json/parse.h"
#include "trust/key_sets.h"

// Every key read from a set is rendered to a JWK that reads as the same key. A text is the private
// JWK of a key that signs, or of none; as a public one it is refused. No key of one
// use is read for the other.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto value = json::parse(text)) {
        const auto key = jose::parse_private_jwk(*value);
        CAMBIST_ASSERT(!key || !jose::parse_jwk(*value));
        CAMBIST_ASSERT(!key || !jose::thumbprint(key->public_key()).empty());
    }
    if (const auto both = trust::parse_key_set(text)) {
        for (const auto& jwk : (*both)->verification.keys) CAMBIST_ASSERT(jwk.use != "enc");
        for (const auto& jwk : (*both)->encryption.keys)
            CAMBIST_ASSERT(jwk.use != "sig" && jwk.kty != "OKP");
    }
    const auto set = jose::parse_jwk_set(text);
    if (!set) return 0;
    for (const auto& jwk : set->keys) {
        const auto again = jose::parse_jwk(jose::render_jwk(jwk));
        CAMBIST_ASSERT(again.has_value() && again->key == jwk.key && again->kid == jwk.kid);
        CAMBIST_ASSERT(jose::thumbprint(again->key) == jose::thumbprint(jwk.key));
    }
    return 0;
}
