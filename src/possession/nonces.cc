// SPDX-License-Identifier: Apache-2.0
#include "possession/nonces.h"

#include <charconv>

#include "base/base64url.h"

namespace cambist::possession {
namespace {

constexpr std::size_t kMaxNonce = 128;

std::string context_of(std::string_view realm) { return "dpop-nonce:" + std::string(realm); }

}  // namespace

std::string Nonces::make(std::string_view realm, TimePoint now) const {
    const auto sealed = box_.seal(std::to_string(to_unix(now)), context_of(realm), random_);
    // Without a nonce the client can not go on, and asks again: nothing is let through.
    return sealed ? base64url_encode(*sealed) : std::string();
}

bool Nonces::is_fresh(std::string_view realm, std::string_view nonce, TimePoint now) const {
    if (nonce.empty() || nonce.size() > kMaxNonce) return false;
    const auto sealed = base64url_decode(nonce);
    if (!sealed) return false;
    const auto opened = box_.open(*sealed, context_of(realm));
    if (!opened) return false;
    const auto text = opened->expose();
    std::int64_t made = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), made);
    if (error != std::errc() || end != text.data() + text.size()) return false;
    const auto age = to_unix(now) - made;
    // Another node's clock may be a little ahead.
    return age >= -5 && age <= kNonceLifetime.count();
}

}  // namespace cambist::possession
