// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/base64url.h"
#include "clients/secrets.h"
#include "crypto/digest.h"
#include "exchange/test_world.h"

namespace cambist::clients {
namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";  // 32 bytes
constexpr std::string_view kOldSecret = "an older secret of thirty-two by";

// A client that is registered for client_secret_jwt.
class SecretJwtTest : public exchange::World {
  protected:
    SecretJwtTest() { apply_client(kSecret, ""); }
    void apply_client(std::string_view secret, const std::string& attributes) {
        auto realm = std::string(exchange::kShopRealm);
        const std::string client =
            "clients:\n  - clientId: robot\n    clientAuthenticatorType: client-secret-jwt\n"
            "    serviceAccountsEnabled: true\n    secret: \"" +
            std::string(secret) + "\"\n    attributes: {" + attributes + "}\n";
        realm.replace(realm.find("clients:\n"), 9, client);
        apply(realm);
    }
    json::Value claims() {
        auto out = json::Value::object();
        out.set("iss", "robot");
        out.set("sub", "robot");
        out.set("aud", "https://id.example/realms/shop");
        out.set("jti", make_uuid(random_));
        out.set("exp", clock_.seconds + 60);
        return out;
    }
    static std::string body_of(const json::Value& claims, std::string_view alg,
                               std::string_view secret = kSecret) {
        const auto hash = alg == "HS512"   ? crypto::Hash::kSha512
                          : alg == "HS384" ? crypto::Hash::kSha384
                                           : crypto::Hash::kSha256;
        const auto input = base64url_encode(R"({"alg":")" + std::string(alg) + "\"}") + "." +
                           base64url_encode(claims.to_text());
        return "grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:"
               "client-assertion-type:jwt-bearer&client_assertion=" +
               input + "." + base64url_encode(crypto::hmac(hash, secret, input));
    }
    std::string body(std::string_view alg, std::string_view secret = kSecret) {
        return body_of(claims(), alg, secret);
    }
};

TEST_F(SecretJwtTest, AuthenticatesOnceWithAnAssertionUnderTheSecret) {
    const auto assertion = body("HS256");
    granted(assertion);
    EXPECT_EQ(refused(assertion), ErrorCode::kClientAssertionReplayed);
}

TEST_F(SecretJwtTest, ASecretShorterThanTheHashIsRefused) {
    for (const auto* alg : {"HS384", "HS512"})
        EXPECT_EQ(refused(body(alg)), ErrorCode::kClientAssertionInvalid) << alg;
    const std::string longer = std::string(kSecret) + std::string(kSecret);
    apply_client(longer, "");
    for (const auto* alg : {"HS256", "HS384", "HS512"}) granted(body(alg, longer));
}

TEST_F(SecretJwtTest, TheRegisteredAlgorithmIsTheOnlyOne) {
    const std::string longer = std::string(kSecret) + std::string(kSecret);
    apply_client(longer, "token.endpoint.auth.signing.alg: HS512");
    granted(body("HS512", longer));
    for (const auto* alg : {"HS256", "HS384"})
        EXPECT_EQ(refused(body(alg, longer)), ErrorCode::kClientAssertionInvalid) << alg;
}

TEST_F(SecretJwtTest, TheAlgorithmThatTheClientIsRegisteredForCounts) {
    EXPECT_EQ(refused(body("HS1")), ErrorCode::kClientAssertionInvalid);
    const std::string secret(64, 's');
    apply_client(secret, "token.endpoint.auth.signing.alg: HS512");
    granted(body("HS512", secret));
    EXPECT_EQ(refused(body("HS256", secret)), ErrorCode::kClientAssertionInvalid);
    EXPECT_EQ(refused(body("HS1", secret)), ErrorCode::kClientAssertionInvalid);
}

TEST_F(SecretJwtTest, AnotherSecretIsRefusedAndBurnsNoJti) {
    const auto once = claims();
    EXPECT_EQ(refused(body_of(once, "HS256", kOldSecret)), ErrorCode::kClientAssertionInvalid);
    granted(body_of(once, "HS256"));
}

TEST_F(SecretJwtTest, AnAsymmetricSignatureOrASecretIsAnotherMethod) {
    const auto key = *crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    const auto assertion =
        *jose::sign_compact(key, {crypto::SignatureAlgorithm::kEs256, "k"}, claims().to_text());
    EXPECT_EQ(refused("grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:"
                      "client-assertion-type:jwt-bearer&client_assertion=" +
                      assertion),
              ErrorCode::kClientMethodMismatch);
    EXPECT_EQ(refused("grant_type=client_credentials&client_id=robot&client_secret=" +
                      std::string(kSecret)),
              ErrorCode::kClientMethodMismatch);
}

TEST_F(SecretJwtTest, ARotatedSecretSignsUntilItExpires) {
    apply_client(kSecret, "client.secret.rotated: " + std::string(kOldSecret) +
                              ", client.secret.rotated.expiration.time: \"1800000010\"");
    granted(body("HS256", kOldSecret));
    clock_.seconds += 10;
    EXPECT_EQ(refused(body("HS256", kOldSecret)), ErrorCode::kClientAssertionInvalid);
    granted(body("HS256"));
}

Client with_secrets() {
    Client client;
    client.secret = std::make_shared<const Secret>("new");
    client.rotated_secret = std::make_shared<const Secret>("old");
    client.rotated_secret_expires = 1000;
    return client;
}

TEST(LiveSecrets, TheOldOneEndsWithItsSecond) {
    const auto client = with_secrets();
    EXPECT_EQ((*live_secrets(client, from_unix(999)))[1], client.rotated_secret.get());
    EXPECT_EQ((*live_secrets(client, from_unix(1000)))[1], nullptr);
}

TEST(LiveSecrets, AnOldOneWithoutAnEndDoesNotServe) {
    auto client = with_secrets();
    client.rotated_secret_expires = 0;
    EXPECT_EQ((*live_secrets(client, from_unix(1)))[1], nullptr);
}

TEST(LiveSecrets, WhenTheNewOneHasExpiredTheOldOneIsNoWayAround) {
    auto client = with_secrets();
    client.secret_expires = 500;
    EXPECT_TRUE(live_secrets(client, from_unix(499)));
    EXPECT_EQ(live_secrets(client, from_unix(500)).error().code, ErrorCode::kClientSecretExpired);
}

}  // namespace
}  // namespace cambist::clients
