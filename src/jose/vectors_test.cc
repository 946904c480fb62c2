// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/base64url.h"
#include "crypto/signature.h"
#include "jose/algorithms.h"
#include "jose/claims.h"
#include "jose/jwk.h"
#include "jose/jws.h"
#include "json/parse.h"

namespace cambist::jose {
namespace {

json::Value load(const std::string& name) {
    std::ifstream file(std::string(CAMBIST_SOURCE_DIR) + "/tests/data/jose/" + name);
    std::stringstream text;
    text << file.rdbuf();
    auto value = json::parse(text.str(), json::kConfigLimits);
    EXPECT_TRUE(value) << name << value.error().describe();
    return value ? *std::move(value) : json::Value();
}

json::Value public_half(json::Value jwk) {
    for (const auto* name : {"d", "p", "q", "dp", "dq", "qi"}) jwk.erase(name);
    return jwk;
}

// Verifies as a caller would who trusts this one key, for the algorithm it is made for, or, when
// its JWK names none, for the one configured.
Result<VerifiedJws> verify_with(std::string_view token, const json::Value& jwk,
                                std::string_view configured) {
    return verify_compact(token, [&](const Header&) -> Result<VerificationKey> {
        CAMBIST_TRY(const auto key, parse_jwk(jwk));
        const auto* row = find_algorithm(key.alg.empty() ? configured : key.alg);
        if (row == nullptr) return fail(ErrorCode::kTokenAlgorithm);
        return VerificationKey{key.key, row->signature};
    });
}

TEST(RfcVectors, TokensOfTheRfcsVerify) {
    const auto vectors = load("rfc.json");
    for (const auto& item : vectors.find("tokens")->as_array()) {
        const auto& name = *item.find_string("name");
        const auto& token = *item.find_string("token");
        const auto header = parse_header(split_compact(token)->header_b64).value();
        const auto jwk = public_half(*item.find("key"));
        const auto verified = verify_with(token, jwk, header.alg);
        EXPECT_TRUE(verified) << name << ": " << verified.error().describe();
        auto changed = token;
        changed[changed.size() / 2] = changed[changed.size() / 2] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(verify_with(changed, jwk, header.alg)) << name;
    }
}

TEST(RfcVectors, PrivateKeysOfTheRfcsSignWhatTheRfcsShow) {
    const auto vectors = load("rfc.json");
    for (const auto& item : vectors.find("tokens")->as_array()) {
        const auto& name = *item.find_string("name");
        const auto key = parse_private_jwk(*item.find("key"));
        ASSERT_TRUE(key) << name << key.error().describe();
        const auto compact = split_compact(*item.find_string("token")).value();
        const auto row = *find_algorithm(parse_header(compact.header_b64)->alg);
        const auto signature = crypto::sign(*key, row.signature, compact.signing_input).value();
        const bool deterministic = row.name == "RS256" || row.name == "EdDSA";
        if (deterministic)
            EXPECT_EQ(base64url_encode(signature), compact.signature_b64) << name;
        else
            EXPECT_TRUE(
                crypto::verify(key->public_key(), row.signature, compact.signing_input, signature));
    }
}

TEST(RfcVectors, ThumbprintsOfTheRfcs) {
    const auto vectors = load("rfc.json");
    for (const auto& item : vectors.find("thumbprints")->as_array()) {
        const auto key = parse_jwk(*item.find("key"));
        ASSERT_TRUE(key) << key.error().describe();
        EXPECT_EQ(thumbprint(key->key), *item.find_string("thumbprint"));
    }
}

TEST(JwcryptoVectors, WhatAnotherImplementationMadeIsReadAlike) {
    const auto vectors = load("jwcrypto.json");
    EXPECT_EQ(vectors.as_array().size(), algorithms().size());
    for (const auto& item : vectors.as_array()) {
        const auto& alg = *item.find_string("alg");
        const auto verified = verify_with(*item.find_string("token"), *item.find("public"), alg);
        ASSERT_TRUE(verified) << alg << verified.error().describe();
        EXPECT_EQ(verified->payload, *item.find_string("payload"));
        EXPECT_EQ(verified->header.kid, "key-" + alg);
        const auto jwk = parse_jwk(*item.find("public")).value();
        EXPECT_EQ(thumbprint(jwk.key), *item.find_string("thumbprint"));
        EXPECT_EQ(crypto::PublicKey::from_pem(*item.find_string("public_pem")).value(), jwk.key);
        EXPECT_EQ(render_jwk(jwk), *item.find("public"));
        const auto from_jwk = parse_private_jwk(*item.find("private")).value();
        const auto from_pem =
            crypto::PrivateKey::from_pem(*item.find_string("private_pem")).value();
        EXPECT_EQ(from_jwk.to_pem(), from_pem.to_pem()) << alg;
    }
}

// Valid JWS that we refuse on purpose: an empty payload is no JWT; the keys of two RFC 7520 figures
// name another algorithm in these files than their tokens (JWB-02), one an unknown "ES521"; HMAC.
bool refused_by_choice(const std::string& group, const std::string& test) {
    return test == "emptyPayload" || test == "Figure20" || test == "Figure27" ||
           group == "jws_keyset";
}

struct Count {
    int valid = 0;
    int invalid = 0;
};

// specs: JWB-15, NEG-49, NEG-50
TEST(Wycheproof, TokensAreAcceptedAndRefusedAsTheySay) {
    Count count;
    const auto vectors = load("wycheproof_jws.json");
    for (const auto& group : vectors.as_array()) {
        json::Value set;
        set.set("keys", *group.find("keys"));
        for (const auto& test : group.find("tests")->as_array()) {
            const auto& token = *test.find_string("jws");
            const auto verified =
                verify_compact(token, [&](const Header& header) -> Result<VerificationKey> {
                    CAMBIST_TRY(const auto keys, parse_jwk_set(set));
                    if (keys.keys.empty()) return fail(ErrorCode::kNotFound);
                    const auto* jwk = keys.find(header.kid);
                    if (jwk == nullptr) jwk = &keys.keys.front();
                    const auto* row = find_algorithm(jwk->alg);
                    if (row == nullptr) return fail(ErrorCode::kTokenAlgorithm);
                    return VerificationKey{jwk->key, row->signature};
                });
            const bool valid =
                test.find("valid")->as_bool() &&
                !refused_by_choice(*group.find_string("comment"), *test.find_string("comment"));
            EXPECT_EQ(verified.has_value(), valid)
                << *group.find_string("comment") << " " << test.find("tcId")->as_int64() << " "
                << *test.find_string("comment") << " "
                << (verified ? "" : verified.error().describe());
            ++(valid ? count.valid : count.invalid);
        }
    }
    EXPECT_GT(count.valid, 20);
    EXPECT_GT(count.invalid, 300);
}

// specs: JWB-05, NEG-54
TEST(Wycheproof, SignaturesAreAcceptedAndRefusedAsTheySay) {
    Count count;
    const auto vectors = load("wycheproof_signatures.json");
    for (const auto& group : vectors.as_array()) {
        const auto key = crypto::PublicKey::from_pem(*group.find_string("pem"));
        ASSERT_TRUE(key) << key.error().describe();
        const auto algorithm = find_algorithm(*group.find_string("alg"))->signature;
        for (const auto& test : group.find("tests")->as_array()) {
            const auto& fields = test.as_array();
            const auto verified =
                crypto::verify(*key, algorithm, *hex_decode(fields[2].as_string()),
                               *hex_decode(fields[3].as_string()));
            const auto& result = fields[4].as_string();
            if (result == "acceptable") continue;
            EXPECT_EQ(verified.has_value(), result == "valid")
                << *group.find_string("alg") << fields[0].as_int64() << fields[1].as_string();
            ++(result == "valid" ? count.valid : count.invalid);
        }
    }
    EXPECT_GT(count.valid, 400);
    EXPECT_GT(count.invalid, 400);
}

TEST(Hostile, SignedTokensAreAcceptedAndRefusedAsTheySay) {
    Count count;
    const auto vectors = load("hostile.json");
    for (const auto& test : vectors.find("jws")->as_array()) {
        json::Value set;
        set.set("keys", *test.find("keys"));
        const auto keys = parse_jwk_set(set).value();
        const auto verified = verify_compact(
            *test.find_string("token"), [&](const Header& header) -> Result<VerificationKey> {
                const auto* jwk = keys.find(header.kid);
                if (jwk == nullptr) return fail(ErrorCode::kNotFound);
                return VerificationKey{jwk->key, find_algorithm(jwk->alg)->signature};
            });
        const bool valid = test.find("valid")->as_bool();
        EXPECT_EQ(verified.has_value(), valid)
            << *test.find_string("name") << (verified ? "" : verified.error().describe());
        ++(valid ? count.valid : count.invalid);
    }
    EXPECT_GT(count.valid, 5);
    EXPECT_GT(count.invalid, 80);
}

TEST(Hostile, KeysAreTakenLeftOutAndRefusedAsTheySay) {
    Count count;
    const auto vectors = load("hostile.json");
    for (const auto& test : vectors.find("jwk")->as_array()) {
        const auto purpose = *test.find_string("purpose") == "enc" ? JwkPurpose::kEncryption
                                                                   : JwkPurpose::kVerification;
        const auto text = "{\"keys\":[" + *test.find_string("jwk") + "]}";
        const auto set = parse_jwk_set(std::string_view(text), purpose);
        const std::string_view got = !set ? "refused" : set->keys.empty() ? "unusable" : "good";
        EXPECT_EQ(got, *test.find_string("verdict"))
            << *test.find_string("name") << (set ? "" : set.error().describe());
        EXPECT_EQ(set && set->notes.empty(), got == "good") << *test.find_string("name");
        ++(got == "good" ? count.valid : count.invalid);
    }
    EXPECT_GT(count.valid, 5);
    EXPECT_GT(count.invalid, 60);
}

}  // namespace
}  // namespace cambist::jose
