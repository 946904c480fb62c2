// SPDX-License-Identifier: Apache-2.0
#include "jose/jwe.h"
#include "json/parse.h"
#include "tokens/answer_jwt.h"
#include "tokens/encryption.h"
#include "tokens/inspect.h"
#include "tokens/test_realm.h"
#include "trust/client_keys.h"

// Answers that are signed or encrypted, and are no tokens.
namespace cambist::tokens {
namespace {

class AnswersTest : public TestRealm {
  protected:
    AnswersTest() { keys_.push_back(make_key("k2", "EdDSA")), publish(); }

    static json::Value document() { return json::Value::object().set("sub", "u1"); }
    static jose::UnverifiedJws peeked(const Result<std::string>& text) {
        EXPECT_TRUE(text.has_value()) << text.error().describe();
        return *jose::peek_compact(*text);
    }
};

TEST_F(AnswersTest, UserinfoIsSignedForItsClientWithTheAlgorithmItAskedFor) {
    const auto usual = peeked(sign_userinfo(snapshot_, served("web"), document()));
    EXPECT_EQ(usual.header.alg, "ES256");
    EXPECT_EQ(*usual.claims.find_string("iss"), kIssuer);
    EXPECT_EQ(*usual.claims.find_string("aud"), "web");
    EXPECT_EQ(*usual.claims.find_string("sub"), "u1");
    client("web").userinfo_algorithm = "EdDSA";
    publish();
    EXPECT_EQ(peeked(sign_userinfo(snapshot_, served("web"), document())).header.alg, "EdDSA");
}

// RFC 9701 section 8.1: what is introspected could else be used as the token that it describes.
TEST_F(AnswersTest, ASignedAnswerDoesNotPassForAToken) {
    for (const auto& text :
         {sign_userinfo(snapshot_, served("web"), document()),
          sign_introspection(snapshot_, served("api"), good_claims().to_text(), from_unix(kNow))})
        for (const auto type : {TokenType::kAccessToken, TokenType::kIdToken, TokenType::kJwt})
            EXPECT_FALSE(verify(text.value(), type).has_value());
}

TEST_F(AnswersTest, AnIntrospectionAnswerIsForItsCallerAndHoldsTheDocumentApart) {
    client("api").introspection_algorithm = "EdDSA";
    publish();
    const auto signed_answer = peeked(
        sign_introspection(snapshot_, served("api"), R"({"active":false})", from_unix(kNow)));
    EXPECT_EQ(signed_answer.header.typ, "token-introspection+jwt");
    EXPECT_EQ(signed_answer.header.alg, "EdDSA");
    EXPECT_EQ(*signed_answer.claims.find_string("aud"), "api");
    EXPECT_EQ(signed_answer.claims.find("iat")->as_int64(), kNow);
    EXPECT_EQ(signed_answer.claims.find("token_introspection")->to_text(), R"({"active":false})");
}

TEST_F(AnswersTest, ClaimsAreSignedAgainInTheFormOfTheirHolder) {
    const ClientId web("web");
    EXPECT_EQ(peeked(sign_access_claims(snapshot_, web, good_claims())).header.typ, "JWT");
    client("web").rfc9068_header = true;
    publish();
    EXPECT_EQ(peeked(sign_access_claims(snapshot_, web, good_claims())).header.typ, "at+jwt");
    const auto gone = sign_access_claims(snapshot_, ClientId("gone"), good_claims());
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, ErrorCode::kInternal);
}

TEST_F(AnswersTest, WithoutAKeyForTheAlgorithmThereIsNoAnswer) {
    client("web").userinfo_algorithm = "RS256";
    publish();
    const auto refused = sign_userinfo(snapshot_, served("web"), document());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kSigningKeyMissing);
}

TEST_F(AnswersTest, WhatIsEncryptedOnlyTheClientCanRead) {
    const auto key = *crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    auto jwks = json::Value::object();
    jwks.set("keys", json::Array{jose::render_jwk({"e1", "EC", "", "enc", key.public_key()})});
    client("web").jwks = jwks.to_text();
    publish();
    const trust::ClientKeys keys(nullptr);
    const ResponseEncryption wish{"ECDH-ES+A128KW", "A128GCM"};
    const auto jwt = sign(good_claims());
    const auto text = encrypt_for(keys, served("web"), wish, jwt, random_);
    ASSERT_TRUE(text) << text.error().describe();
    const auto opened = jose::decrypt_compact(
        *text,
        [&](const jose::JweHeader& header) -> Result<jose::DecryptionKey> {
            EXPECT_EQ(header.kid, "e1");
            EXPECT_EQ(header.cty, "JWT");
            return jose::DecryptionKey{key, jose::find_key_management(header.alg)};
        },
        random_);
    ASSERT_TRUE(opened) << opened.error().describe();
    EXPECT_EQ(opened->plaintext.expose(), jwt);
}

TEST_F(AnswersTest, NothingIsSentInClearWhenItCanNotBeEncrypted) {
    const trust::ClientKeys keys(nullptr);
    const auto code = [&](const ResponseEncryption& wish) {
        const auto text = encrypt_for(keys, served("web"), wish, "jwt", random_);
        return text ? ErrorCode::kNotFound : text.error().code;
    };
    EXPECT_EQ(code({"RSA-OAEP-256", "A128GCM"}), ErrorCode::kEncryptionKeyMissing);
    EXPECT_EQ(code({"RSA1_5", "A128GCM"}), ErrorCode::kInternal);
    EXPECT_EQ(code({"RSA-OAEP-256", "none"}), ErrorCode::kInternal);
}

}  // namespace
}  // namespace cambist::tokens
