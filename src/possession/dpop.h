// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace cambist::possession {

// How old a proof may be, and how far ahead of our clock (RFC 9449 section 11.1).
inline constexpr Seconds kMaxProofAge{60};
inline constexpr Seconds kProofSkew{15};

// What a proof is checked against.
struct Expectation {
    std::string_view method;        // of the request, as written
    std::vector<std::string> urls;  // the addresses that the request may have been sent to
    TimePoint now{};
    std::optional<std::string_view> access_token;  // at a resource: the token it came with
};

// What a proof said that was found right. Its nonce is the caller's check.
struct CheckedProof {
    std::string jkt;  // base64url SHA-256 thumbprint of its key (RFC 7638)
    std::string jti;
    std::string htu;  // normalised
    std::string nonce;
    std::int64_t issued_at = 0;
};

// RFC 9449 section 4.3, every check but the nonce's and that of the single use. `headers` are the
// values of all DPoP headers. Every failure is kDpopProofInvalid, with the check in its hint.
Result<CheckedProof> check_proof(const std::vector<std::string>& headers,
                                 const Expectation& expected);

}  // namespace cambist::possession
