// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "crypto/key.h"
#include "exchange/test_world.h"
#include "jose/jwk.h"

namespace cambist::clients {
namespace {

using crypto::KeyKind;
using crypto::SignatureAlgorithm;

// Which of a client's keys may have signed its assertion, and with what.
class AssertionKeysTest : public exchange::World {
  protected:
    struct Shown {
        std::string kid;
        std::string alg;
    };
    // robot publishes `key_` under each of these names.
    static std::string with_keys(const crypto::PrivateKey& key, const std::vector<Shown>& shown) {
        json::Array keys;
        for (const auto& one : shown)
            keys.push_back(jose::render_jwk({one.kid, "EC", one.alg, "sig", key.public_key()}));
        auto jwks = json::Value::object();
        jwks.set("keys", std::move(keys));
        return "use.jwks.string: \"true\", jwks.string: '" + jwks.to_text() + "'";
    }
    void apply_client(const std::string& attributes) {
        auto realm = std::string(exchange::kShopRealm);
        realm.replace(realm.find("clients:\n"), 9,
                      "clients:\n  - clientId: robot\n    clientAuthenticatorType: client-jwt\n"
                      "    serviceAccountsEnabled: true\n    attributes: {" +
                          attributes + "}\n");
        apply(realm);
    }
    std::string body(const std::string& kid) { return body(key_, kid); }
    std::string body(const crypto::PrivateKey& key, const std::string& kid,
                     SignatureAlgorithm algorithm = SignatureAlgorithm::kEs256) {
        auto claims = json::Value::object();
        claims.set("iss", "robot").set("sub", "robot").set("jti", make_uuid(random_));
        claims.set("aud", "https://id.example/realms/shop").set("exp", clock_.seconds + 60);
        return "grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:"
               "client-assertion-type:jwt-bearer&client_assertion=" +
               *jose::sign_compact(key, {algorithm, kid, "JWT"}, claims.to_text());
    }
    crypto::PrivateKey key_ = *crypto::PrivateKey::generate(KeyKind::kP256);
};

TEST_F(AssertionKeysTest, TheOnlyKeyNeedsNoNameAndOneOfSeveralDoes) {
    apply_client(with_keys(key_, {{"one", "ES256"}}));
    granted(body("one"));
    granted(body(""));
    apply_client(with_keys(key_, {{"one", "ES256"}, {"two", "ES256"}}));
    granted(body("two"));
    EXPECT_EQ(refused(body("")), ErrorCode::kClientAssertionInvalid);
    EXPECT_EQ(refused(body("three")), ErrorCode::kClientAssertionInvalid);
}

TEST_F(AssertionKeysTest, AKeySignsOnlyWithWhatItIsFor) {
    apply_client(with_keys(key_, {{"one", "ES256"}}));
    const auto rsa = *crypto::PrivateKey::generate(KeyKind::kRsa);
    EXPECT_EQ(refused(body(rsa, "one", SignatureAlgorithm::kRs256)),
              ErrorCode::kClientAssertionInvalid);
}

TEST_F(AssertionKeysTest, TheAlgorithmThatTheClientIsRegisteredForCounts) {
    const auto keys = with_keys(key_, {{"one", ""}});
    apply_client(keys + ", token.endpoint.auth.signing.alg: ES256");
    granted(body("one"));
    apply_client(keys + ", token.endpoint.auth.signing.alg: RS256");
    EXPECT_EQ(refused(body("one")), ErrorCode::kClientAssertionInvalid);
}

TEST_F(AssertionKeysTest, WithoutKeysNothingIsProven) {
    apply_client("");
    EXPECT_EQ(refused(body("one")), ErrorCode::kClientAssertionInvalid);
}

TEST_F(AssertionKeysTest, KeysThatCanNotBeFetchedAreNoFaultOfTheClient) {
    apply_client("use.jwks.url: \"true\", jwks.url: \"https://robot.example/keys\"");
    EXPECT_EQ(refused(body("one")), ErrorCode::kClientKeysUnavailable);
}

}  // namespace
}  // namespace cambist::clients
