// SPDX-License-Identifier: Apache-2.0
#include "crypto/ecdsa_der.h"

#include <gtest/gtest.h>

#include "base/base64url.h"

namespace cambist::crypto {
namespace {

std::string der_hex(const std::string& raw, std::size_t half) {
    const auto der = ecdsa_to_der(raw, half);
    if (!der) return der.error().hint;
    return hex_encode({reinterpret_cast<const char*>(der->bytes.data()), der->size});
}

std::string padded(std::size_t half, const std::string& hex) {
    const auto bytes = *hex_decode(hex);
    return std::string(half - bytes.size(), '\0') + bytes;
}

TEST(EcdsaDer, WritesNumbersShortAndPositive) {
    EXPECT_EQ(der_hex(padded(32, "01") + padded(32, "7f"), 32), "300602010102017f");
    EXPECT_EQ(der_hex(padded(32, "80") + padded(32, "0100"), 32),
              "3008020200800202"
              "0100");
}

TEST(EcdsaDer, WritesALengthBeyond127InTwoBytes) {
    const std::string full(66, '\xFF');
    const auto hex = der_hex(full + full, 66);
    EXPECT_EQ(hex.substr(0, 12), "30818a024300");
    EXPECT_EQ(hex.size(), 2 * (3 + 2 * (2 + 67)));
    EXPECT_EQ(ecdsa_to_raw(*hex_decode(hex), 66).value(), full + full);
}

TEST(EcdsaDer, ComesBackAsItWas) {
    for (const auto* hex : {"01", "7f", "80", "00ff", "0100", "ff00"}) {
        const auto raw =
            padded(32, hex) +
            padded(32, "8000000000000000000000000000000000000000000000000000000000000000");
        EXPECT_EQ(ecdsa_to_raw(*hex_decode(der_hex(raw, 32)), 32).value(), raw) << hex;
    }
}

TEST(EcdsaDer, RefusesZeroAndOtherLengths) {
    const std::string zero(32, '\0');
    const auto one = padded(32, "01");
    EXPECT_FALSE(ecdsa_to_der(zero + one, 32));
    EXPECT_FALSE(ecdsa_to_der(one + zero, 32));
    EXPECT_FALSE(ecdsa_to_der(one + one + '\0', 32));
    EXPECT_FALSE(ecdsa_to_der("", 32));
}

TEST(EcdsaDer, ReadsNothingThatIsCutOrTooLong) {
    const auto der = *hex_decode("300602010102017f");
    ASSERT_TRUE(ecdsa_to_raw(der, 32));
    for (std::size_t size = 0; size < der.size(); ++size)
        EXPECT_FALSE(ecdsa_to_raw(der.substr(0, size), 32)) << size;
    EXPECT_FALSE(ecdsa_to_raw(der + '\0', 32));
    EXPECT_FALSE(ecdsa_to_raw(*hex_decode("3007020201000201"
                                          "7f"),
                              1));
    EXPECT_FALSE(ecdsa_to_raw(*hex_decode("3105020101020101"), 32));
}

}  // namespace
}  // namespace cambist::crypto
