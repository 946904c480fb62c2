// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "jose/jwk.h"

// Every key read from a set is rendered to a JWK that reads as the same key.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    const auto set = jose::parse_jwk_set({reinterpret_cast<const char*>(data), size});
    if (!set) return 0;
    for (const auto& jwk : set->keys) {
        const auto again = jose::parse_jwk(jose::render_jwk(jwk));
        CAMBIST_ASSERT(again.has_value() && again->key == jwk.key && again->kid == jwk.kid);
        CAMBIST_ASSERT(jose::thumbprint(again->key) == jose::thumbprint(jwk.key));
    }
    return 0;
}
