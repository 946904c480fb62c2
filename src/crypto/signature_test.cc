// SPDX-License-Identifier: Apache-2.0
#include "crypto/signature.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/base64url.h"
#include "crypto/digest.h"
#include "crypto/key.h"

namespace cambist::crypto {
namespace {

struct Case {
    const char* name;
    SignatureAlgorithm algorithm;
    KeyKind kind;
    std::size_t bytes;
};
constexpr Case kCases[] = {
    {"RS256", SignatureAlgorithm::kRs256, KeyKind::kRsa, 256},
    {"RS384", SignatureAlgorithm::kRs384, KeyKind::kRsa, 256},
    {"RS512", SignatureAlgorithm::kRs512, KeyKind::kRsa, 256},
    {"PS256", SignatureAlgorithm::kPs256, KeyKind::kRsa, 256},
    {"PS384", SignatureAlgorithm::kPs384, KeyKind::kRsa, 256},
    {"PS512", SignatureAlgorithm::kPs512, KeyKind::kRsa, 256},
    {"ES256", SignatureAlgorithm::kEs256, KeyKind::kP256, 64},
    {"ES384", SignatureAlgorithm::kEs384, KeyKind::kP384, 96},
    {"ES512", SignatureAlgorithm::kEs512, KeyKind::kP521, 132},
    {"EdDSA", SignatureAlgorithm::kEdDsa, KeyKind::kEd25519, 64},
};

const PrivateKey& key_of(KeyKind kind) {
    static const std::vector<PrivateKey> keys = [] {
        std::vector<PrivateKey> made;
        for (const auto each :
             {KeyKind::kRsa, KeyKind::kP256, KeyKind::kP384, KeyKind::kP521, KeyKind::kEd25519})
            made.push_back(PrivateKey::generate(each).value());
        return made;
    }();
    return keys.at(static_cast<std::size_t>(kind));
}

class Signatures : public testing::TestWithParam<Case> {};

TEST_P(Signatures, VerifyOnlyWhatWasSigned) {
    const auto& key = key_of(GetParam().kind);
    const auto algorithm = GetParam().algorithm;
    const auto signature = sign(key, algorithm, "message");
    ASSERT_TRUE(signature) << signature.error().describe();
    EXPECT_EQ(signature->size(), GetParam().bytes);
    const auto public_key = key.public_key();
    EXPECT_TRUE(verify(public_key, algorithm, "message", *signature));
    EXPECT_FALSE(verify(public_key, algorithm, "Message", *signature));
    EXPECT_FALSE(verify(public_key, algorithm, "", *signature));
    for (const std::size_t at : {std::size_t{0}, signature->size() / 2, signature->size() - 1}) {
        auto changed = *signature;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        EXPECT_FALSE(verify(public_key, algorithm, "message", changed));
    }
    EXPECT_FALSE(verify(public_key, algorithm, "message", ""));
    EXPECT_FALSE(verify(public_key, algorithm, "message", *signature + '\0'));
    EXPECT_FALSE(verify(public_key, algorithm, "message", signature->substr(1)));
    EXPECT_FALSE(verify(public_key, algorithm, "message", std::string(signature->size(), '\0')));
    EXPECT_TRUE(verify(public_key, algorithm, "message", *signature)) << "failures leave no trace";
}

TEST(Signature, OfRsaIsNotTakenWithoutItsLeadingZero) {
    const auto& key = key_of(KeyKind::kRsa);
    std::string signature = "x";
    for (int tries = 0; tries < 10000 && signature.front() != '\0'; ++tries)
        signature = sign(key, SignatureAlgorithm::kPs256, "message").value();
    ASSERT_EQ(signature.front(), '\0') << "one in 256 begins so";
    const auto public_key = key.public_key();
    EXPECT_TRUE(verify(public_key, SignatureAlgorithm::kPs256, "message", signature));
    EXPECT_FALSE(verify(public_key, SignatureAlgorithm::kPs256, "message", signature.substr(1)));
}

TEST_P(Signatures, NeedTheirOwnKindOfKey) {
    for (const auto& other : kCases) {
        const bool same = other.kind == GetParam().kind;
        EXPECT_EQ(fits(other.algorithm, GetParam().kind), same);
        EXPECT_EQ(sign(key_of(GetParam().kind), other.algorithm, "m").has_value(), same);
    }
}

TEST_P(Signatures, DoNotVerifyAsAnotherAlgorithmOfTheSameKey) {
    const auto& key = key_of(GetParam().kind);
    const auto signature = sign(key, GetParam().algorithm, "m").value();
    for (const auto& other : kCases) {
        if (other.kind != GetParam().kind || other.algorithm == GetParam().algorithm) continue;
        EXPECT_FALSE(verify(key.public_key(), other.algorithm, "m", signature)) << other.name;
    }
}

INSTANTIATE_TEST_SUITE_P(All, Signatures, testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

// specs: JWB-05, NEG-54
TEST(Ecdsa, Neg54RefusesDerAndSpecialNumbers) {
    const auto& key = key_of(KeyKind::kP256);
    const auto refused = [&](const std::string& signature) {
        return !verify(key.public_key(), SignatureAlgorithm::kEs256, "m", signature);
    };
    const auto n = *hex_decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    const std::string zero(32, '\0');
    const std::string one = std::string(31, '\0') + '\1';
    const auto good = sign(key, SignatureAlgorithm::kEs256, "m").value();
    const auto r = good.substr(0, 32);
    const auto s = good.substr(32);
    EXPECT_TRUE(refused(zero + s));
    EXPECT_TRUE(refused(r + zero));
    EXPECT_TRUE(refused(zero + zero));
    EXPECT_TRUE(refused(n + s));
    EXPECT_TRUE(refused(r + n));
    EXPECT_TRUE(refused(one + one));
    EXPECT_TRUE(refused(std::string(64, '\xFF')));
    EXPECT_TRUE(refused("\x30\x44\x02\x20" + r + "\x02\x20" + s));
    EXPECT_TRUE(refused('\0' + r + '\0' + s));
}

TEST(Signature, ManyKeysOnOneThreadPushEachOtherOut) {
    std::vector<PrivateKey> keys;
    keys.reserve(80);
    for (int i = 0; i < 80; ++i) keys.push_back(PrivateKey::generate(KeyKind::kEd25519).value());
    for (int round = 0; round < 2; ++round) {
        for (const auto& key : keys) {
            const auto signature = sign(key, SignatureAlgorithm::kEdDsa, "m").value();
            EXPECT_TRUE(verify(key.public_key(), SignatureAlgorithm::kEdDsa, "m", signature));
        }
    }
}

TEST(Signature, OneKeyServesManyThreads) {
    const auto& key = key_of(KeyKind::kP256);
    std::vector<std::jthread> threads;
    threads.reserve(4);
    std::atomic<int> good = 0;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 50; ++j) {
                const auto signature = sign(key, SignatureAlgorithm::kEs256, "m").value();
                good +=
                    verify(key.public_key(), SignatureAlgorithm::kEs256, "m", signature) ? 1 : 0;
            }
        });
    }
    threads.clear();
    EXPECT_EQ(good, 200);
}

TEST(Digest, TheUuidOfANameIsJavas) {
    EXPECT_EQ(name_uuid(""), "d41d8cd9-8f00-3204-a980-0998ecf8427e");
    EXPECT_EQ(name_uuid("hello"), "5d41402a-bc4b-3a76-b971-9d911017c592");
}

TEST(Digest, KnowsTheVectorsOfFips180AndRfc4231) {
    EXPECT_EQ(hex_encode(sha256("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256({"a", "", "bc"}), sha256("abc"));
    EXPECT_EQ(hex_encode(digest(Hash::kSha384, "abc")).substr(0, 16), "cb00753f45a35e8b");
    EXPECT_EQ(hex_encode(digest(Hash::kSha512, "abc")).substr(0, 16), "ddaf35a193617aba");
    EXPECT_EQ(hex_encode(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hex_encode(hmac_sha256(std::string(131, '\xaa'),
                                     "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    // RFC 4231, test case 2.
    EXPECT_EQ(hex_encode(hmac(Hash::kSha384, "Jefe", "what do ya want for nothing?")),
              "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
              "8e2240ca5e69e2c78b3239ecfab21649");
    EXPECT_EQ(hex_encode(hmac(Hash::kSha512, "Jefe", "what do ya want for nothing?")),
              "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
              "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
    // RFC 7636 appendix B.
    EXPECT_EQ(sha256_base64url("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
              "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

}  // namespace
}  // namespace cambist::crypto
