// SPDX-License-Identifier: Apache-2.0
#include "tokens/opaque.h"

namespace cambist::tokens {
namespace {

constexpr std::string_view kPrefix = "cat_";
constexpr std::size_t kRandomBytes = 32;

}  // namespace

std::string make_opaque_token(const Random& random) {
    return std::string(kPrefix) + make_token(random, kRandomBytes);
}

bool looks_like_opaque_token(std::string_view text) { return text.starts_with(kPrefix); }

}  // namespace cambist::tokens
