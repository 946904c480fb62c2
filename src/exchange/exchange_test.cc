// SPDX-License-Identifier: Apache-2.0
#include "exchange/exchange.h"

#include <gtest/gtest.h>

#include "exchange/test_world.h"
#include "sessions/short_id.h"

namespace cambist::exchange {
namespace {

using ExchangeTest = World;

TEST_F(ExchangeTest, GivesATokenForAnotherAudience) {
    const auto subject = login();
    const auto issued = granted(exchange_body("orders", subject.access_token, "&audience=billing"));
    const auto claims = claims_of(issued.access_token);
    EXPECT_EQ(*claims.find_string("aud"), "billing");
    EXPECT_EQ(*claims.find_string("azp"), "orders");
    EXPECT_EQ(*claims.find_string("client_id"), "orders");
    EXPECT_EQ(*claims.find_string("scope"), "invoice:read");
    EXPECT_EQ(*claims.find_string("sub"), *claims_of(subject.access_token).find_string("sub"));
    EXPECT_EQ(*claims.find_string("sid"), *claims_of(subject.access_token).find_string("sid"));
    EXPECT_EQ(issued.issued_token_type, TokenType::kAccessToken);
    EXPECT_EQ(issued.token_type, "Bearer");
    EXPECT_EQ(issued.expires_in, 120);
    EXPECT_TRUE(issued.refresh_token.empty());
    EXPECT_EQ(claims.find("name"), nullptr);  // minimal claims
    EXPECT_EQ(claims.find("resource_access"), nullptr);
}

TEST_F(ExchangeTest, WritesItsRecordBeforeTheAnswer) {
    const auto subject = login();
    const auto issued = granted(exchange_body("orders", subject.access_token, "&audience=billing"));
    const auto all = records();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_TRUE(all[1].issued);
    EXPECT_EQ(all[1].client, "orders");
    EXPECT_EQ(all[1].subject_name, "alice");
    EXPECT_EQ(all[1].rules, std::vector<std::string>{"orders-to-billing"});
    EXPECT_EQ(all[1].issued_jti, *claims_of(issued.access_token).find_string("jti"));
    EXPECT_EQ(all[1].granted_audience, std::vector<std::string>{"billing"});
}

TEST_F(ExchangeTest, RecordsARefusalWithItsCause) {
    const auto subject = login();
    EXPECT_EQ(refused(exchange_body("orders", subject.access_token, "&audience=payroll")),
              ErrorCode::kNoRule);
    const auto record = records().back();
    EXPECT_FALSE(record.issued);
    EXPECT_EQ(record.error_code, "TX-TGT-01");
    EXPECT_EQ(record.audiences, std::vector<std::string>{"payroll"});
    ASSERT_FALSE(record.steps.empty());
    EXPECT_FALSE(record.steps.back().passed);
}

TEST_F(ExchangeTest, IssuesNothingThatCanNotBeRecorded) {
    const auto subject = login();
    store_.fail_commits(true);
    EXPECT_EQ(refused(exchange_body("orders", subject.access_token, "&audience=billing")),
              ErrorCode::kStoreUnavailable);
    store_.fail_commits(false);
    EXPECT_EQ(records().size(), 1U);
}

TEST_F(ExchangeTest, RefusesASubjectThatNoRuleSelects) {
    EXPECT_EQ(refused(exchange_body("orders", login("bob").access_token, "&audience=billing")),
              ErrorCode::kRuleSubjectNotSelected);
}

TEST_F(ExchangeTest, RefusesATokenThatWasNotMeantForTheRequester) {
    EXPECT_EQ(refused(exchange_body("gateway", login().access_token, "")),
              ErrorCode::kNotInAudience);
}

TEST_F(ExchangeTest, RefusesAClientThatHasNoRule) {
    EXPECT_EQ(refused(exchange_body("stranger", login().access_token, "&audience=billing")),
              ErrorCode::kExchangeNotEnabled);
}

TEST_F(ExchangeTest, RefusesAClientThatHasNoRuleBeforeItLooksAtTheToken) {
    EXPECT_EQ(refused(exchange_body("stranger", "no token at all", "")),
              ErrorCode::kExchangeNotEnabled);
    const auto steps = records().back().steps;
    ASSERT_FALSE(steps.empty());
    EXPECT_EQ(steps.back().stage, "client");
    EXPECT_FALSE(steps.back().passed);
}

TEST_F(ExchangeTest, RefusesAPublicClientBeforeItLooksAtTheToken) {
    EXPECT_EQ(refused("grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=web"
                      "&subject_token=x&subject_token_type="
                      "urn:ietf:params:oauth:token-type:access_token"),
              ErrorCode::kPublicClientExchange);
}

TEST_F(ExchangeTest, NeverOutlivesTheSubjectToken) {
    const auto subject = login();
    clock_.seconds += 250;  // 50 of 300 seconds are left
    const auto issued = granted(exchange_body("orders", subject.access_token, "&audience=billing"));
    EXPECT_EQ(issued.expires_in, 50);
    clock_.seconds += 50;  // expiry equal to now is expired
    EXPECT_EQ(refused(exchange_body("orders", subject.access_token, "&audience=billing")),
              ErrorCode::kSubjectTokenExpired);
}

TEST_F(ExchangeTest, IssuesAnIdTokenThatIsNoAccessToken) {
    const auto issued = granted(exchange_body("orders", login().access_token,
                                              "&audience=billing&requested_token_type="
                                              "urn:ietf:params:oauth:token-type:id_token"));
    EXPECT_EQ(issued.token_type, "N_A");
    EXPECT_EQ(issued.issued_token_type, TokenType::kIdToken);
    EXPECT_EQ(*claims_of(issued.access_token).find_string("typ"), "ID");
}

TEST_F(ExchangeTest, GivesAnIdTokenOnlyToWhoAsksForOpenid) {
    const auto subject = login();
    const auto plain = granted(exchange_body("orders", subject.access_token, "&audience=billing"));
    EXPECT_TRUE(plain.id_token.empty());
    const auto asked = granted(exchange_body("orders", subject.access_token,
                                             "&audience=billing&scope=openid+invoice:read"));
    EXPECT_FALSE(asked.id_token.empty());
}

TEST_F(ExchangeTest, AStrangersWordsDoNotFillTheAuditTrail) {
    const std::string long_text(250, 'x');
    std::string body =
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
        "&client_id=nobody&client_secret=x&subject_token=t&subject_token_type=" +
        std::string(urn_of(TokenType::kAccessToken));
    for (int i = 0; i < 16; ++i) body += "&audience=" + std::to_string(i) + long_text;
    EXPECT_EQ(refused(body), ErrorCode::kClientUnknown);
    EXPECT_LT(audit::render_record(records().back()).size(), 1500U);
}

TEST_F(ExchangeTest, ARefusedShapeIsRecordedWithItsGrantAndClaimedClient) {
    EXPECT_EQ(refused(exchange_body("orders", "t", "&requested_issuer=google")),
              ErrorCode::kParameterNotSupported);
    const auto record = records().back();
    EXPECT_EQ(record.grant, name_of(GrantType::kTokenExchange));
    EXPECT_EQ(record.client, "");
    ASSERT_FALSE(record.steps.empty());
    EXPECT_EQ(record.steps.front().text, "claims to be orders");
}

TEST_F(ExchangeTest, ATokenForAResourceIsMeantForTheClientBehindIt) {
    auto realm = std::string(kShopRealm);
    realm.replace(realm.find("included.client.audience: orders,"), 33,
                  "included.custom.audience: \"https://orders.example/api\",");
    realm.replace(realm.find("attributes: { cambist.diagnostics: \"on\" }"), 41,
                  "attributes: { resource_url: \"https://orders.example/api\" }");
    apply(realm);
    const auto subject = login();
    granted(exchange_body("orders", subject.access_token, "&audience=billing"));
}

TEST_F(ExchangeTest, DiesWithTheTokenItCameFrom) {
    const auto subject = login();
    const auto issued = granted(exchange_body("orders", subject.access_token, "&audience=billing"));
    const auto snapshot = realms_.find("shop");
    ASSERT_TRUE(
        tokens_.verify(*snapshot, issued.access_token, TokenType::kAccessToken, clock_.now()));
    const auto jti = *claims_of(subject.access_token).find_string("jti");
    ASSERT_TRUE(revocations_.add(
        "shop", {RevocationKind::kToken, sessions::short_id(jti), 0, clock_.seconds + 1000}));
    const auto dead =
        tokens_.verify(*snapshot, issued.access_token, TokenType::kAccessToken, clock_.now());
    ASSERT_FALSE(dead);
    EXPECT_EQ(dead.error().code, ErrorCode::kSubjectTokenRevoked);
}

TEST_F(ExchangeTest, TellsAllMissingParametersAtOnce) {
    const auto outcome = serve(
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=orders"
        "&client_secret=orders-secret");
    ASSERT_FALSE(outcome.response);
    EXPECT_EQ(outcome.response.error().text(),
              "Missing parameter: subject_token, subject_token_type.");
}

TEST_F(ExchangeTest, KeycloaksSwitchReachesWhatTheClientScopesYield) {
    auto realm = std::string(kShopRealm);
    realm.replace(realm.find("orders, \"invoice:read\"]"), 6, "gateway-aud");
    realm.replace(realm.find("clientScopes:\n"), 14,
                  "clientScopes:\n  - name: gateway-aud\n    protocolMappers:\n      - name: g\n"
                  "        protocolMapper: oidc-audience-mapper\n"
                  "        config: { included.client.audience: gateway, "
                  "access.token.claim: \"true\" }\n");
    apply(realm);
    const auto subject = login();
    const auto issued = granted(exchange_body(
        "gateway", subject.access_token,
        "&audience=reports&requested_token_type=urn:ietf:params:oauth:token-type:refresh_token"));
    EXPECT_EQ(issued.token_type, "N_A");
    EXPECT_TRUE(issued.refresh_token.empty());
    EXPECT_EQ(refused(exchange_body("gateway", subject.access_token, "&audience=billing")),
              ErrorCode::kTargetNotReachable);
    const auto again = granted(
        "grant_type=refresh_token&client_id=gateway&client_secret="
        "gateway-secret&refresh_token=" +
        issued.access_token);
    EXPECT_EQ(*claims_of(again.access_token).find_string("aud"), "reports");
    EXPECT_EQ(refused("grant_type=refresh_token&client_id=orders&client_secret=orders-secret"
                      "&refresh_token=" +
                      again.refresh_token),
              ErrorCode::kRefreshTokenOfAnotherClient);
}

// A rule that lets orders refresh what it got for billing, three times within ten minutes.
class BoundedRefreshTest : public World {
  protected:
    BoundedRefreshTest() { apply_with("revokeRefreshToken: true", ", maxUses: 3, maxAge: 10m"); }

    void apply_with(const std::string& setting, const std::string& bounds) {
        std::string realm(kShopRealm);
        const auto put = [&](std::string_view at, const std::string& text) {
            realm.replace(realm.find(at), at.size(), text);
        };
        put("bruteForceProtected: true", "bruteForceProtected: true\n" + setting);
        put("tokenTypes: [access_token, id_token]",
            "tokenTypes: [access_token, id_token, refresh_token]\n"
            "      refresh: { kind: bounded" +
                bounds + " }");
        apply(realm);
    }
    TokenResponse first() {
        auto issued = granted(exchange_body("orders", login().access_token,
                                            "&audience=billing&requested_token_type="
                                            "urn:ietf:params:oauth:token-type:refresh_token"));
        // In the strict dialect it travels alone, in access_token.
        issued.refresh_token = issued.access_token;
        issued.refresh_expires_in = issued.expires_in;
        return issued;
    }
    static std::string refresh_body(const std::string& token) {
        return "grant_type=refresh_token&client_id=orders&client_secret=orders-secret"
               "&refresh_token=" +
               token;
    }
    RefreshFamily family_of(const TokenResponse& response) {
        const auto found = families_.find(*realms_.find("shop")->realm, response.refresh_token);
        EXPECT_TRUE(found && found->has_value());
        return found && found->has_value() ? (*found)->family : RefreshFamily{};
    }
};

TEST_F(BoundedRefreshTest, ARefreshTokenWorksAsOftenAsItsRuleSays) {
    auto token = first().refresh_token;
    for (int i = 0; i < 3; ++i) {
        const auto again = granted(refresh_body(token));
        EXPECT_EQ(*claims_of(again.access_token).find_string("aud"), "billing");
        EXPECT_NE(again.refresh_token, token);
        token = again.refresh_token;
    }
    const auto outcome = serve(refresh_body(token));
    ASSERT_FALSE(outcome.response);
    EXPECT_EQ(outcome.response.error().code, ErrorCode::kRefreshUsesSpent);
    EXPECT_EQ(outcome.walk.record.error_code, "TX-RT-14");
}

TEST_F(BoundedRefreshTest, NothingOfAFamilyOutlivesTheMaxAgeOfItsRule) {
    const auto issued = first();
    EXPECT_EQ(issued.refresh_expires_in, 600);
    clock_.seconds += 550;
    const auto again = granted(refresh_body(issued.refresh_token));
    EXPECT_EQ(again.refresh_expires_in, 50);
    EXPECT_EQ(again.expires_in, 50);
    clock_.seconds += 49;
    const auto last = granted(refresh_body(again.refresh_token));
    EXPECT_EQ(last.refresh_expires_in, 1);
    clock_.seconds += 1;
    EXPECT_EQ(refused(refresh_body(last.refresh_token)), ErrorCode::kRefreshTokenExpired);
}

TEST_F(BoundedRefreshTest, AFamilyKeepsTheRuleOfItsFirstIssue) {
    const auto issued = first();
    EXPECT_EQ(family_of(issued).rule, RuleId("orders-to-billing"));
    const auto again = granted(refresh_body(issued.refresh_token));
    const auto family = family_of(again);
    EXPECT_EQ(family.rule, RuleId("orders-to-billing"));
    EXPECT_EQ(family.grant_of_origin, GrantType::kTokenExchange);
    EXPECT_EQ(family.uses, 1);
    EXPECT_EQ(family.not_after, family.created + 600);
}

TEST_F(BoundedRefreshTest, ABoundThatCameLaterHoldsForOldFamiliesToo) {
    auto token = granted(refresh_body(first().refresh_token)).refresh_token;
    apply_with("revokeRefreshToken: true", ", maxUses: 1");
    EXPECT_EQ(refused(refresh_body(token)), ErrorCode::kRefreshUsesSpent);
    apply_with("revokeRefreshToken: true", "");
    token = granted(refresh_body(token)).refresh_token;
    token = granted(refresh_body(token)).refresh_token;
    EXPECT_EQ(refused(refresh_body(token)), ErrorCode::kRefreshUsesSpent);  // three at its start
}

TEST_F(BoundedRefreshTest, WithoutRotationTheSameTokenComesBackWithItsNewEnd) {
    apply_with("revokeRefreshToken: false", ", maxUses: 2");
    const auto issued = first();
    clock_.seconds += 100;
    for (int i = 0; i < 2; ++i) {
        const auto again = granted(refresh_body(issued.refresh_token));
        EXPECT_EQ(again.refresh_token, issued.refresh_token);
        EXPECT_EQ(again.refresh_expires_in, 1800);  // the idle time starts again
    }
    EXPECT_EQ(refused(refresh_body(issued.refresh_token)), ErrorCode::kRefreshUsesSpent);
}

using GrantsTest = World;

TEST_F(GrantsTest, ARefreshTokenThatIsUsedTwiceEndsItsFamily) {
    const auto first = login();
    const std::string body = "grant_type=refresh_token&client_id=web&refresh_token=";
    const auto second = granted(body + first.refresh_token);
    EXPECT_NE(second.refresh_token, first.refresh_token);
    EXPECT_EQ(refused(body + first.refresh_token), ErrorCode::kRefreshTokenReused);
    EXPECT_EQ(refused(body + second.refresh_token), ErrorCode::kRefreshTokenInvalid);
    // What the family gave is dead too.
    EXPECT_EQ(refused(exchange_body("orders", second.access_token, "&audience=billing")),
              ErrorCode::kSubjectTokenRevoked);
}

TEST_F(GrantsTest, AServiceAccountGetsATokenWithoutSessionAndRefreshToken) {
    const auto issued =
        granted("grant_type=client_credentials&client_id=orders&client_secret=orders-secret");
    const auto claims = claims_of(issued.access_token);
    EXPECT_EQ(claims.find("sid"), nullptr);
    EXPECT_TRUE(issued.refresh_token.empty());
    EXPECT_FALSE(issued.issued_token_type.has_value());
    EXPECT_EQ(*claims.find_string("clientAddress"), "127.0.0.1");
    EXPECT_EQ(*claims.find_string("clientHost"), "127.0.0.1");
    EXPECT_EQ(refused("grant_type=client_credentials&client_id=stranger"
                      "&client_secret=stranger-secret"),
              ErrorCode::kGrantNotAllowed);
    EXPECT_EQ(refused("grant_type=client_credentials&client_id=web"),
              ErrorCode::kPublicClientGrant);
}

TEST_F(GrantsTest, ThePasswordGrantIsForClientsThatHaveTheSwitchOnly) {
    EXPECT_EQ(refused("grant_type=password&client_id=stranger&client_secret=stranger-secret"
                      "&username=alice&password=alice-password"),
              ErrorCode::kGrantNotAllowed);
}

TEST_F(GrantsTest, GuessingAPasswordLocksTheUserOut) {
    const std::string wrong = "grant_type=password&client_id=web&username=alice&password=wrong";
    for (int i = 0; i < 3; ++i) {
        clock_.seconds += 5;
        EXPECT_EQ(refused(wrong), ErrorCode::kUserCredentialsWrong) << i;
    }
    clock_.seconds += 5;
    EXPECT_EQ(refused("grant_type=password&client_id=web&username=alice&password=alice-password"),
              ErrorCode::kUserLocked);
}

TEST_F(GrantsTest, LogOutEndsEveryTokenOfTheSession) {
    const auto first = login();
    const auto sid = *claims_of(first.access_token).find_string("sid");
    ASSERT_TRUE(sessions_.end(*realms_.find("shop")->realm, SessionId(sid), clock_.now()));
    EXPECT_EQ(
        refused("grant_type=refresh_token&client_id=web&refresh_token=" + first.refresh_token),
        ErrorCode::kRefreshTokenInvalid);
    const auto code = refused(exchange_body("orders", first.access_token, "&audience=billing"));
    EXPECT_TRUE(code == ErrorCode::kSubjectSessionEnded || code == ErrorCode::kSubjectTokenRevoked);
}

}  // namespace
}  // namespace cambist::exchange
