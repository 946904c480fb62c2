// SPDX-License-Identifier: Apache-2.0
// Inside crypto/ only: arithmetic for signature checks, where every number is public.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace cambist::crypto {

// A number below 2^256, least significant word first.
using Words = std::array<std::uint64_t, 4>;

// The order of the group of P-256 (SP 800-186 section 3.2.1.3).
inline constexpr Words kP256Order{0xf3b9cac2fc632551U, 0xbce6faada7179e84U, 0xffffffffffffffffU,
                                  0xffffffff00000000U};

// Big-endian, as in a signature.
inline constexpr std::size_t kP256Bytes = 32;
Words words_of(std::span<const unsigned char, kP256Bytes> bytes);
std::array<unsigned char, kP256Bytes> bytes_of_words(const Words& words);

// In 1 … order - 1, as ECDSA wants its numbers.
bool is_in_range(const Words& number);

// 1 / number modulo the order, for a number in range. NOT for secrets: the time it takes tells
// something of the number. A fifth of the time of the library's general inverse.
Words inverse_of_public(const Words& number);

}  // namespace cambist::crypto
