// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "policy/policy_fixture.h"

namespace cambist::policy {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Natural : public PolicyTest {
  protected:
    Natural() {
        reach.audiences = {"billing-api", "catalog"};
        reach.scopes = {"profile", "email"};
        reach.client_scopes = {"profile", "email", "roles"};
        wanted.audiences.clear();
    }
    PlanFacts plan() {
        const Decision decision = decide();
        EXPECT_EQ(code_of(decision), "permitted") << hint_of(decision);
        return decision.plan ? decision.plan->facts() : PlanFacts{};
    }
    std::string code() { return code_of(decide()); }
    std::string hint() { return hint_of(decide()); }
    void disable_alice() {
        User user = *alice.user;
        user.enabled = false;
        alice.user = std::make_shared<const User>(user);
    }
};

class ClientCredentials : public Natural {
  protected:
    ClientCredentials() {
        grant = GrantType::kClientCredentials;
        client("orders-api").service_accounts = true;
        has_session = false;
    }
};

TEST_F(ClientCredentials, GivesTheClientItsScopes) {
    const PlanFacts facts = plan();
    EXPECT_THAT(facts.audience, ElementsAre("billing-api", "catalog"));
    EXPECT_FALSE(facts.audience_restricted);
    EXPECT_THAT(facts.scopes, ElementsAre("profile", "email"));
    EXPECT_THAT(facts.rules, ElementsAre(RuleId("builtin:client_credentials")));
    EXPECT_EQ(facts.refresh, IssueRefresh::kNone);
    EXPECT_EQ(facts.expires_at, kNow + 300);
    EXPECT_TRUE(facts.transient_session);
}

TEST_F(ClientCredentials, RefreshOnlyByTheClientsSwitch) {
    client("orders-api").client_credentials_refresh = true;
    EXPECT_EQ(plan().refresh, IssueRefresh::kNewFamily);
    EXPECT_EQ(plan().refresh_expires_at, kNow + 1800);
}

TEST_F(ClientCredentials, Refusals) {
    client("orders-api").service_accounts = false;
    EXPECT_EQ(code(), "kGrantNotAllowed");
    client("orders-api").kind = ClientKind::kPublic;
    EXPECT_EQ(code(), "kPublicClientGrant");
    client("orders-api").kind = ClientKind::kBearerOnly;
    EXPECT_EQ(code(), "kClientBearerOnly");
    client("orders-api").kind = ClientKind::kConfidential;
    client("orders-api").service_accounts = true;
    want_scopes({"offline_access"});
    EXPECT_EQ(code(), "kOfflineNotAllowed");
    want_scopes({"x"});
    reach.unknown_scopes = {"x"};
    EXPECT_EQ(code(), "kScopeNotAllowed");
    disable_alice();
    EXPECT_EQ(code(), "kUserDisabled");
}

TEST_F(ClientCredentials, DisabledClientsAreNeverInTheAudience) {
    reach.audiences = {"archive", "catalog"};
    EXPECT_THAT(plan().audience, ElementsAre("catalog"));
}

TEST_F(ClientCredentials, TargetsNarrowTheAudience) {
    wanted.audiences = {"catalog"};
    EXPECT_THAT(plan().audience, ElementsAre("catalog"));
    EXPECT_TRUE(plan().audience_restricted);
    wanted.resources = {"https://billing.example/"};
    EXPECT_THAT(plan().audience, ElementsAre("catalog", "https://billing.example/"));
    wanted.audiences = {"web"};
    EXPECT_EQ(code(), "kTargetNotReachable");
    wanted.audiences.clear();
    wanted.resources = {"https://nobody.example/"};
    EXPECT_EQ(code(), "kTargetNotReachable");
}

class Password : public Natural {
  protected:
    Password() {
        grant = GrantType::kPassword;
        requester = "web";
        client("web").direct_access_grants = true;
    }
};

TEST_F(Password, GivesALogInsTokens) {
    want_scopes({"openid", "email"});
    const PlanFacts facts = plan();
    EXPECT_THAT(facts.scopes, ElementsAre("openid", "profile", "email"));
    EXPECT_TRUE(facts.with_id_token);
    EXPECT_EQ(facts.refresh, IssueRefresh::kNewFamily);
    EXPECT_EQ(facts.refresh_expires_at, kNow + 1800);
    EXPECT_FALSE(facts.transient_session);
    client("web").use_refresh_tokens = false;
    EXPECT_EQ(plan().refresh, IssueRefresh::kNone);
    EXPECT_EQ(plan().refresh_expires_at, 0);
}

TEST_F(Password, AnAccessTokenMayLiveAsLongAsTheSession) {
    client("web").access_token_lifespan = Seconds(-1);
    EXPECT_EQ(plan().expires_at, kNow + 36000);
    session.expires = kNow + 7;
    EXPECT_EQ(plan().expires_at, kNow + 7);
}

TEST_F(Password, Refusals) {
    ask_consent("web", {"email"});
    EXPECT_EQ(code(), "kConsentBeforeLogin");
    client("web").direct_access_grants = false;
    EXPECT_EQ(code(), "kGrantNotAllowed");
    EXPECT_THAT(hint(), HasSubstr("hand-off"));
    client("web").direct_access_grants = true;
    disable_alice();
    EXPECT_EQ(code(), "kUserDisabled");
}

class Refresh : public Natural {
  protected:
    Refresh() {
        grant = GrantType::kRefreshToken;
        family.client = ClientId("orders-api");
        family.session = SessionId("s1");
        family.scopes = {"openid", "profile", "email"};
        family.rule = RuleId("builtin:password");
        family.created = kNow - 60;
        client("orders-api").direct_access_grants = true;
        client("orders-api").service_accounts = true;
    }
};

TEST_F(Refresh, EndsWhenTheGrantItCameFromIsSwitchedOff) {
    client("orders-api").direct_access_grants = false;
    EXPECT_EQ(code(), "kRefreshRuleGone");
    family.grant_of_origin = GrantType::kClientCredentials;
    EXPECT_EQ(code(), "permitted");
    client("orders-api").service_accounts = false;
    EXPECT_EQ(code(), "kRefreshRuleGone");
}

TEST_F(Refresh, RotatesAsSoonAsTheRealmOrTheClientDemandsIt) {
    family.rotate = false;
    EXPECT_EQ(plan().refresh, IssueRefresh::kKeep);
    realm.revoke_refresh_token = true;
    EXPECT_EQ(plan().refresh, IssueRefresh::kRotate);
    realm.revoke_refresh_token = false;
    client("orders-api").kind = ClientKind::kPublic;
    EXPECT_EQ(plan().refresh, IssueRefresh::kRotate);
}

TEST_F(Refresh, ARuleNamedLikeOursIsStillARule) {
    family.grant_of_origin = GrantType::kTokenExchange;
    family.rule = RuleId("builtin:mine");
    EXPECT_EQ(code(), "kRefreshRuleGone");
}

TEST_F(Refresh, GivesWhatWasGranted) {
    const PlanFacts facts = plan();
    EXPECT_THAT(facts.scopes, ElementsAre("openid", "profile", "email"));
    EXPECT_TRUE(facts.with_id_token);
    EXPECT_EQ(facts.refresh, IssueRefresh::kRotate);
    EXPECT_THAT(facts.rules, ElementsAre(RuleId("builtin:refresh_token")));
    family.rotate = false;
    EXPECT_EQ(plan().refresh, IssueRefresh::kKeep);
}

TEST_F(Refresh, NeverWidens) {
    reach.scopes = {"profile", "email", "phone"};
    reach.client_scopes = {"profile", "email", "phone", "roles"};
    EXPECT_THAT(plan().scopes, ElementsAre("openid", "profile", "email"));
    EXPECT_THAT(plan().client_scopes, ElementsAre("profile", "email", "roles"));
    want_scopes({"phone", "email"});
    EXPECT_EQ(code(), "kRefreshScopeWidened");
    EXPECT_THAT(hint(), HasSubstr("'phone'"));
}

// The family names them, the scope claim does not (include.in.token.scope).
TEST_F(Refresh, MayNameTheHiddenClientScopesThatWereGranted) {
    family.scopes.emplace_back("quiet");
    reach.client_scopes = {"profile", "email", "roles", "quiet"};
    EXPECT_THAT(plan().scopes, ElementsAre("openid", "profile", "email"));
    EXPECT_THAT(plan().client_scopes, ElementsAre("profile", "email", "roles", "quiet"));
    want_scopes({"openid", "quiet"});
    EXPECT_THAT(plan().scopes, Not(Contains("quiet")));
    EXPECT_THAT(plan().client_scopes, Contains("quiet"));
    want_scopes({"openid", "other"});
    EXPECT_EQ(code(), "kRefreshScopeWidened");
}

TEST_F(Refresh, LeavesOutAScopeTheClientLostUnlessItIsAskedFor) {
    reach.scopes = {"profile"};
    reach.unknown_scopes = {"email"};
    EXPECT_THAT(plan().scopes, ElementsAre("openid", "profile"));
    want_scopes({"email"});
    EXPECT_EQ(code(), "kScopeNotAllowed");
}

TEST_F(Refresh, Refusals) {
    ask_consent("orders-api", {"email"});
    EXPECT_EQ(code(), "kConsentWithdrawn");
    family.not_after = kNow;
    EXPECT_EQ(code(), "kRefreshTokenExpired");
    has_session = false;
    EXPECT_EQ(code(), "kRefreshSessionEnded");
    disable_alice();
    EXPECT_EQ(code(), "kRefreshSubjectDisabled");
    family.client = ClientId("web");
    EXPECT_EQ(code(), "kRefreshTokenOfAnotherClient");
    EXPECT_THAT(hint(), HasSubstr("belongs to 'web'; the requester is 'orders-api'"));
}

TEST_F(Refresh, NothingOutlivesTheFamily) {
    family.not_after = kNow + 10;
    EXPECT_EQ(plan().expires_at, kNow + 10);
    EXPECT_EQ(plan().id_token_expires_at, kNow + 10);
    EXPECT_EQ(plan().refresh_expires_at, kNow + 10);
}

TEST_F(Refresh, OfAServiceAccountHasNoSession) {
    family.session = SessionId();
    family.grant_of_origin = GrantType::kClientCredentials;
    has_session = false;
    ask_consent("orders-api", {"email"});  // nobody to ask
    EXPECT_TRUE(plan().transient_session);
}

TEST_F(Refresh, SwitchKeepsTheAudienceAndLeavesDisabledClientsOut) {
    switch_on();
    client("orders-api").exchange_refresh = ExchangeRefresh::kSameSession;
    family.grant_of_origin = GrantType::kTokenExchange;
    family.rule = RuleId("client:orders-api:standard-token-exchange");
    family.audience = {"billing-api", "archive"};
    family.audience_restricted = true;
    EXPECT_THAT(plan().audience, ElementsAre("billing-api"));
    EXPECT_TRUE(plan().audience_restricted);
    EXPECT_EQ(plan().claims, ClaimsKind::kFull);
    family.audience = {"archive"};
    EXPECT_EQ(code(), "kTargetDisabled");
    family.audience = {"billing-api"};
    client("orders-api").exchange_refresh = ExchangeRefresh::kNo;
    EXPECT_EQ(code(), "kRefreshRuleGone");
    client("orders-api").standard_token_exchange = false;
    EXPECT_EQ(code(), "kRefreshRuleGone");
}

TEST_F(Refresh, AResourceNarrowsTheAudienceOfALogIn) {
    wanted.resources = {"https://billing.example/"};
    EXPECT_THAT(plan().audience, ElementsAre("https://billing.example/"));
    EXPECT_TRUE(plan().audience_restricted);
    wanted.resources = {"https://unknown.example/"};
    EXPECT_EQ(code(), "kTargetNotReachable");
}

TEST_F(Refresh, SwitchDropsTheScopesThatServeNoNarrowedTarget) {
    switch_on();
    client("orders-api").exchange_refresh = ExchangeRefresh::kSameSession;
    client("catalog").resource_url = "https://catalog.example/";
    alice.roles.push_back({"billing-api", "payer"});
    std::ranges::sort(alice.roles);
    ClientScope& pay = realm.scopes.emplace_back();
    pay.name = "email";
    pay.scope_mappings = {{"billing-api", "payer"}};
    family.grant_of_origin = GrantType::kTokenExchange;
    family.rule = RuleId("client:orders-api:standard-token-exchange");
    family.audience = {"billing-api", "catalog"};
    family.audience_restricted = true;
    EXPECT_THAT(plan().scopes, ElementsAre("openid", "profile", "email"));
    wanted.resources = {"https://catalog.example/"};
    EXPECT_THAT(plan().scopes, ElementsAre("openid", "profile"));
    wanted.resources = {"https://billing.example/"};
    EXPECT_THAT(plan().scopes, ElementsAre("openid", "profile", "email"));
}

class ExchangeRefreshed : public Refresh {
  protected:
    ExchangeRefreshed() {
        add(orders_to_billing()).result.refresh = RefreshKind::kBounded;
        family.grant_of_origin = GrantType::kTokenExchange;
        family.rule = RuleId("orders-to-billing");
        family.audience = {"billing-api"};
        family.audience_restricted = true;
        family.scopes = {"invoice:read"};
    }
    Rule& rule() { return realm.rules.front(); }
};

TEST_F(ExchangeRefreshed, StaysUnderItsRule) {
    rule().result.refresh_max_age = Seconds(100);
    const PlanFacts facts = plan();
    EXPECT_THAT(facts.audience, ElementsAre("billing-api"));
    EXPECT_THAT(facts.scopes, ElementsAre("invoice:read"));
    EXPECT_EQ(facts.claims, ClaimsKind::kMinimal);
    EXPECT_THAT(facts.client_scopes, IsEmpty());
    // Nothing of the family outlives it, access tokens included.
    EXPECT_EQ(facts.expires_at, kNow + 40);
    EXPECT_EQ(facts.id_token_expires_at, kNow + 40);
    EXPECT_EQ(facts.refresh_expires_at, kNow + 40);
    EXPECT_THAT(facts.rules,
                ElementsAre(RuleId("builtin:refresh_token"), RuleId("orders-to-billing")));
}

TEST_F(ExchangeRefreshed, LifetimeAndExtendToBoundEveryRefreshedToken) {
    EXPECT_EQ(plan().expires_at, kNow + 300);
    rule().result.extend_to = Seconds(120);
    EXPECT_EQ(plan().expires_at, kNow + 120);
    rule().result.lifetime = Seconds(90);
    EXPECT_EQ(plan().expires_at, kNow + 90);
}

TEST_F(ExchangeRefreshed, RefreshesUpToTheLastSecondAndUseOfItsRule) {
    rule().result.refresh_max_age = Seconds(61);
    rule().result.refresh_max_uses = 3;
    family.uses = 2;
    EXPECT_EQ(plan().refresh_expires_at, kNow + 1);
    EXPECT_EQ(plan().refresh_max_uses, 3);
    rule().result.refresh_max_age = Seconds(60);
    EXPECT_EQ(code(), "kRefreshTokenExpired");
    rule().result.refresh_max_age.reset();
    family.uses = 3;
    EXPECT_EQ(code(), "kRefreshUsesSpent");
    EXPECT_THAT(hint(), HasSubstr("'orders-to-billing'"));
}

TEST_F(ExchangeRefreshed, ARuleThatAllowsMoreNowDoesNotLoosenAnOldFamily) {
    rule().result.refresh_max_age = Seconds(10'000);
    rule().result.refresh_max_uses = 100;
    family.not_after = kNow + 50;
    family.max_uses = 2;
    family.uses = 1;
    EXPECT_EQ(plan().refresh_expires_at, kNow + 50);
    EXPECT_EQ(plan().refresh_not_after, kNow + 50);
    EXPECT_EQ(plan().refresh_max_uses, 2);
    rule().result.refresh_max_age.reset();
    rule().result.refresh_max_uses.reset();
    EXPECT_EQ(plan().refresh_not_after, kNow + 50);
    family.uses = 2;
    EXPECT_EQ(code(), "kRefreshUsesSpent");
}

TEST_F(ExchangeRefreshed, EndsWithItsRule) {
    rule().enabled = false;
    EXPECT_EQ(code(), "kRefreshRuleGone");
    EXPECT_THAT(hint(), HasSubstr("disabled"));
    rule().enabled = true;
    rule().risk = Risk{"why", "2020-01-01", 1'577'923'199};
    EXPECT_EQ(code(), "kRefreshRuleGone");
    rule().risk.reset();
    alice.groups = {"/former"};
    EXPECT_EQ(code(), "kRefreshRuleGone");
    alice.groups = {"/staff"};
    rule().result.refresh = RefreshKind::kNone;
    EXPECT_EQ(code(), "kRefreshRuleGone");
    rule().result.refresh = RefreshKind::kBounded;
    rule().target = audiences({"catalog"});
    EXPECT_EQ(code(), "kRefreshRuleGone");
    realm.rules.clear();
    EXPECT_EQ(code(), "kRefreshRuleGone");
    EXPECT_THAT(hint(), HasSubstr("is gone"));
}

TEST_F(ExchangeRefreshed, EndsWithADenialOrItsTarget) {
    Rule deny = denial("stop");
    deny.target = audiences({"billing-api"});
    add(deny);
    EXPECT_EQ(code(), "kRuleDenies");
    realm.rules.pop_back();
    client("billing-api").enabled = false;
    EXPECT_EQ(code(), "kTargetDisabled");
}

TEST_F(ExchangeRefreshed, FollowsARuleThatAllowsLessNow) {
    family.scopes = {"invoice:read", "invoice:pay"};
    EXPECT_THAT(plan().scopes, ElementsAre("invoice:read"));
    want_scopes({"invoice:pay"});
    EXPECT_EQ(code(), "kScopeNotAllowed");
}

TEST_F(ExchangeRefreshed, ASecondTargetNeedsARuleOfItsOwn) {
    family.audience = {"billing-api", "catalog"};
    EXPECT_EQ(code(), "kRefreshRuleGone");
    Rule second = orders_to_billing();
    second.id = RuleId("orders-to-catalog");
    second.target = audiences({"catalog"});
    second.result.refresh = RefreshKind::kBounded;
    add(second);
    EXPECT_EQ(code(), "permitted");
}

// RFC 8707 section 2.2.
TEST_F(ExchangeRefreshed, AResourceNarrowsTheAudienceToAPartOfWhatWasGranted) {
    const std::string report = "https://report.example/", ledger = "https://ledger.example/";
    rule().target = resources({report, ledger});
    family.audience = {report, ledger};
    EXPECT_THAT(plan().audience, ElementsAre(report, ledger));
    wanted.resources = {ledger};
    EXPECT_THAT(plan().audience, ElementsAre(ledger));
    EXPECT_TRUE(plan().audience_restricted);
    wanted.resources = {ledger, "https://other.example/"};
    EXPECT_EQ(code(), "kTargetNotReachable");
    EXPECT_THAT(hint(), HasSubstr("https://other.example/"));
}

TEST_F(ExchangeRefreshed, AResourceOfAClientStandsForIt) {
    wanted.resources = {"https://billing.example/"};
    EXPECT_THAT(plan().audience, ElementsAre("https://billing.example/"));
    family.audience = {"https://billing.example/"};
    EXPECT_THAT(plan().audience, ElementsAre("https://billing.example/"));
}

TEST_F(ExchangeRefreshed, ANarrowedTargetStillNeedsTheRulesOfTheWholeGrant) {
    family.audience = {"billing-api", "catalog"};
    wanted.resources = {"https://billing.example/"};
    EXPECT_EQ(code(), "kRefreshRuleGone");
}

TEST_F(ExchangeRefreshed, TargetThatHoldsTheTokenRefreshesIt) {
    rule().result.holder = Holder::kTarget;
    requester = "billing-api";
    family.client = ClientId("billing-api");
    EXPECT_EQ(code(), "kRefreshRuleGone") << "the rule is not about whoever uses it";
    family.requester = ClientId("orders-api");
    const auto made = plan();
    ASSERT_NE(made.holder, nullptr);
    EXPECT_EQ(made.holder->client_id.text(), "billing-api");
    Rule deny = denial("stop");
    deny.requester = clients_by(&RequesterSelector::clients, {"orders-api"});
    add(deny);
    EXPECT_EQ(code(), "kRuleDenies");
    realm.rules.pop_back();
    client("orders-api").enabled = false;
    EXPECT_EQ(code(), "kRefreshRuleGone");
}

}  // namespace
}  // namespace cambist::policy
