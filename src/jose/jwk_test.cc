// SPDX-License-Identifier: Apache-2.0
#include "jose/jwk.h"

#include <gtest/gtest.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "base/random.h"
#include "crypto/certificate.h"
#include "jose/algorithms.h"
#include "jose/claims.h"

namespace cambist::jose {
namespace {

using crypto::KeyKind;

json::Value jwk_of(KeyKind kind, std::string kid = "k1") {
    static const std::vector<crypto::PrivateKey> keys = [] {
        std::vector<crypto::PrivateKey> made;
        for (const auto each :
             {KeyKind::kRsa, KeyKind::kP256, KeyKind::kP384, KeyKind::kP521, KeyKind::kEd25519})
            made.push_back(crypto::PrivateKey::generate(each).value());
        return made;
    }();
    const auto& row = default_algorithm(kind);
    return render_jwk(Jwk{std::move(kid), std::string(row.kty), std::string(row.name), "sig",
                          keys.at(static_cast<std::size_t>(kind)).public_key()});
}

json::Value set_of(json::Array keys) {
    json::Value set;
    set.set("keys", std::move(keys));
    return set;
}

json::Value with(json::Value jwk, const char* name, json::Value value) {
    jwk.set(name, std::move(value));
    return jwk;
}

json::Value without(json::Value jwk, const char* name) {
    jwk.erase(name);
    return jwk;
}

TEST(Algorithms, AreFoundByTheirExactName) {
    EXPECT_EQ(find_algorithm("RS256")->signature, crypto::SignatureAlgorithm::kRs256);
    for (const auto* name : {"none", "None", "HS256", "rs256", "RS256 ", "", "ES256K", "RSA-OAEP"})
        EXPECT_EQ(find_algorithm(name), nullptr) << name;
    for (const auto& row : algorithms()) EXPECT_EQ(&algorithm_row(row.signature), &row);
    EXPECT_EQ(default_algorithm(KeyKind::kRsa).name, "RS256");
    EXPECT_EQ(default_algorithm(KeyKind::kP521).name, "ES512");
}

TEST(Jwk, IsReadAndRenderedAlike) {
    for (const auto kind :
         {KeyKind::kRsa, KeyKind::kP256, KeyKind::kP384, KeyKind::kP521, KeyKind::kEd25519}) {
        const auto json = jwk_of(kind);
        const auto jwk = parse_jwk(json);
        ASSERT_TRUE(jwk) << jwk.error().describe();
        EXPECT_EQ(render_jwk(*jwk).to_text(), json.to_text());
        EXPECT_EQ(thumbprint(jwk->key).size(), 43U);
        const auto bare = parse_jwk(without(without(without(json, "alg"), "use"), "kid"));
        ASSERT_TRUE(bare);
        EXPECT_EQ(bare->key, jwk->key);
    }
}

TEST(Jwk, CarriesItsCertificate) {
    const SystemRandom random;
    const auto key = crypto::PrivateKey::generate(KeyKind::kP256).value();
    const auto der = crypto::make_self_signed_certificate(
                         key, {"r", from_unix(0), from_unix(4'000'000'000)}, random)
                         .value();
    const auto json = render_jwk(Jwk{"k", "EC", "ES256", "sig", key.public_key()}, der);
    EXPECT_EQ(base64_decode(json.find("x5c")->as_array()[0].as_string()), der);
    EXPECT_EQ(*json.find_string("x5t#S256"), crypto::x5t_s256(der));
    EXPECT_TRUE(parse_jwk(json));
}

// specs: JWB-02, JWB-03, JWB-05, NEG-50
TEST(Jwk, RefusesWhatIsNoPublicSignatureKey) {
    const auto rsa = jwk_of(KeyKind::kRsa);
    const auto ec = jwk_of(KeyKind::kP256);
    const auto okp = jwk_of(KeyKind::kEd25519);
    const std::vector<std::pair<const char*, json::Value>> cases{
        {"NoObject", json::Value("x")},
        {"NoKty", without(rsa, "kty")},
        {"KtyNoString", with(rsa, "kty", 1)},
        {"Symmetric", json::Value().set("kty", "oct").set("k", "AAAA")},
        {"PrivateD", with(ec, "d", "AAAA")},
        {"PrivateP", with(rsa, "p", "AAAA")},
        {"SecretK", with(rsa, "k", "AAAA")},
        {"NoN", without(rsa, "n")},
        {"NoE", without(rsa, "e")},
        {"PaddedE", with(rsa, "e", "AQAB=")},
        {"EmptyE", with(rsa, "e", "")},
        {"StandardAlphabet", with(ec, "x", "++++")},
        {"NoY", without(ec, "y")},
        {"XNoString", with(ec, "x", json::Array{})},
        {"WrongCurve", with(ec, "crv", "P-384")},
        {"UnknownCurve", with(ec, "crv", "secp256k1")},
        {"CurveOfOtherKty", with(okp, "crv", "P-256")},
        {"X25519", without(with(okp, "crv", "X25519"), "alg")},
        {"UnknownOkp", with(okp, "crv", "X448")},
        {"UnknownKty", with(ec, "kty", "ec")},
        {"ForEncryption", with(rsa, "use", "enc")},
        {"OperationsWithoutVerify", with(rsa, "key_ops", json::Array{"encrypt"})},
        {"OperationsNoArray", with(rsa, "key_ops", "verify")},
        {"AlgOfAnotherKind", with(rsa, "alg", "ES256")},
        {"AlgOfAnotherCurve", with(ec, "alg", "ES384")},
        {"AlgSymmetric", with(rsa, "alg", "HS256")},
        {"AlgNone", with(rsa, "alg", "none")},
        {"KidNoString", with(rsa, "kid", 1)},
        {"KidTooLong", with(rsa, "kid", std::string(257, 'k'))},
        {"TooSmall", with(rsa, "n", base64url_encode(std::string(128, '\xFF')))},
        {"ExponentOne", with(rsa, "e", "AQ")},
        {"PointOffTheCurve", with(ec, "x", *ec.find_string("y"))},
    };
    for (const auto& [name, jwk] : cases) {
        const auto parsed = parse_jwk(jwk);
        ASSERT_FALSE(parsed) << name;
        EXPECT_EQ(parsed.error().code, ErrorCode::kParse) << name;
        EXPECT_FALSE(parsed.error().hint.empty()) << name;
    }
}

TEST(JwkSet, LeavesOutKeysItCanNotUseAndSaysWhy) {
    const auto set = parse_jwk_set(set_of(
        {jwk_of(KeyKind::kRsa, "a"), with(jwk_of(KeyKind::kRsa, "b"), "use", "enc"),
         with(jwk_of(KeyKind::kRsa, "c"), "alg", "RSA-OAEP"),
         json::Value().set("kty", "AKP").set("kid", "d"), jwk_of(KeyKind::kEd25519, "e"),
         with(jwk_of(KeyKind::kP256, "f"), "crv", "secp256k1"),
         with(jwk_of(KeyKind::kRsa, "g"), "n", base64url_encode(std::string(128, '\xFF')))}));
    ASSERT_TRUE(set) << set.error().describe();
    ASSERT_EQ(set->keys.size(), 2U);
    EXPECT_EQ(set->keys[1].kid, "e");
    EXPECT_EQ(set->notes.size(), 5U);
    EXPECT_EQ(set->notes[0], "key 2: its use is enc, not sig");
    EXPECT_NE(set->find("a"), nullptr);
    EXPECT_EQ(set->find("b"), nullptr);
    EXPECT_EQ(set->find(""), nullptr);
}

TEST(JwkSet, RefusesTheWholeSetWhenAKeyIsAmbiguousOrSecret) {
    const auto rsa = jwk_of(KeyKind::kRsa, "a");
    EXPECT_FALSE(parse_jwk_set(set_of({rsa, jwk_of(KeyKind::kP256, "a")})));
    EXPECT_FALSE(parse_jwk_set(set_of({rsa, with(jwk_of(KeyKind::kP256, "b"), "d", "AA")})));
    EXPECT_FALSE(parse_jwk_set(set_of({rsa, json::Value().set("kty", "oct").set("k", "AA")})));
    EXPECT_FALSE(parse_jwk_set(set_of({rsa, json::Value(1)})));
    EXPECT_FALSE(parse_jwk_set(set_of(json::Array(kMaxKeysInSet + 1, without(rsa, "kid")))));
    EXPECT_TRUE(parse_jwk_set(set_of(json::Array(kMaxKeysInSet, without(rsa, "kid")))));
    EXPECT_TRUE(parse_jwk_set(std::string_view("{\"keys\":[]}")));
    for (const std::string_view text :
         {"", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[],\"keys\":[]}"})
        EXPECT_FALSE(parse_jwk_set(text)) << text;
}

TEST(Claims, AreReadInTheFormTheyMustHave) {
    const auto claims = parse_claims(
        R"({"sub":"a","n":null,"aud":["x","y"],"one":"x","none":[],"mixed":["x",1],"exp":1700000000,)"
        R"("frac":1700000000.25,"neg":-1,"text":"1","far":253402300800,"last":253402300799,"huge":1e300,)"
        R"("ok":true,"scope":"a b","bad":"a  b","empty":""})");
    ASSERT_TRUE(claims) << claims.error().describe();
    EXPECT_EQ(string_claim(*claims, "sub").value(), "a");
    EXPECT_EQ(string_claim(*claims, "absent").value(), std::nullopt);
    EXPECT_FALSE(string_claim(*claims, "n"));
    EXPECT_FALSE(string_claim(*claims, "aud"));
    EXPECT_EQ(required_string(*claims, "sub").value(), "a");
    EXPECT_FALSE(required_string(*claims, "absent"));
    EXPECT_FALSE(required_string(*claims, "empty"));
    EXPECT_EQ(strings_claim(*claims, "aud").value(), (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(strings_claim(*claims, "one").value(), (std::vector<std::string>{"x"}));
    EXPECT_TRUE(strings_claim(*claims, "absent")->empty());
    EXPECT_FALSE(strings_claim(*claims, "none"));
    EXPECT_FALSE(strings_claim(*claims, "mixed"));
    EXPECT_FALSE(strings_claim(*claims, "n"));
    EXPECT_EQ(bool_claim(*claims, "ok").value(), true);
    EXPECT_FALSE(bool_claim(*claims, "sub"));
    EXPECT_EQ(scope_claim(*claims, "scope").value(), (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(scope_claim(*claims, "empty")->empty());
    EXPECT_FALSE(scope_claim(*claims, "bad"));
}

// specs: JWB-16
TEST(Claims, Jwb16DatesAreFiniteNumbersNotBelowZero) {
    const auto claims = parse_claims(
        R"({"exp":1700000000,"frac":1700000000.25,"zero":0,"neg":-1,"negf":-0.5,"text":"1",)"
        R"("far":253402300800,"last":253402300799,"huge":1e300,"bool":true,"list":[1]})");
    EXPECT_EQ(date_claim(*claims, "exp").value(), from_unix(1'700'000'000));
    EXPECT_EQ(date_claim(*claims, "frac").value(),
              from_unix(1'700'000'000) + std::chrono::milliseconds(250));
    EXPECT_EQ(date_claim(*claims, "zero").value(), from_unix(0));
    EXPECT_TRUE(date_claim(*claims, "last"));
    EXPECT_EQ(date_claim(*claims, "absent").value(), std::nullopt);
    for (const auto* name : {"neg", "negf", "text", "far", "huge", "bool", "list"}) {
        const auto date = date_claim(*claims, name);
        ASSERT_FALSE(date) << name;
        EXPECT_EQ(date.error().code, ErrorCode::kTokenClaims);
    }
    EXPECT_FALSE(required_date(*claims, "absent"));
    EXPECT_FALSE(parse_claims(R"({"exp":1e400})"));
    EXPECT_FALSE(parse_claims("[1]"));
    EXPECT_FALSE(parse_claims(R"({"sub":"a","sub":"b"})"));
}

}  // namespace
}  // namespace cambist::jose
