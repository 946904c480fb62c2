// SPDX-License-Identifier: Apache-2.0
#include "gateway/log_ins.h"

#include <charconv>
#include <cstddef>
#include <cstdint>

#include "base/base64url.h"
#include "crypto/digest.h"

namespace cambist::gateway {
namespace {

constexpr std::size_t kBytes = 32;
constexpr std::size_t kLongestCookie = 80;
constexpr std::int64_t kSeconds = 600;

}  // namespace

LogIns::LogIns(const Random& random) : random_(random), key_(make_token(random, kBytes)) {}

LogIns::Begun LogIns::begin(TimePoint now) const {
    auto cookie = std::to_string(to_unix(now) + kSeconds) + "." + make_token(random_, kBytes);
    auto challenge = crypto::sha256_base64url(verifier(cookie));
    return {.cookie = std::move(cookie), .challenge = std::move(challenge)};
}

std::optional<Secret> LogIns::verifier_of(std::string_view cookie, TimePoint now) const {
    if (cookie.size() > kLongestCookie) return std::nullopt;
    std::int64_t until = 0;
    const auto* end = cookie.data() + cookie.size();
    const auto [dot, error] = std::from_chars(cookie.data(), end, until);
    if (error != std::errc() || dot == end || *dot != '.' || until <= to_unix(now))
        return std::nullopt;
    return Secret(verifier(cookie));
}

std::string LogIns::verifier(std::string_view cookie) const {
    return base64url_encode(crypto::hmac_sha256(key_.expose(), cookie));
}

}  // namespace cambist::gateway
