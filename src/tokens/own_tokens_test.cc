// SPDX-License-Identifier: Apache-2.0
#include "tokens/own_tokens.h"

#include <gmock/gmock.h>

#include "base/base64url.h"
#include "crypto/digest.h"
#include "json/parse.h"
#include "sessions/short_id.h"
#include "tokens/hidden_actors.h"
#include "tokens/test_realm.h"

namespace cambist::tokens {
namespace {

using enum ErrorCode;
using testing::HasSubstr;

json::Value parsed(std::string_view text) { return *json::parse(text); }

class OwnTokensTest : public TestRealm {
  protected:
    std::string good() const { return sign(good_claims()); }
    ErrorCode refusal_of(std::string_view claim, json::Value value) const {
        auto claims = good_claims();
        claims.set(std::string(claim), std::move(value));
        return refusal(sign(claims));
    }
    ErrorCode refusal_without(std::string_view claim) const {
        auto claims = good_claims();
        EXPECT_TRUE(claims.erase(claim));
        return refusal(sign(claims));
    }
    // A token with a header of our making, signed by our key all the same.
    std::string with_header(const std::string& header) const {
        const auto input =
            base64url_encode(header) + "." + base64url_encode(good_claims().to_text());
        const auto& key = keys_.front();
        return input + "." + base64url_encode(*crypto::sign(key.key, key.signature, input));
    }
};

TEST_F(OwnTokensTest, AGoodAccessTokenYieldsAllItsFacts) {
    auto claims = good_claims();
    claims.set("act", parsed(R"({"sub":"agent","client_id":"agent","act":{"sub":"u1"}})"));
    claims.set("may_act", parsed(R"({"sub":"desk"})"));
    claims.set("cnf", parsed(R"({"jkt":"x"})"));
    claims.set("xp", parsed(R"(["a","b"])")).set("acr", "1").set("auth_time", kNow - 10);
    const auto text = sign(claims);
    const auto token = verify(text);
    ASSERT_TRUE(token.has_value()) << token.error().describe();
    const auto& facts = token->facts();
    EXPECT_EQ(facts.type, TokenType::kAccessToken);
    EXPECT_EQ(facts.issuer, kIssuer);
    EXPECT_EQ(facts.subject.text(), "u1");
    EXPECT_EQ(facts.audience, std::vector<std::string>{"api"});
    EXPECT_EQ(facts.holder.text(), "web");
    EXPECT_EQ(facts.scopes, (std::vector<std::string>{"openid", "orders"}));
    EXPECT_EQ(facts.issued_at, kNow);
    EXPECT_EQ(facts.expires_at, kNow + 300);
    EXPECT_EQ(facts.auth_time, kNow - 10);
    EXPECT_EQ(facts.acr, "1");
    EXPECT_EQ(facts.jti, "onrtro:1");
    EXPECT_EQ(facts.session, session_.id);
    EXPECT_EQ(facts.xid, "tree");
    EXPECT_EQ(facts.xp, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(facts.act, R"({"sub":"agent","client_id":"agent","act":{"sub":"u1"}})");
    EXPECT_EQ(facts.may_act, R"({"sub":"desk"})");
    EXPECT_TRUE(facts.is_bound);
    EXPECT_FALSE(facts.is_lightweight);
    EXPECT_EQ(facts.hash, crypto::sha256_base64url(text));
    EXPECT_EQ(parsed(facts.claims), claims);
    EXPECT_EQ(token->subject()->user->username, "alice");
}

// specs: ATJ-01
TEST_F(OwnTokensTest, AnAccessTokenMayBeDeclaredAsJwtAndHaveTheHeaderOfRfc9068) {
    const auto as_jwt = verify(good(), TokenType::kJwt);
    ASSERT_TRUE(as_jwt.has_value());
    EXPECT_EQ(as_jwt->facts().type, TokenType::kJwt);
    EXPECT_TRUE(verify(sign(good_claims(), "at+jwt")).has_value());
    EXPECT_TRUE(verify(sign(good_claims(), "application/at+jwt")).has_value());
}

TEST_F(OwnTokensTest, ExpiryEqualToNowIsExpired) {
    EXPECT_TRUE(verify(good(), TokenType::kAccessToken, kNow + 299).has_value());
    EXPECT_EQ(refusal(good(), kNow + 300), kSubjectTokenExpired);
    EXPECT_THAT(hint_, HasSubstr("0 s ago"));
    EXPECT_EQ(refusal(good(), kNow + 360), kSubjectTokenExpired);
    EXPECT_THAT(hint_, HasSubstr("60 s ago"));
}

TEST_F(OwnTokensTest, NotBeforeEqualToNowIsValid) {
    auto claims = good_claims();
    claims.set("nbf", kNow);
    EXPECT_TRUE(verify(sign(claims)).has_value());
    EXPECT_EQ(refusal_of("nbf", kNow + 1), kSubjectTokenNotYetValid);
}

// specs: JWB-16
TEST_F(OwnTokensTest, ClaimsOfAnotherFormAreRefusedByName) {
    struct Case {
        const char* claim;
        const char* value;
    };
    const std::vector<Case> cases{{"exp", R"("1700000300")"},
                                  {"exp", "1700000300.5"},
                                  {"exp", "-1"},
                                  {"exp", "null"},
                                  {"exp", "1e300"},
                                  {"iat", "true"},
                                  {"nbf", R"("0")"},
                                  {"auth_time", "[]"},
                                  {"sub", "7"},
                                  {"sub", R"("")"},
                                  {"jti", "{}"},
                                  {"aud", "7"},
                                  {"aud", "[]"},
                                  {"aud", R"(["api",7])"},
                                  {"azp", "[]"},
                                  {"scope", R"(["a"])"},
                                  {"scope", R"("a  b")"},
                                  {"sid", "1"},
                                  {"xid", "1"},
                                  {"xp", "1"},
                                  {"act", R"("agent")"},
                                  {"act", "null"},
                                  {"act", "[]"},
                                  {"act", R"({"sub":"a","act":"b"})"},
                                  {"act", R"({"iss":"a"})"},
                                  {"act", R"({"sub":"a","act":{}})"},
                                  {"may_act", R"([{}])"},
                                  {"may_act", R"("x")"},
                                  {"cnf", R"("x")"},
                                  {"typ", "1"}};
    for (const auto& item : cases) {
        EXPECT_EQ(refusal_of(item.claim, parsed(item.value)), kSubjectTokenClaims)
            << item.claim << " " << item.value;
        EXPECT_THAT(hint_, HasSubstr(item.claim)) << item.value;
    }
}

// specs: JWB-16
TEST_F(OwnTokensTest, MissingClaimsAreRefused) {
    for (const auto* claim : {"exp", "iat", "jti", "sub", "iss"}) {
        EXPECT_EQ(refusal_without(claim), kSubjectTokenClaims) << claim;
        EXPECT_THAT(hint_, HasSubstr(claim));
    }
    EXPECT_EQ(refusal_without("typ"), kSubjectTypeMismatch);
    EXPECT_EQ(refusal_without("azp"), kSubjectTokenClientDisabled);
}

// specs: JWB-08, NEG-57
TEST_F(OwnTokensTest, DuplicateClaimsAreRefusedThoughRightlySigned) {
    auto payload = good_claims().to_text();
    payload.insert(1, R"("\u0073ub":"admin",)");
    EXPECT_EQ(refusal(sign_with(keys_.front(), payload)), kSubjectTokenClaims);
}

TEST_F(OwnTokensTest, AnotherIssuerIsNamedBeforeAnyWordOfSignatures) {
    auto claims = good_claims();
    claims.set("iss", "https://accounts.example.org");
    const auto stranger = make_key("k9", "ES256");
    EXPECT_EQ(refusal(sign_with(stranger, claims.to_text())), kSubjectTokenIssuer);
    EXPECT_THAT(hint_, HasSubstr("https://accounts.example.org"));
    EXPECT_THAT(hint_, HasSubstr(std::string(kIssuer)));
    EXPECT_EQ(refusal_of("iss", "http://keycloak:8080/realms/shop"), kSubjectTokenIssuer);
    EXPECT_THAT(hint_, HasSubstr("another host name"));
    EXPECT_EQ(refusal_of("iss", std::string(kIssuer) + "/"), kSubjectTokenIssuer);
}

// specs: JWB-09, NEG-34
TEST_F(OwnTokensTest, ATokenOfAnotherRealmWithTheSameKeyIsRefused) {
    EXPECT_EQ(refusal_of("iss", "https://id.example.com/realms/other"), kSubjectTokenIssuer);
}

// specs: JWB-09
TEST_F(OwnTokensTest, AnUnknownOrMissingKidIsSaidSo) {
    const auto stranger = make_key("k9", "ES256");
    EXPECT_EQ(refusal(sign_with(stranger, good_claims().to_text())), kSubjectTokenKeyUnknown);
    EXPECT_THAT(hint_, HasSubstr("k9"));
    EXPECT_EQ(refusal(with_header(R"({"alg":"ES256"})")), kSubjectTokenKeyUnknown);
}

TEST_F(OwnTokensTest, AForeignKeyUnderOurKidHasTheWrongSignature) {
    EXPECT_EQ(refusal(sign_with(make_key("k1", "ES256"), good_claims().to_text())),
              kSubjectTokenSignature);
}

// specs: NEG-41
TEST_F(OwnTokensTest, EverySingleChangeOfATokenIsNoticed) {
    const auto text = good();
    for (std::size_t i = 0; i < text.size(); i += 7) {
        auto changed = text;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(verify(changed).has_value()) << i;
        EXPECT_FALSE(verify(text.substr(0, i)).has_value()) << i;
    }
    EXPECT_FALSE(verify(text + "A").has_value());
}

// specs: JWB-01, JWB-03, NEG-51
TEST_F(OwnTokensTest, SwappedAlgorithmsAreRefused) {
    struct Case {
        const char* header;
        ErrorCode code;
    };
    const std::vector<Case> cases{
        {R"({"alg":"RS256","kid":"k1"})", kSubjectTokenAlgorithm},
        {R"({"alg":"ES384","kid":"k1"})", kSubjectTokenAlgorithm},
        {R"({"alg":"HS256","kid":"k1"})", kSubjectTokenAlgorithm},
        {R"({"alg":"none","kid":"k1"})", kSubjectTokenAlgorithm},
        {R"({"alg":"None","kid":"k1"})", kSubjectTokenAlgorithm},
        {R"({"alg":"es256","kid":"k1"})", kSubjectTokenAlgorithm},
        {R"({"kid":"k1"})", kSubjectTokenMalformed},
        {R"({"alg":["ES256"],"kid":"k1"})", kSubjectTokenMalformed},
        {R"({"alg":"ES256","kid":7})", kSubjectTokenMalformed},
        {R"({"alg":"ES256","kid":"k1","crit":["exp"],"exp":1})", kSubjectTokenMalformed},
        {R"({"alg":"ES256","alg":"ES256","kid":"k1"})", kSubjectTokenMalformed}};
    for (const auto& item : cases)
        EXPECT_EQ(refusal(with_header(item.header)), item.code) << item.header;
    EXPECT_TRUE(verify(with_header(R"({"alg":"ES256","kid":"k1"})")).has_value());
}

// specs: MET-12
TEST_F(OwnTokensTest, AKeyServesAsLongAsItIsPassiveAndNoLonger) {
    const auto text = good();
    keys_.front().state = KeyState::kPassive;
    publish();
    EXPECT_TRUE(verify(text).has_value());
    keys_.front().state = KeyState::kDisabled;
    publish();
    EXPECT_EQ(refusal(text), kSubjectTokenKeyUnknown);
}

TEST_F(OwnTokensTest, TextsThatAreNoJwtAreRecognised) {
    struct Case {
        const char* text;
        ErrorCode code;
        const char* hint;
    };
    const std::vector<Case> cases{
        {"", kSubjectTokenNotAJwt, "empty"},
        {"cr_abc", ErrorCode::kSubjectTypeMismatch, "you sent a refresh token declared as"},
        {"cat_abc", ErrorCode::kSubjectTokenUnknown, "an opaque access token of this server"},
        {"abcdefghijklmnopqrst", kSubjectTokenNotAJwt, "opaque text of 20 characters"},
        {"eyJhbGciOiJSU0EifQ.a.b.c.d", kSubjectTokenNotAJwt, "an encrypted JWT"},
        {"<saml:Assertion/>", kSubjectTokenNotAJwt, "XML"},
        {"Bearer", kSubjectTokenNotAJwt, "opaque"},
        {"eyJhbGciOiJFUzI1NiJ9.e30 .AA", kSubjectTokenMalformed, "white space"},
        {"eyJ!.e30.AA", kSubjectTokenMalformed, "cut off or was changed"}};
    for (const auto& item : cases) {
        EXPECT_EQ(refusal(item.text), item.code) << item.text;
        EXPECT_THAT(hint_, HasSubstr(item.hint)) << item.text;
    }
}

TEST_F(OwnTokensTest, SixteenKibAreEnough) {
    EXPECT_EQ(refusal(std::string(16 * 1024 + 1, 'a')), kSubjectTokenTooLong);
    EXPECT_EQ(refusal(std::string(16 * 1024, 'a')), kSubjectTokenNotAJwt);
}

// specs: JWB-13, NEG-30, NEG-31, NEG-36
TEST_F(OwnTokensTest, ATokenOfAnotherTypeThanDeclaredIsRefused) {
    struct Case {
        const char* kind;
        const char* header;
        TokenType declared;
        const char* hint;
    };
    const std::vector<Case> cases{
        {"ID", "JWT", TokenType::kAccessToken, "you sent an ID token"},
        {"ID", "JWT", TokenType::kJwt, "you sent an ID token"},
        {"ID", "at+jwt", TokenType::kIdToken, "declared as id_token"},
        {"Bearer", "JWT", TokenType::kIdToken, "you sent an access token"},
        {"Bearer", "JWT", TokenType::kRefreshToken, "declared as refresh_token"},
        {"Bearer", "logout+jwt", TokenType::kAccessToken, ""},
        {"Refresh", "JWT", TokenType::kAccessToken, "a refresh token"},
        {"Refresh", "JWT", TokenType::kRefreshToken, ""},
        {"Logout", "JWT", TokenType::kAccessToken, "a logout token"},
        {"Logout", "logout+jwt", TokenType::kIdToken, "a logout token"},
        {"bearer", "JWT", TokenType::kAccessToken, "another kind"}};
    for (const auto& item : cases) {
        auto claims = good_claims();
        claims.set("typ", item.kind);
        const auto token = verify(sign(claims, item.header), item.declared);
        ASSERT_FALSE(token.has_value()) << item.kind << item.header;
        EXPECT_EQ(token.error().code, kSubjectTypeMismatch) << item.kind << item.header;
        EXPECT_THAT(token.error().hint, HasSubstr(item.hint));
    }
}

TEST_F(OwnTokensTest, VerifyAnyTakesAccessAndIdTokensAndNothingElse) {
    auto claims = good_claims();
    const auto any = [&] { return tokens_.verify_any(snapshot_, sign(claims), from_unix(kNow)); };
    ASSERT_TRUE(any().has_value());
    EXPECT_EQ(any()->facts().type, TokenType::kAccessToken);
    claims.set("typ", "ID");
    ASSERT_TRUE(any().has_value());
    EXPECT_EQ(any()->facts().type, TokenType::kIdToken);
    claims.set("typ", "Logout");
    EXPECT_FALSE(any().has_value());
}

TEST_F(OwnTokensTest, ADisabledOrMissingHolderIsRefused) {
    EXPECT_EQ(refusal_of("azp", "nobody"), kSubjectTokenClientDisabled);
    client("web").enabled = false;
    publish();
    EXPECT_EQ(refusal(good()), kSubjectTokenClientDisabled);
}

TEST_F(OwnTokensTest, ADisabledOrMissingUserIsRefused) {
    auto gone = good_claims();
    gone.set("sub", "u2").erase("sid");
    EXPECT_EQ(refusal(sign(gone)), kSubjectDisabled);
    auto disabled = user();
    disabled.enabled = false;
    put(disabled);
    EXPECT_EQ(refusal(good()), kSubjectDisabled);
}

TEST_F(OwnTokensTest, AServiceAccountFallsWithItsClient) {
    User account;
    account.id = UserId("sa");
    account.username = "service-account-agent";
    account.service_account_of = ClientId("agent");
    put(account);
    auto claims = good_claims();
    claims.set("sub", "sa").erase("sid");
    EXPECT_TRUE(verify(sign(claims)).has_value());
    client("agent").enabled = false;
    publish();
    EXPECT_EQ(refusal(sign(claims)), kSubjectDisabled);
}

// specs: NEG-05
TEST_F(OwnTokensTest, NotBeforeOfRealmClientAndUserAllCount) {
    realm_.not_before = kNow;
    publish();
    EXPECT_TRUE(verify(good()).has_value());
    realm_.not_before = kNow + 1;
    publish();
    EXPECT_EQ(refusal(good()), kSubjectTokenRevoked);
    realm_.not_before = 0;
    client("web").not_before = kNow + 1;
    publish();
    EXPECT_EQ(refusal(good()), kSubjectTokenRevoked);
    client("web").not_before = 0;
    publish();
    auto strict = user();
    strict.not_before = kNow + 1;
    put(strict);
    EXPECT_EQ(refusal(good()), kSubjectTokenRevoked);
    EXPECT_THAT(hint_, HasSubstr("of the user"));
}

TEST_F(OwnTokensTest, AnEndedSessionEndsItsTokens) {
    EXPECT_TRUE(verify(good()).has_value());
    ASSERT_TRUE(sessions_.end(*snapshot_.realm, session_.id, from_unix(kNow)).has_value());
    EXPECT_EQ(refusal(good()), kSubjectSessionEnded);
}

TEST_F(OwnTokensTest, ASessionThatIsNotTheTokensIsRefused) {
    EXPECT_EQ(refusal_of("sid", "unknown"), kSubjectSessionEnded);
    EXPECT_EQ(refusal_of("iat", kNow - 11), kSubjectSessionEnded);
    User other;
    other.id = UserId("u2");
    other.username = "bob";
    put(other);
    EXPECT_EQ(refusal_of("sub", "u2"), kSubjectSessionEnded);
}

TEST_F(OwnTokensTest, ARevokedAncestorRevokesTheToken) {
    auto claims = good_claims();
    claims.set("xp", sessions::short_id("root"));
    EXPECT_TRUE(verify(sign(claims)).has_value());
    const Revocation root{RevocationKind::kToken, sessions::short_id("root"), 0, kNow + 1000};
    ASSERT_TRUE(revocations_.add("shop", root).has_value());
    EXPECT_EQ(refusal(sign(claims)), kSubjectTokenRevoked);
    EXPECT_TRUE(verify(good()).has_value());
}

// specs: NEG-72
TEST_F(OwnTokensTest, ARevokedOrDisabledActorEndsWhatItActsWith) {
    auto claims = good_claims();
    claims.set("act",
               parsed(R"({"sub":"desk","iss":"https://other","act":{"sub":"agent",)"
                      R"("client_id":"agent","iss":"https://id.example.com/realms/shop"}})"));
    EXPECT_TRUE(verify(sign(claims)).has_value());
    client("agent").enabled = false;
    publish();
    EXPECT_EQ(refusal(sign(claims)), kSubjectTokenRevoked);
    client("agent").enabled = true;
    publish();
    const Revocation actor{RevocationKind::kActor, "agent", kNow, kNow + 1000};
    ASSERT_TRUE(revocations_.add("shop", actor).has_value());
    EXPECT_EQ(refusal(sign(claims)), kSubjectTokenRevoked);
}

TEST_F(OwnTokensTest, AnActorWhomTheTokenHidesIsAskedForAsOneWhomItNames) {
    const std::string chain =
        R"({"sub":"agent","client_id":"agent","iss":"https://id.example.com/realms/shop","hidden":true})";
    auto claims = good_claims();
    claims.set("xact", *seal_actors(box_, "shop", chain, random_));
    const auto token = verify(sign(claims));
    ASSERT_TRUE(token.has_value());
    EXPECT_EQ(token->facts().act, chain);
    client("agent").enabled = false;
    publish();
    EXPECT_EQ(refusal(sign(claims)), kSubjectTokenRevoked);
    client("agent").enabled = true;
    publish();
    EXPECT_TRUE(verify(sign(claims)).has_value());
    claims.set("xact", *seal_actors(box_, "other", chain, random_));
    EXPECT_EQ(refusal(sign(claims)), kSubjectTokenRevoked);
    claims.set("xact", "nonsense");
    EXPECT_EQ(refusal(sign(claims)), kSubjectTokenRevoked);
}

TEST_F(OwnTokensTest, AnIdTokenOfALogInServesPastItsEndAndNotPastTheLogIn) {
    auto claims = good_claims();
    claims.set("typ", "ID").set("aud", "web").set("exp", kNow - 10).set("ds_hash", "hash");
    EXPECT_EQ(verify(sign(claims), TokenType::kIdToken).error().code, kSubjectTokenExpired);
    const auto token = tokens_.verify_login(snapshot_, sign(claims), from_unix(kNow));
    ASSERT_TRUE(token.has_value()) << token.error().describe();
    EXPECT_EQ(token->facts().device_hash, "hash");
    EXPECT_EQ(token->facts().expires_at, 0);
    EXPECT_EQ(tokens_.verify_login(snapshot_, good(), from_unix(kNow)).error().code,
              kSubjectTypeMismatch);
    ASSERT_TRUE(sessions_.end(*snapshot_.realm, session_.id, from_unix(kNow)).has_value());
    EXPECT_EQ(tokens_.verify_login(snapshot_, sign(claims), from_unix(kNow)).error().code,
              kSubjectSessionEnded);
}

TEST_F(OwnTokensTest, ACachedSignatureDoesNotOutliveKeyStateOrTime) {
    const SignatureCache cache(2);
    const OwnTokens cached(identities_, sessions_, revocations_, &cache);
    const auto text = good();
    const auto code = [&](std::int64_t now) {
        const auto token = cached.verify(snapshot_, text, TokenType::kAccessToken, from_unix(now));
        return token ? kInternal : token.error().code;
    };
    EXPECT_EQ(code(kNow), kInternal);
    EXPECT_EQ(cache.size(), 1U);
    EXPECT_EQ(code(kNow), kInternal);
    EXPECT_EQ(code(kNow + 300), kSubjectTokenExpired);
    client("web").enabled = false;
    publish();
    EXPECT_EQ(code(kNow), kSubjectTokenClientDisabled);
    client("web").enabled = true;
    keys_.front().state = KeyState::kDisabled;
    publish();
    EXPECT_EQ(code(kNow), kSubjectTokenKeyUnknown);
    keys_.front() = make_key("k1", "ES256");
    publish();
    EXPECT_EQ(code(kNow), kSubjectTokenSignature);
}

TEST_F(OwnTokensTest, TheSignatureCacheIsBoundedAndHoldsNothingBad) {
    const SignatureCache cache(3);
    const OwnTokens cached(identities_, sessions_, revocations_, &cache);
    for (int i = 0; i < 10; ++i) {
        auto claims = good_claims();
        claims.set("jti", "t" + std::to_string(i));
        const auto text = sign(claims);
        EXPECT_TRUE(
            cached.verify(snapshot_, text, TokenType::kAccessToken, from_unix(kNow)).has_value());
        auto forged = text;
        forged.back() = forged.back() == 'A' ? 'Q' : 'A';
        EXPECT_FALSE(
            cached.verify(snapshot_, forged, TokenType::kAccessToken, from_unix(kNow)).has_value());
    }
    EXPECT_EQ(cache.size(), 3U);
}

}  // namespace
}  // namespace cambist::tokens
