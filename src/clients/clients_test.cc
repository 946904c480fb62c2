// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/base64url.h"
#include "crypto/key.h"
#include "exchange/test_world.h"
#include "jose/jwk.h"

namespace cambist::clients {
namespace {

using exchange::World;

std::string basic(const std::string& pair) { return "Basic " + base64_encode(pair); }

Result<Presented> present(std::string_view body, const std::string& authorization = {}) {
    return parse_presented(*Form::parse(body), {.address = "127.0.0.1",
                                                .secure = true,
                                                .origin = {},
                                                .authorization = authorization,
                                                .dpop = {},
                                                .certificates = {}});
}

struct BasicCase {
    const char* name;
    const char* pair;
    const char* id;
    const char* secret;
};
class Basic : public testing::TestWithParam<BasicCase> {};

// RFC 6749 section 2.3.1 and appendix B.
// specs: TOK-18
TEST_P(Basic, IsFormDecodedAfterBase64) {
    const auto presented = present("", basic(GetParam().pair));
    ASSERT_TRUE(presented) << presented.error().describe();
    EXPECT_EQ(presented->client_id.text(), GetParam().id);
    EXPECT_EQ(presented->secret.expose(), GetParam().secret);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, Basic,
    testing::Values(BasicCase{"Plain", "orders:s3cret", "orders", "s3cret"},
                    BasicCase{"ColonInSecret", "orders:a%3Ab", "orders", "a:b"},
                    BasicCase{"ColonInId", "a%3Ab:c", "a:b", "c"},
                    BasicCase{"RawColonInSecret", "orders:a:b", "orders", "a:b"},
                    BasicCase{"PlusIsASpace", "orders:a+b", "orders", "a b"},
                    BasicCase{"Percent", "orders:100%25", "orders", "100%"},
                    BasicCase{"NotAscii", "orders:gr%C3%BC%C3%9Fe", "orders",
                              "gr\xc3\xbc\xc3\x9f"
                              "e"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Presented, RefusesWhatIsNoBasicHeader) {
    for (const auto& header :
         {std::string("Bearer x"), std::string("Basic"), std::string("Basic !!"), basic("no-colon"),
          basic("orders:%zz"), basic(":secret"), basic("a:b") + ", " + basic("c:d")}) {
        const auto presented = present("", header);
        ASSERT_FALSE(presented) << header;
        EXPECT_EQ(presented.error().code, ErrorCode::kAuthorizationHeaderMalformed) << header;
    }
}

// specs: TOK-17
TEST(Presented, RefusesTwoMethodsAtOnce) {
    const auto presented = present("client_id=orders&client_secret=x", basic("orders:x"));
    ASSERT_FALSE(presented);
    EXPECT_EQ(presented.error().code, ErrorCode::kClientAuthenticatedTwice);
}

// specs: TOK-21
TEST(Presented, RefusesAClientIdThatNamesAnotherClient) {
    EXPECT_TRUE(present("client_id=orders", basic("orders:x")));
    const auto presented = present("client_id=other", basic("orders:x"));
    ASSERT_FALSE(presented);
    EXPECT_EQ(presented.error().code, ErrorCode::kClientIdMismatch);
}

TEST(Presented, NeedsAnAssertionTypeBesideAnAssertion) {
    EXPECT_EQ(present("client_assertion=x").error().code, ErrorCode::kUnpairedParameter);
    EXPECT_EQ(present("client_assertion=x&client_assertion_type=y").error().code,
              ErrorCode::kClientAssertionInvalid);
}

using ClientsTest = World;

TEST_F(ClientsTest, AnUnknownClientAndAWrongSecretShareOneNeutralRow) {
    const auto unknown = refused("grant_type=client_credentials&client_id=nobody&client_secret=x");
    const auto wrong = refused("grant_type=client_credentials&client_id=orders&client_secret=x");
    EXPECT_EQ(unknown, ErrorCode::kClientUnknown);
    EXPECT_EQ(wrong, ErrorCode::kClientSecretWrong);
    EXPECT_EQ(error_row(unknown).neutral, error_row(wrong).neutral);
}

TEST_F(ClientsTest, AConfidentialClientIsNothingWithoutItsSecret) {
    EXPECT_EQ(refused("grant_type=client_credentials&client_id=orders"),
              ErrorCode::kClientSecretWrong);
    EXPECT_EQ(refused("grant_type=client_credentials"), ErrorCode::kClientCredentialsMissing);
    EXPECT_EQ(refused("grant_type=client_credentials&client_id=billing"),
              ErrorCode::kClientBearerOnly);
}

TEST_F(ClientsTest, AClientThatIsDisabledOrNotServedIsRefusedBeforeItsSecretIsLookedAt) {
    auto realm = std::string(exchange::kShopRealm);
    realm.replace(realm.find("clients:\n"), 9,
                  "clients:\n  - clientId: retired\n    secret: x\n    enabled: false\n"
                  "  - clientId: assertions\n    secret: x\n    protocol: saml\n");
    apply(realm);
    EXPECT_EQ(refused("grant_type=client_credentials&client_id=retired&client_secret=wrong"),
              ErrorCode::kClientDisabled);
    EXPECT_EQ(refused("grant_type=client_credentials&client_id=assertions&client_secret=wrong"),
              ErrorCode::kClientNotServed);
}

TEST_F(ClientsTest, AClientWithoutASecretCanNotAuthenticateByOne) {
    auto realm = std::string(exchange::kShopRealm);
    realm.replace(realm.find("clients:\n"), 9, "clients:\n  - clientId: bare\n");
    apply(realm);
    EXPECT_EQ(refused("grant_type=client_credentials&client_id=bare&client_secret="),
              ErrorCode::kClientSecretWrong);
}

TEST_F(ClientsTest, APublicClientThatSendsASecretIsNotTakenForIt) {
    EXPECT_EQ(refused("grant_type=password&client_id=web&client_secret=x&username=alice"
                      "&password=alice-password"),
              ErrorCode::kClientMethodMismatch);
}

// A client that is registered for private_key_jwt, with a key made here.
class AssertionTest : public World {
  protected:
    AssertionTest() {
        auto jwks = json::Value::object();
        auto jwk = jose::render_jwk({"k1", "EC", "ES256", "sig", key_.public_key()});
        jwks.set("keys", json::Array{std::move(jwk)});
        auto realm = std::string(exchange::kShopRealm);
        const std::string client =
            "clients:\n  - clientId: robot\n    clientAuthenticatorType: client-jwt\n"
            "    serviceAccountsEnabled: true\n    attributes:\n      use.jwks.string: \"true\"\n"
            "      jwks.string: '" +
            jwks.to_text() + "'\n";
        realm.replace(realm.find("clients:\n"), 9, client);
        apply(realm);
    }
    json::Value claims() {
        auto out = json::Value::object();
        out.set("iss", "robot");
        out.set("sub", "robot");
        out.set("aud", "https://id.example/realms/shop");
        out.set("jti", make_uuid(random_));
        out.set("iat", clock_.seconds);
        out.set("exp", clock_.seconds + 60);
        return out;
    }
    std::string body(const json::Value& claims, std::string_view typ = "JWT") {
        return body(*jose::sign_compact(key_, {crypto::SignatureAlgorithm::kEs256, "k1", typ},
                                        claims.to_text()));
    }
    static std::string body(const std::string& assertion) {
        return "grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:"
               "client-assertion-type:jwt-bearer&client_assertion=" +
               assertion;
    }
    crypto::PrivateKey key_ = *crypto::PrivateKey::generate(crypto::KeyKind::kP256);
};

TEST_F(AssertionTest, AuthenticatesWithAFreshAssertionOnce) {
    const auto assertion = body(claims());
    granted(assertion);
    EXPECT_EQ(refused(assertion), ErrorCode::kClientAssertionReplayed);
}

struct ClaimCase {
    const char* name;
    const char* claim;
    json::Value value;
};
class AssertionClaims : public AssertionTest, public testing::WithParamInterface<ClaimCase> {};

TEST_P(AssertionClaims, AreChecked) {
    auto bad = claims();
    if (GetParam().value.is_null())
        bad.erase(GetParam().claim);
    else
        bad.set(GetParam().claim, GetParam().value);
    // Another issuer's token proves only a client that is registered with that issuer.
    const bool is_of_another = GetParam().claim == std::string_view("iss") && bad.find("iss");
    EXPECT_EQ(refused(body(bad)),
              is_of_another ? ErrorCode::kClientUnknown : ErrorCode::kClientAssertionInvalid);
}
constexpr std::int64_t kStart = 1'800'000'000;
INSTANTIATE_TEST_SUITE_P(
    Cases, AssertionClaims,
    testing::Values(
        ClaimCase{"OtherIssuer", "iss", "other"}, ClaimCase{"NoIssuer", "iss", nullptr},
        ClaimCase{"OtherAudience", "aud", "https://other.example"},
        ClaimCase{"TokenEndpointAsAudience", "aud",
                  "https://id.example/realms/shop/protocol/openid-connect/token"},
        ClaimCase{"TwoAudiences", "aud",
                  json::Array{"https://id.example/realms/shop", "https://other.example"}},
        ClaimCase{"NoAudience", "aud", nullptr}, ClaimCase{"Expired", "exp", kStart - 16},
        ClaimCase{"NoExpiry", "exp", nullptr}, ClaimCase{"ExpiryFarAhead", "exp", kStart + 3600},
        ClaimCase{"ExpiryAsText", "exp", "1800000060"},
        ClaimCase{"NotYetValid", "nbf", kStart + 60},
        ClaimCase{"IssuedInTheFuture", "iat", kStart + 60}, ClaimCase{"NoJti", "jti", nullptr}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(AssertionTest, IsRefusedWhenAnotherKeySignedIt) {
    const auto other = *crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    EXPECT_EQ(refused(body(*jose::sign_compact(other, {crypto::SignatureAlgorithm::kEs256, "k1"},
                                               claims().to_text()))),
              ErrorCode::kClientAssertionInvalid);
}

TEST_F(AssertionTest, IsRefusedWhenItIsATokenOfAnotherKind) {
    for (const auto* typ : {"at+jwt", "oauth-id-jag+jwt", "oauth-authz-req+jwt", "txntoken+jwt"})
        EXPECT_EQ(refused(body(claims(), typ)), ErrorCode::kClientAssertionInvalid) << typ;
    granted(body(claims(), "client-authentication+jwt"));
}

TEST_F(AssertionTest, IsRefusedUnsigned) {
    const auto unsigned_text = base64url_encode(R"({"alg":"none","kid":"k1"})") + "." +
                               base64url_encode(claims().to_text()) + ".";
    EXPECT_EQ(refused(body(unsigned_text)), ErrorCode::kClientAssertionInvalid);
}

TEST_F(AssertionTest, ABadAssertionDoesNotBurnTheJti) {
    auto bad = claims();
    bad.set("aud", "https://other.example");
    auto good = bad;
    good.set("aud", "https://id.example/realms/shop");
    refused(body(bad));
    granted(body(good));
}

TEST_F(AssertionTest, AClientOfSecretsCanNotUseAnAssertionNorTheOtherWayRound) {
    auto other = claims();
    other.set("iss", "orders");
    other.set("sub", "orders");
    EXPECT_EQ(refused(body(other)), ErrorCode::kClientMethodMismatch);
    EXPECT_EQ(refused("grant_type=client_credentials&client_id=robot&client_secret=x"),
              ErrorCode::kClientMethodMismatch);
}

}  // namespace
}  // namespace cambist::clients
