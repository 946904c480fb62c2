// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "policy/policy_fixture.h"

namespace cambist::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Keycloak's standard token exchange (V2) as a compiled rule; rows are those of its check list.
class Switch : public PolicyTest {
  protected:
    Switch() { switch_on(); }
    PlanFacts plan() {
        const Decision decision = decide();
        EXPECT_EQ(code_of(decision), "permitted") << hint_of(decision);
        return decision.plan ? decision.plan->facts() : PlanFacts{};
    }
    std::string code() { return code_of(decide()); }
    std::string hint() { return hint_of(decide()); }
};

TEST_F(Switch, RequestedAudienceRestrictsTheToken) {
    const PlanFacts facts = plan();
    EXPECT_THAT(facts.audience, ElementsAre("billing-api"));
    EXPECT_TRUE(facts.audience_restricted);
    EXPECT_THAT(facts.scopes, ElementsAre("profile", "email"));
    EXPECT_THAT(facts.client_scopes, ElementsAre("profile", "email", "roles"));
    EXPECT_EQ(facts.claims, ClaimsKind::kFull);
    EXPECT_THAT(facts.rules, ElementsAre(RuleId("client:orders-api:standard-token-exchange")));
    EXPECT_TRUE(facts.transient_session);
}

TEST_F(Switch, WithoutAudienceAllReachableOnesButDisabledOnes) {
    wanted.audiences.clear();
    reach.audiences = {"billing-api", "archive", "catalog"};
    const PlanFacts facts = plan();
    EXPECT_THAT(facts.audience, ElementsAre("billing-api", "catalog"));
    EXPECT_FALSE(facts.audience_restricted);
    reach.audiences.clear();
    EXPECT_THAT(plan().audience, IsEmpty());
}

TEST_F(Switch, Row4TokenBoundToAKey) {
    token.is_bound = true;
    EXPECT_EQ(code(), "kSenderConstrained");
}

TEST_F(Switch, Row5RequestedTypes) {
    wanted.token_type = TokenType::kIdToken;
    EXPECT_EQ(plan().token_type, TokenType::kIdToken);
    wanted.token_type = TokenType::kSaml2;
    EXPECT_EQ(code(), "kRequestedTypeNotAllowed");
    wanted.token_type = TokenType::kJwt;
    EXPECT_EQ(code(), "kRequestedTypeNotAllowed");
    wanted.token_type = TokenType::kRefreshToken;
    EXPECT_EQ(code(), "kRefreshNotAllowed");
    EXPECT_THAT(hint(), HasSubstr("SAME_SESSION"));
    client("orders-api").exchange_refresh = ExchangeRefresh::kSameSession;
    EXPECT_EQ(plan().refresh, IssueRefresh::kNewFamily);
    EXPECT_FALSE(plan().transient_session);
    client("orders-api").use_refresh_tokens = false;
    EXPECT_EQ(code(), "kRefreshNotAllowed");
}

TEST_F(Switch, Row6UnknownAudience) {
    wanted.audiences = {"catalogue"};
    EXPECT_EQ(code(), "kTargetUnknown");
    EXPECT_THAT(hint(), HasSubstr("Did you mean 'catalog'?"));
}

TEST_F(Switch, Row7PublicRequester) {
    client("orders-api").kind = ClientKind::kPublic;
    EXPECT_EQ(code(), "kPublicClientExchange");
}

TEST_F(Switch, Row8DisabledTarget) {
    reach.audiences = {"archive"};
    wanted.audiences = {"archive"};
    EXPECT_EQ(code(), "kTargetDisabled");
}

TEST_F(Switch, Row9RequesterNeitherInAudienceNorHolder) {
    token.audience = {"account"};
    EXPECT_EQ(code(), "kNotInAudience");
    EXPECT_THAT(hint(), HasSubstr("audience mapper"));
    token.holder = ClientId("orders-api");
    EXPECT_EQ(code(), "permitted");
}

TEST_F(Switch, Row10UnknownScopes) {
    want_scopes({"email", "nonsense", "more"});
    reach.unknown_scopes = {"nonsense", "more"};
    EXPECT_EQ(code(), "kScopeNotAllowed");
    EXPECT_THAT(hint(), HasSubstr("'nonsense', 'more'"));
    EXPECT_THAT(hint(), testing::Not(HasSubstr("'email'")));
}

TEST_F(Switch, Row11RefreshNeedsALiveOnlineSession) {
    client("orders-api").exchange_refresh = ExchangeRefresh::kSameSession;
    wanted.token_type = TokenType::kRefreshToken;
    token.session = SessionId();
    EXPECT_EQ(code(), "kRefreshNeedsSession");
    token.session = SessionId("s1");
    session.offline = true;
    EXPECT_EQ(code(), "kRefreshNeedsSession");
    session.offline = false;
    has_session = false;
    EXPECT_EQ(code(), "kRefreshNeedsSession");
}

TEST_F(Switch, Row12OfflineAccess) {
    want_scopes({"offline_access"});
    reach.scopes.emplace_back("offline_access");
    reach.client_scopes.emplace_back("offline_access");
    EXPECT_EQ(code(), "kOfflineNotAllowed");
    want_scopes({});
    EXPECT_EQ(code(), "permitted");
    client("orders-api").exchange_refresh = ExchangeRefresh::kSameSession;
    wanted.token_type = TokenType::kRefreshToken;
    EXPECT_EQ(code(), "kOfflineNotAllowed");
}

TEST_F(Switch, Row13MissingConsents) {
    ask_consent("orders-api", {"email"});
    EXPECT_EQ(code(), "kConsentMissing");
    EXPECT_THAT(hint(), HasSubstr("'email'"));
}

TEST_F(Switch, Row14AudienceOutOfReach) {
    reach.audiences = {"catalog"};
    EXPECT_EQ(code(), "kTargetNotReachable");
    EXPECT_THAT(hint(), HasSubstr("yield 'catalog'"));
    EXPECT_THAT(hint(), HasSubstr("not 'billing-api'"));
}

TEST_F(Switch, IsOffWithoutTheSwitch) {
    client("orders-api").standard_token_exchange = false;
    EXPECT_EQ(code(), "kExchangeNotEnabled");
    EXPECT_THAT(hint(), HasSubstr("standard.token.exchange.enabled"));
}

TEST_F(Switch, ScopesOfTheSubjectTokenPlayNoRole) {
    token.scopes.clear();
    want_scopes({"openid"});
    reach.unknown_scopes = {"openid"};  // no client scope, yet always known
    EXPECT_THAT(plan().scopes, ElementsAre("openid", "profile", "email"));
    EXPECT_TRUE(plan().with_id_token);
}

TEST_F(Switch, ResourceIsResolvedToAReachableClient) {
    wanted.audiences.clear();
    wanted.resources = {"https://billing.example/"};
    EXPECT_THAT(plan().audience, ElementsAre("https://billing.example/"));
    reach.audiences = {"catalog"};
    EXPECT_EQ(code(), "kTargetNotReachable");
}

TEST_F(Switch, ClientScopesThatServeNoTargetAreDropped) {
    const auto add_scope = [&](const char* name, RoleRef role) {
        realm.scopes.emplace_back().name = name;
        realm.scopes.back().scope_mappings = {std::move(role)};
    };
    realm.scopes.emplace_back().name = "profile";
    add_scope("billing", {"billing-api", "reader"});
    add_scope("stock", {"catalog", "reader"});
    add_scope("local", {"", "user"});
    add_scope("composite", {"", "all"});
    realm.roles.emplace_back().ref = {"", "all"};
    realm.roles.back().composites = {{"catalog", "reader"}, {"billing-api", "reader"}, {"", "all"}};
    alice.roles = {{"", "user"}, {"billing-api", "reader"}, {"catalog", "reader"}};
    std::ranges::sort(alice.roles);
    reach.scopes = {"profile", "billing", "stock", "local", "composite"};
    reach.client_scopes = reach.scopes;
    EXPECT_THAT(plan().scopes, ElementsAre("profile", "billing", "local", "composite"));
    EXPECT_THAT(plan().client_scopes, ElementsAre("profile", "billing", "local", "composite"));
    wanted.audiences.clear();
    EXPECT_EQ(plan().scopes.size(), 5U);
}

TEST_F(Switch, ExplicitRuleForTheTargetStandsFirst) {
    add(orders_to_billing());
    EXPECT_THAT(plan().scopes, ElementsAre("invoice:read"));
    EXPECT_THAT(plan().rules, ElementsAre(RuleId("orders-to-billing")));
    wanted.audiences = {"catalog"};
    EXPECT_THAT(plan().rules, ElementsAre(RuleId("client:orders-api:standard-token-exchange")));
    wanted.audiences.clear();
    EXPECT_THAT(plan().rules, ElementsAre(RuleId("client:orders-api:standard-token-exchange")));
}

TEST_F(Switch, ServesWhereTheExplicitRuleDoesNot) {
    add(orders_to_billing()).enabled = false;
    EXPECT_THAT(plan().rules, ElementsAre(RuleId("client:orders-api:standard-token-exchange")));
}

TEST_F(Switch, ExplicitDenialBeatsTheSwitch) {
    Rule deny = denial("no-billing");
    deny.target = audiences({"billing-api"});
    add(deny);
    EXPECT_EQ(code(), "kRuleDenies");
    wanted.audiences = {"catalog"};
    EXPECT_EQ(code(), "permitted");
    wanted.audiences.clear();
    EXPECT_EQ(code(), "kRuleDenies");
    EXPECT_THAT(hint(), HasSubstr("Name the other targets"));
}

TEST_F(Switch, MixesWithARuleToTheStricter) {
    add(orders_to_billing());
    reach.scopes = {"profile", "invoice:read"};
    wanted.audiences = {"billing-api", "catalog"};
    const PlanFacts facts = plan();
    EXPECT_THAT(facts.scopes, ElementsAre("invoice:read"));
    EXPECT_EQ(facts.claims, ClaimsKind::kMinimal);
    EXPECT_THAT(facts.audience, ElementsAre("billing-api", "catalog"));
    reach.scopes = {"profile"};
    EXPECT_THAT(plan().scopes, IsEmpty());
}

TEST_F(Switch, PrintsAsARule) {
    realm.index();
    const Policy policy = Policy::compile(realm);
    ASSERT_EQ(policy.rules().size(), 1U);
    EXPECT_EQ(policy.rules()[0].source, "client orders-api, standard.token.exchange.enabled");
}

}  // namespace
}  // namespace cambist::policy
