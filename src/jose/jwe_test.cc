// SPDX-License-Identifier: Apache-2.0
#include "jose/jwe.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/base64url.h"
#include "crypto/key_management.h"
#include "jose/jwk.h"
#include "json/parse.h"

namespace cambist::jose {
namespace {

const SystemRandom kRandom;

json::Value load(const std::string& name) {
    std::ifstream file(std::string(CAMBIST_SOURCE_DIR) + "/tests/data/jose/" + name);
    std::stringstream text;
    text << file.rdbuf();
    auto value = json::parse(text.str(), json::kConfigLimits);
    EXPECT_TRUE(value) << name << value.error().describe();
    return value ? *std::move(value) : json::Value();
}

DecryptionKeyFor only(const crypto::PrivateKey& key, std::string_view alg) {
    return [&key, alg](const JweHeader&) -> Result<DecryptionKey> {
        return DecryptionKey{key, find_key_management(alg)};
    };
}

std::string plain_of(const Result<DecryptedJwe>& decrypted) {
    return decrypted ? std::string(decrypted->plaintext.expose()) : decrypted.error().describe();
}

TEST(RfcVectors, EncryptedTokensOfTheRfcsAreRead) {
    const auto vectors = load("rfc_jwe.json");
    for (const auto& test : vectors.find("tokens")->as_array()) {
        const auto key = parse_private_jwk(*test.find("key"));
        ASSERT_TRUE(key) << *test.find_string("name") << key.error().describe();
        const auto decrypted = decrypt_compact(*test.find_string("token"),
                                               only(*key, *test.find_string("alg")), kRandom);
        EXPECT_EQ(plain_of(decrypted), *test.find_string("plaintext")) << *test.find_string("name");
    }
}

TEST(Hostile, EncryptedTokensAreReadAndRefusedAsTheySay) {  // specs: JWB-05, JWB-07, NEG-61
    int good = 0;
    int bad = 0;
    const auto vectors = load("hostile.json");
    for (const auto& test : vectors.find("jwe")->as_array()) {
        const auto& name = *test.find_string("name");
        const auto key = parse_private_jwk(*test.find("key"));
        ASSERT_TRUE(key) << name << key.error().describe();
        const auto decrypted = decrypt_compact(*test.find_string("token"),
                                               only(*key, *test.find_string("alg")), kRandom);
        const auto* expected = test.find_string("plaintext");
        ASSERT_EQ(decrypted.has_value(), expected != nullptr) << name << plain_of(decrypted);
        if (expected != nullptr) {
            EXPECT_EQ(plain_of(decrypted), *expected) << name;
        }
        ++(expected != nullptr ? good : bad);
    }
    EXPECT_GT(good, 40);
    EXPECT_GT(bad, 150);
}

crypto::PrivateKey x25519(std::string_view d, std::string_view x) {
    auto jwk = json::Value::object();
    jwk.set("kty", "OKP").set("crv", "X25519").set("d", std::string(d)).set("x", std::string(x));
    return parse_private_jwk(jwk).value();
}

json::Value x25519_jwk(std::string_view x) {
    auto jwk = json::Value::object();
    return std::move(jwk.set("kty", "OKP").set("crv", "X25519").set("x", std::string(x)));
}

// The private halves are those of RFC 7748 section 6.1, of which the appendix is made.
TEST(RfcVectors, X25519AgreesAsRfc8037AppendixA6) {
    constexpr std::string_view kBob = "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08";
    constexpr std::string_view kEphemeral = "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo";
    constexpr std::string_view kAgreed = "Sl2dW6TOLeFyjjv0gDUPJeB-IclH0Z4zdvCbPB4WF0I";
    const auto bob = x25519("XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os", kBob);
    const auto ephemeral = x25519("dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo", kEphemeral);
    const auto ours = crypto::agree(ephemeral, bob.public_key());
    const auto theirs = crypto::agree(bob, ephemeral.public_key());
    ASSERT_TRUE(ours && theirs);
    EXPECT_EQ(base64url_encode(ours->expose()), kAgreed);
    EXPECT_EQ(base64url_encode(theirs->expose()), kAgreed);
    const auto epk = parse_jwk(x25519_jwk(kEphemeral), JwkPurpose::kEncryption);
    ASSERT_TRUE(epk) << epk.error().describe();
    EXPECT_EQ(epk->key, ephemeral.public_key());
    EXPECT_EQ(render_jwk(*epk), x25519_jwk(kEphemeral));
}

TEST(Jwe, IsEncryptedToX25519ByEveryAgreementAndReadByItsKeyAlone) {
    const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kX25519).value();
    const auto other = crypto::PrivateKey::generate(crypto::KeyKind::kX25519).value();
    const auto ec = crypto::PrivateKey::generate(crypto::KeyKind::kP256).value();
    for (const auto& alg : key_managements()) {
        if (!alg.name.starts_with("ECDH-ES")) continue;
        const auto token = encrypt_compact({key.public_key(), &alg,
                                            find_content_encryption("A128CBC-HS256"), "k1"},
                                           "JWT", "a.b.c", kRandom)
                               .value();
        EXPECT_EQ(*parse_jwe(token)->header.epk->find_string("kty"), "OKP");
        EXPECT_EQ(plain_of(decrypt_compact(token, only(key, alg.name), kRandom)), "a.b.c");
        for (const auto* stranger : {&other, &ec}) {
            const auto read = decrypt_compact(token, only(*stranger, alg.name), kRandom);
            ASSERT_FALSE(read) << alg.name;
            EXPECT_EQ(read.error().code, ErrorCode::kTokenNotDecrypted) << alg.name;
        }
    }
}

// RFC 8037 section 6: whoever sends one of these points would know what is agreed on with anybody.
TEST(Jwe, APointOfSmallOrderIsAgreedWithByNobody) {
    const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kX25519).value();
    const auto zero = std::string(32, '\0');
    auto one = zero;
    one.front() = '\x01';
    for (const auto& point : {zero, one}) {
        const auto epk = parse_jwk(x25519_jwk(base64url_encode(point)), JwkPurpose::kEncryption);
        if (epk) {
            EXPECT_FALSE(crypto::agree(key, epk->key));
        }
    }
}

struct Pair {
    std::string alg;
    std::string enc;
};
class EveryPair : public testing::TestWithParam<Pair> {};

TEST_P(EveryPair, IsReadByItsKeyAndByNoOther) {
    const auto* alg = find_key_management(GetParam().alg);
    const auto* enc = find_content_encryption(GetParam().enc);
    const auto kind =
        fits(*alg, crypto::KeyKind::kRsa) ? crypto::KeyKind::kRsa : crypto::KeyKind::kP256;
    const auto key = crypto::PrivateKey::generate(kind).value();
    const auto other = crypto::PrivateKey::generate(kind).value();
    const auto token =
        encrypt_compact({key.public_key(), alg, enc, "k1"}, "JWT", "a.b.c", kRandom).value();
    const auto decrypted = decrypt_compact(token, only(key, alg->name), kRandom);
    ASSERT_EQ(plain_of(decrypted), "a.b.c");
    EXPECT_EQ(decrypted->header.cty, "JWT");
    EXPECT_EQ(decrypted->header.kid, "k1");
    const auto stranger = decrypt_compact(token, only(other, alg->name), kRandom);
    ASSERT_FALSE(stranger);
    EXPECT_EQ(stranger.error().code, ErrorCode::kTokenNotDecrypted);
    EXPECT_NE(encrypt_compact({key.public_key(), alg, enc, "k1"}, "JWT", "a.b.c", kRandom).value(),
              token);
}

std::vector<Pair> every_pair() {
    std::vector<Pair> pairs;
    for (const auto& alg : key_managements())
        for (const auto& enc : content_encryptions())
            pairs.push_back({std::string(alg.name), std::string(enc.name)});
    return pairs;
}

INSTANTIATE_TEST_SUITE_P(Of, EveryPair, testing::ValuesIn(every_pair()), [](const auto& test) {
    std::string name;
    for (const char c : test.param.alg + test.param.enc)
        if (c != '-' && c != '+') name += c;
    return name;
});

// RFC 7516 section 11.5: who sends keys of the wrong length or padding learns no more than who
// sends a wrong tag.
TEST(Jwe, AWrongKeyAndAWrongTagLookAlike) {
    const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kRsa).value();
    const auto* alg = find_key_management("RSA-OAEP-256");
    const auto token =
        encrypt_compact({key.public_key(), alg, find_content_encryption("A128GCM"), {}}, {}, "text",
                        kRandom)
            .value();
    const auto parts = parse_jwe(token).value();
    const auto with = [&](const std::string& encrypted_key, const std::string& tag) {
        const auto text = std::string(parts.associated) + "." + base64url_encode(encrypted_key) +
                          "." + base64url_encode(parts.content.iv) + "." +
                          base64url_encode(parts.content.ciphertext) + "." + base64url_encode(tag);
        return plain_of(decrypt_compact(text, only(key, alg->name), kRandom));
    };
    EXPECT_EQ(with(parts.encrypted_key, parts.content.tag), "text");
    const auto wrong_tag = with(parts.encrypted_key, std::string(16, 'x'));
    EXPECT_EQ(with(std::string(256, 'x'), parts.content.tag), wrong_tag);
    EXPECT_EQ(with("", parts.content.tag), wrong_tag);
}

TEST(Jwe, AKeyThatDoesNotFitIsNotEncryptedTo) {
    const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256).value();
    EXPECT_FALSE(encrypt_compact({key.public_key(),
                                  find_key_management("RSA-OAEP-256"),
                                  find_content_encryption("A128GCM"),
                                  {}},
                                 {}, "text", kRandom));
}

TEST(Jwe, WhatWouldNeedASharedSecretIsNotOffered) {
    for (const auto* name : {"dir", "RSA1_5", "A128KW", "A256GCMKW", "PBES2-HS256+A128KW", "none"})
        EXPECT_EQ(find_key_management(name), nullptr) << name;
}

}  // namespace
}  // namespace cambist::jose
