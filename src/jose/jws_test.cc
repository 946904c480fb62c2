// SPDX-License-Identifier: Apache-2.0
#include "jose/jws.h"

#include <gtest/gtest.h>

#include "base/base64url.h"
#include "crypto/digest.h"
#include "jose/algorithms.h"
#include "jose/jwk.h"

namespace cambist::jose {
namespace {

using crypto::KeyKind;
using crypto::SignatureAlgorithm;

const crypto::PrivateKey& es_key() {
    static const auto key = crypto::PrivateKey::generate(KeyKind::kP256).value();
    return key;
}
const crypto::PrivateKey& rsa_key() {
    static const auto key = crypto::PrivateKey::generate(KeyKind::kRsa).value();
    return key;
}

KeyFor trusting(const crypto::PrivateKey& key, SignatureAlgorithm algorithm) {
    return [=](const Header&) -> Result<VerificationKey> {
        return VerificationKey{key.public_key(), algorithm};
    };
}
const KeyFor kEs256 = trusting(es_key(), SignatureAlgorithm::kEs256);

// A token with any header and a signature that is right for it.
std::string token_with(std::string_view header, std::string_view payload = "{}") {
    const auto input = base64url_encode(header) + "." + base64url_encode(payload);
    return input + "." +
           base64url_encode(crypto::sign(es_key(), SignatureAlgorithm::kEs256, input).value());
}

ErrorCode refusal(std::string_view token, const KeyFor& key_for = kEs256) {
    const auto verified = verify_compact(token, key_for);
    return verified ? ErrorCode::kInternal : verified.error().code;
}

TEST(Jws, SignsAndVerifiesWithEveryAlgorithm) {
    for (const auto kind :
         {KeyKind::kRsa, KeyKind::kP256, KeyKind::kP384, KeyKind::kP521, KeyKind::kEd25519}) {
        const auto key = crypto::PrivateKey::generate(kind).value();
        for (const auto& row : algorithms()) {
            const auto token = sign_compact(key, {row.signature, "k1", "at+jwt"}, "{\"a\":1}");
            ASSERT_EQ(token.has_value(), crypto::fits(row.signature, kind));
            if (!token) continue;
            const auto verified = verify_compact(*token, trusting(key, row.signature));
            ASSERT_TRUE(verified) << verified.error().describe();
            EXPECT_EQ(verified->payload, "{\"a\":1}");
            EXPECT_EQ(verified->header.alg, row.name);
            EXPECT_EQ(verified->header.kid, "k1");
            EXPECT_TRUE(typ_is(verified->header, "at+jwt"));
        }
    }
}

TEST(Jws, WritesTheHeaderInKeycloaksOrder) {
    const auto token = sign_compact(es_key(), {SignatureAlgorithm::kEs256, "k\"1"}, "{}").value();
    EXPECT_EQ(base64url_decode(split_compact(token)->header_b64),
              R"({"alg":"ES256","typ":"JWT","kid":"k\"1"})");
}

TEST(Jws, ShowsTheHeaderToTheKeyFinder) {
    const auto token = token_with(R"({"alg":"ES256","kid":"x","typ":"JWT","cty":"y"})");
    std::string kid;
    const auto verified = verify_compact(token, [&](const Header& header) {
        kid = header.kid;
        return kEs256(header);
    });
    EXPECT_TRUE(verified);
    EXPECT_EQ(kid, "x");
    EXPECT_EQ(refusal(token,
                      [](const Header&) -> Result<VerificationKey> {
                          return fail(ErrorCode::kSubjectTokenKeyUnknown);
                      }),
              ErrorCode::kSubjectTokenKeyUnknown);
}

// specs: JWB-01, JWB-03, NEG-51, NEG-53
TEST(Jws, Neg51RefusesNoneHoweverItIsSpelt) {
    const auto none = [](const std::string& alg) {
        return base64url_encode(R"({"alg":)" + alg + "}") + "." + base64url_encode("{}");
    };
    for (const auto* alg : {"\"none\"", "\"None\"", "\"NONE\"", "\"nOnE\"", "\"\"", "[\"none\"]",
                            "null", "[\"ES256\"]", "1", "\"es256\"", "\"ES256 \"", "\"ES256K\"",
                            "\"RSA1_5\"", "\"HS256\"", "\"A256GCM\"", "\"n\\u006fne\""}) {
        EXPECT_FALSE(verify_compact(none(alg) + ".", kEs256)) << alg;
        EXPECT_FALSE(verify_compact(none(alg) + ".AAAA", kEs256)) << alg;
        EXPECT_FALSE(verify_compact(token_with(std::string(R"({"alg":)") + alg + "}"), kEs256))
            << alg;
    }
    EXPECT_EQ(refusal(token_with(R"({"alg":"none"})")), ErrorCode::kTokenAlgorithm);
    EXPECT_EQ(refusal(token_with(R"({"typ":"JWT"})")), ErrorCode::kTokenMalformed);
}

// specs: JWB-01, JWB-06, NEG-50
TEST(Jws, Neg50RefusesHmacWithThePublicKey) {
    const auto jwk = Jwk{"", "RSA", "", "", rsa_key().public_key()};
    for (const auto& secret :
         {rsa_key().public_key().to_pem(), render_jwk(jwk).to_text(), std::string()}) {
        const auto input = base64url_encode(R"({"alg":"HS256"})") + "." + base64url_encode("{}");
        const auto token = input + "." + base64url_encode(crypto::hmac_sha256(secret, input));
        EXPECT_EQ(refusal(token, trusting(rsa_key(), SignatureAlgorithm::kRs256)),
                  ErrorCode::kTokenAlgorithm);
    }
}

// specs: JWB-02
TEST(Jws, Jwb02UsesAKeyWithOneAlgorithmOnly) {
    const auto token = sign_compact(rsa_key(), {SignatureAlgorithm::kPs256, "k"}, "{}").value();
    EXPECT_EQ(refusal(token, trusting(rsa_key(), SignatureAlgorithm::kRs256)),
              ErrorCode::kTokenAlgorithm);
    EXPECT_EQ(refusal(token, trusting(es_key(), SignatureAlgorithm::kPs256)),
              ErrorCode::kTokenAlgorithm);
    EXPECT_TRUE(verify_compact(token, trusting(rsa_key(), SignatureAlgorithm::kPs256)));
}

// specs: JWB-11, NEG-49
TEST(Jws, Neg49NeverUsesAKeyFromTheHeader) {
    const auto mine = crypto::PrivateKey::generate(KeyKind::kP256).value();
    const auto jwk = render_jwk(Jwk{"k", "EC", "ES256", "sig", mine.public_key()}).to_text();
    for (const auto& header : {R"({"alg":"ES256","jwk":)" + jwk + "}",
                               std::string(R"({"alg":"ES256","jku":"https://evil.example/jwks"})"),
                               std::string(R"({"alg":"ES256","x5u":"https://evil.example/x"})"),
                               std::string(R"({"alg":"ES256","x5c":["AAAA"]})")}) {
        const auto input = base64url_encode(header) + "." + base64url_encode("{}");
        const auto signature = crypto::sign(mine, SignatureAlgorithm::kEs256, input).value();
        EXPECT_EQ(refusal(input + "." + base64url_encode(signature)), ErrorCode::kTokenSignature);
    }
}

// specs: JWB-04, JWB-07, JWB-14, NEG-55
TEST(Jws, Neg55RefusesCriticalHeaders) {
    for (const auto* header :
         {R"({"alg":"ES256","crit":["x"],"x":1})", R"({"alg":"ES256","crit":[]})",
          R"({"alg":"ES256","crit":["alg"]})", R"({"alg":"ES256","crit":null})",
          R"({"alg":"ES256","b64":false,"crit":["b64"]})", R"({"alg":"ES256","b64":true})",
          R"({"alg":"ES256","b64":false})", R"({"alg":"ES256","zip":"DEF"})"})
        EXPECT_EQ(refusal(token_with(header)), ErrorCode::kTokenMalformed) << header;
}

// specs: JWB-08, NEG-57
TEST(Jws, Neg57RefusesDuplicateMembersAndForeignBytesInTheHeader) {
    for (const auto* header :
         {R"({"alg":"ES256","alg":"ES256"})", R"({"alg":"ES256","\u0061lg":"none"})",
          R"({"alg":"ES256","kid":"a","kid":"b"})", "\xEF\xBB\xBF{\"alg\":\"ES256\"}",
          R"({"alg":"ES256"} x)", R"({"alg":"ES256",})", R"(["ES256"])", R"("ES256")", "",
          "{\"alg\":\"ES256\",\"kid\":\"\xFF\"}"})
        EXPECT_EQ(refusal(token_with(header)), ErrorCode::kTokenMalformed) << header;
}

// specs: JWB-11, NEG-48
TEST(Jws, Neg48RefusesAKidThatIsNoShortName) {
    EXPECT_EQ(refusal(token_with(R"({"alg":"ES256","kid":1})")), ErrorCode::kTokenMalformed);
    EXPECT_EQ(refusal(token_with(R"({"alg":"ES256","kid":["a"]})")), ErrorCode::kTokenMalformed);
    EXPECT_EQ(refusal(token_with(R"({"alg":"ES256","kid":"a\nb"})")), ErrorCode::kTokenMalformed);
    EXPECT_EQ(refusal(token_with(R"({"alg":"ES256","kid":"a\u0000"})")),
              ErrorCode::kTokenMalformed);
    EXPECT_EQ(refusal(token_with(R"({"alg":"ES256","kid":")" + std::string(257, 'k') + "\"}")),
              ErrorCode::kTokenMalformed);
    EXPECT_EQ(refusal(token_with(R"({"alg":"ES256","kid":")" + std::string(8192, 'k') + "\"}")),
              ErrorCode::kTokenMalformed);
    EXPECT_TRUE(
        verify_compact(token_with(R"({"alg":"ES256","kid":"../../dev/null' OR 1=1 --"})"), kEs256))
        << "harmless: a kid is compared and nothing else";
}

// specs: JWB-15
TEST(Jws, Jwb15RefusesEveryOtherShape) {
    const auto good = token_with(R"({"alg":"ES256"})");
    ASSERT_TRUE(verify_compact(good, kEs256));
    const auto c = split_compact(good).value();
    const auto join = [](const auto&... parts) {
        std::string text;
        ((text += std::string(text.empty() ? "" : ".") + std::string(parts)), ...);
        return text;
    };
    for (const auto& text :
         {std::string(), std::string("."), std::string(".."), std::string("..."), good + ".",
          "." + good, good + "=", good + " ", " " + good, good + "\n",
          join(c.header_b64, c.payload_b64), join(c.header_b64, c.payload_b64, ""),
          join(c.header_b64, "", c.signature_b64), join(c.header_b64, c.payload_b64, "a b"),
          join(c.header_b64, c.payload_b64, c.signature_b64, c.signature_b64, c.signature_b64),
          join(c.header_b64, std::string(c.payload_b64) + "==", c.signature_b64),
          join(c.header_b64, c.payload_b64, "AA+/"),
          std::string(R"({"payload":"","signatures":[]})")})
        EXPECT_EQ(refusal(text), ErrorCode::kTokenMalformed) << text;
}

// specs: JWB-15
TEST(Jws, Jwb15RefusesSetBitsAfterTheLastByte) {
    auto token = token_with(R"({"alg":"ES256"})");
    // 64 bytes are 86 characters: the last one carries four bits that must be zero.
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const auto last = kAlphabet.find(token.back());
    ASSERT_EQ(last % 16, 0U);
    for (std::size_t bits = 1; bits < 16; ++bits) {
        token.back() = kAlphabet[last + bits];
        EXPECT_EQ(refusal(token), ErrorCode::kTokenMalformed);
    }
}

// specs: TOK-32, NEG-60
TEST(Jws, LengthEqualToTheBoundIsRead) {
    const auto header = base64url_encode(R"({"alg":"ES256"})");
    const auto room = kMaxCompactBytes - header.size() - 2 - 86;
    std::string payload(room / 4 * 3, 'x');
    auto input = header + "." + base64url_encode(payload);
    auto token =
        input + "." +
        base64url_encode(crypto::sign(es_key(), SignatureAlgorithm::kEs256, input).value());
    EXPECT_LE(token.size(), kMaxCompactBytes);
    EXPECT_TRUE(verify_compact(token, kEs256));
    EXPECT_EQ(refusal(std::string(kMaxCompactBytes + 1, '.')), ErrorCode::kTokenTooLong);
    EXPECT_EQ(refusal(std::string(kMaxCompactBytes, '.')), ErrorCode::kTokenMalformed);
}

// specs: JWB-04, NEG-53
TEST(Jws, Neg53AWrongSignatureIsItsOwnError) {
    auto token = token_with(R"({"alg":"ES256"})");
    token[token.size() - 20] = token[token.size() - 20] == 'A' ? 'B' : 'A';
    EXPECT_EQ(refusal(token), ErrorCode::kTokenSignature);
    EXPECT_EQ(refusal(token_with(R"({"alg":"ES256"})"),
                      trusting(crypto::PrivateKey::generate(KeyKind::kP256).value(),
                               SignatureAlgorithm::kEs256)),
              ErrorCode::kTokenSignature);
}

TEST(Jws, PeeksWithoutAKey) {
    const auto peeked = peek_compact(token_with(R"({"alg":"HS256"})", R"({"iss":"a"})"));
    ASSERT_TRUE(peeked);
    EXPECT_EQ(*peeked->claims.find_string("iss"), "a");
    EXPECT_FALSE(peeked->header.algorithm.has_value());
    EXPECT_FALSE(peek_compact(token_with(R"({"alg":"ES256"})", "[]")));
    EXPECT_FALSE(peek_compact(token_with(R"({"alg":"ES256"})", R"({"sub":"a","\u0073ub":"b"})")));
}

TEST(Jws, ComparesTypWithoutCaseAndPrefix) {
    Header header;
    EXPECT_FALSE(typ_is(header, ""));
    header.typ = "application/AT+jwt";
    EXPECT_TRUE(typ_is(header, "at+jwt"));
    EXPECT_TRUE(typ_is(header, "application/at+jwt"));
    EXPECT_FALSE(typ_is(header, "jwt"));
    header.typ = "application/x/at+jwt";
    EXPECT_FALSE(typ_is(header, "x/at+jwt"));
}

}  // namespace
}  // namespace cambist::jose
