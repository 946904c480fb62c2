// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "crypto/digest.h"
#include "exchange/test_world.h"

// Who acts for whom, and what is handed over: what an exchange does beside the plain one.
namespace cambist::exchange {
namespace {

using testing::HasSubstr;

constexpr std::string_view kClients = R"(  - clientId: spa
    publicClient: true
    redirectUris: ["https://spa.example/*"]
    webOrigins: ["https://spa.example"]
    defaultClientScopes: [basic, profile]
  - clientId: twin
    secret: twin-secret
    serviceAccountsEnabled: true
)";
constexpr std::string_view kRules = R"(
  - id: agent
    owner: payroll
    effect: permit
    requester: { clients: [orders] }
    subject: { tokenTypes: [access_token], issuers: [self], binding: audience, users: { any: true } }
    actor: { clients: [orders] }
    target: { audiences: [payroll] }
    result: { mode: delegation, tokenTypes: [access_token, refresh_token], refresh: bounded, lifetime: 2m, mayAct: { client: twin } }
  - id: desk
    owner: reports
    effect: permit
    requester: { clients: [orders] }
    subject: { tokenTypes: [access_token], issuers: [self], binding: audience, users: { grantedBy: subject } }
    actor: { users: { groups: [/staff] } }
    target: { audiences: [reports] }
    result: { mode: switch-subject, tokenTypes: [access_token], lifetime: 2m, mayAct: { user: bob } }
  - id: night
    owner: payroll
    effect: permit
    requester: { clients: [twin] }
    subject: { naked: true, users: { any: true } }
    target: { audiences: [payroll] }
    result: { mode: switch-subject, tokenTypes: [access_token], lifetime: 2m, perDay: 2 }
    risk: { reason: test, expires: 2099-01-01 }
  - id: hand
    owner: spa
    effect: permit
    requester: { clients: [orders] }
    subject: { tokenTypes: [access_token], issuers: [self], binding: audience, users: { any: true } }
    target: { audiences: [spa] }
    result:
      mode: same-subject
      tokenTypes: [handoff, id_token]
      scopes: { allow: [openid] }
      holder: target
      session: create
      refresh: bounded
      statements: { acr: ["2"], amr: [otp, pwd] }
)";

class ActingTest : public World {
  protected:
    ActingTest() { apply(realm()); }

    static std::string realm() {
        auto text = std::string(kShopRealm).append(kRules);
        return text.insert(text.find("groups:\n"), kClients);
    }
    std::string token_of(const std::string& client) {
        return granted("grant_type=client_credentials&client_id=" + client +
                       "&client_secret=" + client + "-secret")
            .access_token;
    }
    static std::string with_actor(const std::string& token) {
        return "&actor_token=" + token +
               "&actor_token_type=urn:ietf:params:oauth:token-type:access_token";
    }
    UserId id_of(const std::string& username) {
        return store_.users().find_by_username("shop", username).value()->id;
    }
    // Bob lets alice act for him.
    void let_alice() {
        Relation grant;
        grant.id = "grant-1";
        grant.kind = kGrantKind;
        grant.actor = {EndKind::kUser, id_of("alice").text()};
        grant.subject = {EndKind::kUser, id_of("bob").text()};
        ASSERT_TRUE(store_.commit({"shop", {store::AddRelation{grant}}}));
    }
};

TEST_F(ActingTest, AnActorIsNamedInTheTokenAndInTheRecordAndAtTheRefresh) {
    const auto body = exchange_body("orders", login("bob").access_token,
                                    "&audience=payroll" + with_actor(token_of("orders")));
    const auto claims = claims_of(granted(body).access_token);
    EXPECT_EQ(*claims.find("act")->find_string("client_id"), "orders");
    EXPECT_EQ(*claims.find("may_act")->find_string("client_id"), "twin");
    EXPECT_EQ(records().back().actor_name, "service-account-orders");
    const auto family =
        granted(body + "&requested_token_type=urn:ietf:params:oauth:token-type:refresh_token");
    const auto again = granted(
        "grant_type=refresh_token&client_id=orders&client_secret=orders-secret&refresh_token=" +
        family.access_token);
    EXPECT_EQ(*claims_of(again.access_token).find("act")->find_string("client_id"), "orders");
    EXPECT_EQ(records().back().actor_name, "service-account-orders");
}

TEST_F(ActingTest, WhoPresentsHisTokenActsForWhomHeAsksIfHeWasGrantedThat) {
    const auto body =
        exchange_body("orders", login().access_token, "&audience=reports&requested_subject=bob");
    EXPECT_EQ(refused(body), ErrorCode::kRuleSubjectNotSelected);
    let_alice();
    const auto claims = claims_of(granted(body).access_token);
    EXPECT_EQ(*claims.find_string("sub"), id_of("bob").text());
    EXPECT_EQ(*claims.find("act")->find_string("sub"), id_of("alice").text());
    EXPECT_EQ(*claims.find("may_act")->find_string("sub"), id_of("bob").text());
    EXPECT_EQ(claims.find("sid"), nullptr) << "nothing of her log-in is his";
}

TEST_F(ActingTest, ASubjectThatIsNotThereReadsAsOneThatMayNotBeHad) {
    const auto token = login().access_token;
    EXPECT_EQ(refused(exchange_body("orders", token, "&audience=reports&requested_subject=carol")),
              ErrorCode::kRequestedSubjectUnknown);
    EXPECT_EQ(refused(exchange_body("orders", token, "&audience=nowhere&requested_subject=carol")),
              ErrorCode::kRequestedSubjectUnknown)
        << "what a stranger may not tell apart";
}

TEST_F(ActingTest, WhoMayActNextMustBeThere) {
    let_alice();
    const auto alice = login().access_token;
    auto changed = realm();
    changed.replace(changed.find("mayAct: { user: bob }"), 21, "mayAct: { user: alice }");
    apply(changed);
    granted(exchange_body("orders", alice, "&audience=reports&requested_subject=bob"));
    changed = realm();
    changed.replace(changed.find("mayAct: { user: bob }"), 21, "mayAct: { user: zoe }");
    apply(changed);
    EXPECT_EQ(refused(exchange_body("orders", alice, "&audience=reports&requested_subject=bob")),
              ErrorCode::kActorNotSelected);
}

TEST_F(ActingTest, WithoutATokenTheClientActsAsOftenADayAsTheRuleSays) {
    const std::string body =
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=twin"
        "&client_secret=twin-secret&audience=payroll&requested_subject=bob";
    const auto claims = claims_of(granted(body).access_token);
    EXPECT_EQ(*claims.find("act")->find_string("client_id"), "twin");
    EXPECT_EQ(records().back().actor, "twin");
    granted(body);
    EXPECT_EQ(refused(body), ErrorCode::kDailyLimitReached);
    clock_.seconds += 86400;
    granted(body);
}

constexpr std::string_view kVerifier = "a-verifier-of-43-characters-at-the-very-least";
constexpr std::string_view kHandOffType = "urn:cambist:params:oauth:token-type:handoff";

class HandOffTest : public ActingTest {
  protected:
    std::string terms() {
        return "&audience=spa&requested_token_type=" + std::string(kHandOffType) +
               "&code_challenge_method=S256&code_challenge=" + crypto::sha256_base64url(kVerifier);
    }
    std::string making(const std::string& more) {
        return exchange_body("orders", login().access_token, more);
    }
    static std::string redeeming(const std::string& code, const std::string& more = {}) {
        return "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=spa"
               "&subject_token=" +
               code + "&subject_token_type=" + std::string(kHandOffType) +
               "&code_verifier=" + std::string(kVerifier) + more;
    }
};

TEST_F(HandOffTest, GivesItsClientTokensAndASessionOfItsOwnOnce) {
    const auto made = granted(making(terms() + "&acr=2&amr=otp+pwd&scope=openid" +
                                     "&redirect_uri=https://spa.example/done"));
    EXPECT_EQ(made.token_type, "N_A");
    const auto body = redeeming(made.access_token, "&redirect_uri=https://spa.example/done");
    const auto tokens = granted(body);
    const auto claims = claims_of(tokens.access_token);
    EXPECT_EQ(*claims.find_string("azp"), "spa");
    EXPECT_EQ(*claims.find_string("acr"), "2");
    EXPECT_EQ(*claims.find("act")->find_string("client_id"), "orders");
    granted("grant_type=refresh_token&client_id=spa&refresh_token=" + tokens.refresh_token);
    EXPECT_EQ(refused(body), ErrorCode::kHandOffTaken);
    EXPECT_FALSE(
        serve("grant_type=refresh_token&client_id=spa&refresh_token=" + tokens.refresh_token)
            .response)
        << "whoever shows a code twice may have stolen it";
}

TEST_F(HandOffTest, WantsAChallengeThatProtects) {
    const auto challenge = crypto::sha256_base64url(kVerifier);
    const std::string start = "&audience=spa&requested_token_type=" + std::string(kHandOffType);
    EXPECT_EQ(refused(making(start)), ErrorCode::kMissingParameter);
    EXPECT_EQ(refused(making(start + "&code_challenge=" + challenge)), ErrorCode::kHandOffTerms);
    EXPECT_EQ(
        refused(making(start + "&code_challenge=" + challenge + "&code_challenge_method=plain")),
        ErrorCode::kHandOffTerms);
    for (const auto* wrong : {"short", "============================================"})
        EXPECT_EQ(refused(making(start + "&code_challenge_method=S256&code_challenge=" + wrong)),
                  ErrorCode::kHandOffTerms);
    EXPECT_EQ(refused(making(terms() + "&acr=3")), ErrorCode::kHandOffTerms);
}

TEST_F(HandOffTest, ItsParametersAreRefusedWhereThereIsNone) {
    for (const auto* name : {"code_challenge", "origin", "acr", "redirect_uri", "code_verifier"})
        EXPECT_EQ(refused(making("&audience=billing&" + std::string(name) + "=x")),
                  ErrorCode::kParameterNotSupported)
            << name;
}

// A log-in that becomes an offline session keeps the time at which the user proved who he is.
TEST_F(ActingTest, AnOfflineLogInHasASessionOfItsOwn) {
    auto changed = realm();
    changed.replace(changed.find("orders, \"invoice:read\"]"), 23,
                    "orders, \"invoice:read\"]\n    optionalClientScopes: [offline_access]");
    apply(changed);
    const auto tokens = login("alice", "openid+offline_access");
    clock_.seconds += 60;
    const auto again =
        granted("grant_type=refresh_token&client_id=web&refresh_token=" + tokens.refresh_token);
    EXPECT_EQ(claims_of(again.access_token).find("auth_time")->as_int64(), clock_.seconds - 60);
    EXPECT_THAT(again.scope, HasSubstr("offline_access"));
}

}  // namespace
}  // namespace cambist::exchange
