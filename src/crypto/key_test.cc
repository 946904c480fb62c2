// SPDX-License-Identifier: Apache-2.0
#include "crypto/key.h"

#include <gtest/gtest.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "crypto/certificate.h"
#include "crypto/signature.h"

namespace cambist::crypto {
namespace {

constexpr KeyKind kKinds[] = {KeyKind::kRsa,  KeyKind::kP256,    KeyKind::kP384,
                              KeyKind::kP521, KeyKind::kEd25519, KeyKind::kX25519};

std::string without_dashes(std::string_view pem) {
    std::string text;
    for (const auto line : split(pem, '\n')) {
        if (!line.starts_with("-----")) text += line;
    }
    return text;
}

TEST(Key, SurvivesEveryForm) {
    for (const auto kind : kKinds) {
        const auto key = PrivateKey::generate(kind).value();
        EXPECT_EQ(key.kind(), kind);
        const auto from_pem = PrivateKey::from_pem(key.to_pem().expose());
        ASSERT_TRUE(from_pem) << from_pem.error().describe();
        EXPECT_EQ(from_pem->public_key(), key.public_key());
        EXPECT_NE(from_pem->id(), key.id());
        EXPECT_TRUE(PrivateKey::from_pem(without_dashes(key.to_pem().expose())));
        const auto from_numbers = PrivateKey::from_components(key.components());
        ASSERT_TRUE(from_numbers) << from_numbers.error().describe();
        EXPECT_EQ(from_numbers->public_key(), key.public_key());
        EXPECT_EQ(from_numbers->to_pem(), key.to_pem());
        const auto public_key = key.public_key();
        EXPECT_EQ(PublicKey::from_pem(public_key.to_pem()).value(), public_key);
        EXPECT_EQ(PublicKey::from_pem(without_dashes(public_key.to_pem())).value(), public_key);
        EXPECT_EQ(PublicKey::from_components(public_key.components()).value(), public_key);
        EXPECT_EQ(public_key.to_pem().find("PRIVATE"), std::string::npos);
    }
}

TEST(Key, DifferentKeysAreDifferent) {
    const auto a = PrivateKey::generate(KeyKind::kP256).value();
    const auto b = PrivateKey::generate(KeyKind::kP256).value();
    const auto c = PrivateKey::generate(KeyKind::kEd25519).value();
    EXPECT_FALSE(a.public_key() == b.public_key());
    EXPECT_FALSE(a.public_key() == c.public_key());
}

PublicComponents rsa_of(std::size_t bytes) {
    return {KeyKind::kRsa, std::string(bytes, '\xFF'), {'\x01', '\x00', '\x01'}, "", ""};
}

// specs: JWB-03
TEST(Key, Jwb03RefusesRsaOutsideTheSizes) {
    EXPECT_FALSE(PrivateKey::generate(KeyKind::kRsa, 1024));
    EXPECT_FALSE(PrivateKey::generate(KeyKind::kRsa, 2049));
    for (const std::size_t bytes : {128UL, 255UL, 513UL, 1024UL}) {
        EXPECT_FALSE(PublicKey::from_components(rsa_of(bytes))) << bytes;
    }
    EXPECT_TRUE(PublicKey::from_components(rsa_of(256)));
    EXPECT_TRUE(PublicKey::from_components(rsa_of(512)));
}

TEST(Key, RefusesUselessRsaNumbers) {
    auto numbers = PrivateKey::generate(KeyKind::kRsa).value().public_key().components();
    ASSERT_TRUE(PublicKey::from_components(numbers));
    for (const auto& e : {std::string("\x01"), std::string("\x02"), std::string(9, '\xFF'),
                          std::string(), std::string("\x01\x00\x00", 3)}) {
        auto changed = numbers;
        changed.e = e;
        EXPECT_FALSE(PublicKey::from_components(changed)) << hex_encode(e);
    }
    auto even = numbers;
    even.n.back() = static_cast<char>(even.n.back() & ~1);
    EXPECT_FALSE(PublicKey::from_components(even));
    numbers.n.clear();
    EXPECT_FALSE(PublicKey::from_components(numbers));
}

// specs: JWB-05
TEST(Key, Jwb05RefusesPointsOffTheCurve) {
    for (const auto kind : {KeyKind::kP256, KeyKind::kP384, KeyKind::kP521}) {
        const auto numbers = PrivateKey::generate(kind).value().public_key().components();
        auto off = numbers;
        off.y.back() = static_cast<char>(off.y.back() ^ 1);
        EXPECT_FALSE(PublicKey::from_components(off));
        auto infinity = numbers;
        infinity.x.assign(infinity.x.size(), '\0');
        infinity.y.assign(infinity.y.size(), '\0');
        EXPECT_FALSE(PublicKey::from_components(infinity));
        auto cut = numbers;
        cut.x.erase(0, 1);
        EXPECT_FALSE(PublicKey::from_components(cut));
        auto other = numbers;
        other.kind = kind == KeyKind::kP256 ? KeyKind::kP384 : KeyKind::kP256;
        EXPECT_FALSE(PublicKey::from_components(other));
    }
}

TEST(Key, RefusesHalvesThatDoNotBelongTogether) {
    for (const auto kind : kKinds) {
        auto mixed = PrivateKey::generate(kind).value().components();
        mixed.pub = PrivateKey::generate(kind).value().public_key().components();
        EXPECT_FALSE(PrivateKey::from_components(mixed));
    }
}

TEST(Key, ReadsRsaWithoutPrimes) {
    auto numbers = PrivateKey::generate(KeyKind::kRsa).value().components();
    PrivateComponents bare;
    bare.pub = numbers.pub;
    bare.d = numbers.d.clone();
    EXPECT_TRUE(PrivateKey::from_components(bare));
    bare.p = numbers.p.clone();
    EXPECT_FALSE(PrivateKey::from_components(bare)) << "RFC 7518 section 6.3.2: all or none";
}

TEST(Key, RefusesTextsThatAreNoKeys) {
    const auto key = PrivateKey::generate(KeyKind::kP256).value();
    const std::string pem(key.to_pem().expose());
    for (const auto& text :
         {std::string(), std::string("x"), std::string("-----BEGIN PUBLIC KEY-----"), pem,
          std::string(40'000, 'A'), without_dashes(key.public_key().to_pem()) + "AAAA"}) {
        const auto read = PublicKey::from_pem(text);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().describe().find(pem.substr(40, 20)), std::string::npos);
    }
    EXPECT_FALSE(PrivateKey::from_pem(key.public_key().to_pem()));
    const auto encrypted = PrivateKey::from_pem(
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIBvTBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQI\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n");
    EXPECT_FALSE(encrypted);
}

TEST(Key, RefusesOtherCurves) {
    // openssl ecparam -name secp256k1 -genkey | openssl ec -pubout
    EXPECT_FALSE(PublicKey::from_pem(
        "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEeb5mfvncu6xVoGKVzocLBwKb/NstzijZWfKBWxb4F5hIOtp3JqPEZV2k+"
        "/wOEQio/Re0SKaFVBmcR9CP+xDUuA=="));
}

TEST(Certificate, CarriesTheKeyOfEveryKind) {
    const SystemRandom random;
    for (const auto kind : kKinds) {
        if (kind == KeyKind::kX25519) continue;  // it signs nothing, so no certificate of its own
        const auto key = PrivateKey::generate(kind).value();
        const auto der = make_self_signed_certificate(
            key, {"shop", from_unix(1'700'000'000), from_unix(4'102'444'800)}, random);
        ASSERT_TRUE(der) << der.error().describe();
        EXPECT_EQ(public_key_of_certificate(*der).value(), key.public_key());
        const auto bare = base64_encode(*der);
        EXPECT_EQ(public_key_of_certificate(bare).value(), key.public_key());
        const auto pem = "-----BEGIN CERTIFICATE-----\n" + bare + "\n-----END CERTIFICATE-----\n";
        EXPECT_EQ(certificate_to_der(pem).value(), *der);
        EXPECT_FALSE(public_key_of_certificate(bare.substr(4)));
        EXPECT_FALSE(public_key_of_certificate(*der + "x"));
        EXPECT_EQ(x5t(*der).size(), 27U);
        EXPECT_EQ(x5t_s256(*der).size(), 43U);
    }
}

TEST(Certificate, RefusesAWishThatMakesNoSense) {
    const SystemRandom random;
    const auto key = PrivateKey::generate(KeyKind::kP256).value();
    EXPECT_FALSE(make_self_signed_certificate(key, {"", from_unix(0), from_unix(1)}, random));
    EXPECT_FALSE(make_self_signed_certificate(key, {"a", from_unix(1), from_unix(1)}, random));
    EXPECT_FALSE(make_self_signed_certificate(
        key, {std::string(65, 'a'), from_unix(0), from_unix(1)}, random));
}

}  // namespace
}  // namespace cambist::crypto
