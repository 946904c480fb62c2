// SPDX-License-Identifier: Apache-2.0
// Inside crypto/ only: the two spellings of an ECDSA signature.
#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cambist::crypto {

// ECDSA-Sig-Value (RFC 3279 section 2.2.3), on the stack: it is made for every signature check.
struct EcdsaDer {
    static constexpr std::size_t kMax = 144;  // P-521: two numbers of 66 bytes and their heads
    std::array<unsigned char, kMax> bytes{};
    std::size_t size = 0;
};

// From r || s, each of `half` bytes (RFC 7518 section 3.4). kCrypto for another length, and for a
// zero (CVE-2022-21449 was somebody's missing check); numbers of n and more are the library's to
// refuse.
Result<EcdsaDer> ecdsa_to_der(std::string_view raw, std::size_t half);

// To r || s, of what the library made. kCrypto when it is no such structure.
Result<std::string> ecdsa_to_raw(std::string_view der, std::size_t half);

}  // namespace cambist::crypto
