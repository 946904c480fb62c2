// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/exchange_fixture.h"
#include "policy/organizations.h"

namespace cambist::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Alice is in acme, partner and a closed one; her token is in acme, and the rule lets her change.
class Organizations : public Exchange {
  protected:
    Organizations() {
        realm.organizations_enabled = true;
        for (const char* alias : {"acme", "closed", "others", "partner"}) {
            auto& one = realm.organizations.emplace_back();
            one.alias = one.name = alias;
        }
        realm.organizations[1].enabled = false;
        auto& scope = realm.scopes.emplace_back();
        scope.name = "organization";
        scope.mappers.emplace_back().type = kOrganizationMapper;
        alice.organizations = {"acme", "partner"};
        alice.disabled_organizations = {"closed"};
        token.scopes.emplace_back("organization:acme");
        rule().result.organization.change = true;
    }
    void want(const std::string& alias) {
        wanted.organization = alias;
        reach.organization_scope = "organization:" + alias;
    }
};

TEST_F(Organizations, StandInTheScopeOfTheToken) {
    want("partner");
    EXPECT_THAT(plan().scopes, ElementsAre("invoice:read", "organization:partner"));
    want_scopes({"invoice:read"});
    EXPECT_THAT(plan().scopes, ElementsAre("invoice:read", "organization:partner"));
    EXPECT_THAT(plan().client_scopes, ElementsAre("organization:partner")) << "a minimal token";
}

TEST_F(Organizations, ParameterAndScopeAreTheSame) {
    want_scopes({"organization:partner"});
    EXPECT_THAT(plan().scopes, ElementsAre("organization:partner"));
}

TEST_F(Organizations, StayWhereNothingIsAsked) {
    EXPECT_THAT(plan().scopes, ElementsAre("invoice:read", "organization:acme"));
    rule().result.organization.change = false;
    EXPECT_THAT(plan().scopes, ElementsAre("invoice:read")) << "no rule speaks of them";
    rule().result.scopes.emplace_back("organization:*");
    EXPECT_THAT(plan().scopes, ElementsAre("invoice:read", "organization:acme"));
}

TEST_F(Organizations, ChangeByTheRulesLeaveOnly) {
    rule().result.organization.change = false;
    want("partner");
    EXPECT_EQ(code(), "kScopeNotAllowed");
    rule().result.scopes.emplace_back("organization:*");
    EXPECT_EQ(code(), "kScopeNotAllowed");
    EXPECT_THAT(hint(), HasSubstr("does not let the organization change"));
    token.scopes.back() = "organization:*";
    EXPECT_EQ(code(), "permitted") << "all of them, narrowed to one";
    token.scopes.back() = "organization";
    EXPECT_EQ(code(), "kScopeNotAllowed");
    alice.organizations = {"partner"};
    EXPECT_EQ(code(), "permitted") << "the only one";
}

TEST_F(Organizations, AreBoundedByTheRule) {
    rule().result.organization.among = {"acme"};
    want("partner");
    EXPECT_EQ(code(), "kScopeNotAllowed");
    EXPECT_THAT(hint(), HasSubstr("none of the organizations of rule"));
    want("acme");
    EXPECT_EQ(code(), "permitted");
}

TEST_F(Organizations, AreTheirMembersOnly) {
    for (const auto& [alias, expected] :
         {std::pair("others", "kNotInOrganization"), std::pair("closed", "kOrganizationDisabled"),
          std::pair("nowhere", "kOrganizationUnknown")}) {
        want(alias);
        EXPECT_EQ(code(), expected) << alias;
    }
    want("acme");
    realm.organizations_enabled = false;
    EXPECT_EQ(code(), "kOrganizationUnknown");
}

TEST_F(Organizations, StarIsTheAliasOfNone) {
    want("*");
    EXPECT_EQ(code(), "kScopeNotAllowed");
    rule().result.scopes.emplace_back("organization:*");
    token.scopes.emplace_back("organization:*");
    EXPECT_EQ(code(), "kOrganizationUnknown");
}

TEST_F(Organizations, MembershipIsTheServersAndNotTheTokens) {
    alice.organizations = {"partner"};
    EXPECT_THAT(plan().scopes, ElementsAre("invoice:read")) << "though the token names acme";
    want("acme");
    EXPECT_EQ(code(), "kNotInOrganization");
}

TEST_F(Organizations, OneIsAskedForAtMost) {
    want_scopes({"organization:acme", "organization:partner"});
    EXPECT_EQ(code(), "kOrganizationTwice");
    want_scopes({"organization:acme"});
    want("partner");
    EXPECT_EQ(code(), "kOrganizationTwice");
}

TEST_F(Organizations, NeedAScopeThatMapsThem) {
    realm.scopes.clear();
    want("partner");
    reach.organization_scope.clear();
    EXPECT_EQ(code(), "kOrganizationNotMapped");
}

TEST_F(Organizations, CanBeDemandedByARule) {
    rule().demands_organization = true;
    EXPECT_EQ(code(), "permitted") << "the token's stays";
    token.scopes.pop_back();
    EXPECT_EQ(code(), "kOrganizationMissing");
    want("partner");
    EXPECT_EQ(code(), "permitted");
}

TEST_F(Organizations, CanDemandAnotherLogIn) {
    realm.organizations.back().attributes = {
        {"cambist.required.acr", {"gold"}},
        {"cambist.organization.url",
         {"https://id.example/?o={organization}&a={acr}&c={client_id}"}}};
    want("partner");
    const auto refusal = decide().refusal;
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->code, ErrorCode::kOrganizationDemands);
    EXPECT_EQ(refusal->interaction_uri, "https://id.example/?o=partner&a=gold&c=orders-api");
    session.acr = "gold";
    EXPECT_EQ(code(), "permitted");
    has_session = false;
    EXPECT_EQ(code(), "kOrganizationDemands") << "nobody knows how he logged in";
    token.acr = "gold";
    EXPECT_EQ(code(), "kOrganizationDemands") << "another issuer's word";
    token.issuer.clear();
    EXPECT_EQ(code(), "permitted");
    want("acme");
    EXPECT_EQ(code(), "permitted");
}

TEST_F(Organizations, ApiKeyReachesThoseThatItNames) {
    rule().subject->token_types = {TokenType::kApiKey};
    token.type = TokenType::kApiKey;
    want("partner");
    EXPECT_EQ(code(), "kScopeNotAllowed");
    token.scopes = {"invoice:read", "organization:*"};
    EXPECT_EQ(code(), "permitted");
}

TEST_F(Organizations, OfKeycloaksSwitchAreItsClientScopes) {
    realm.rules.clear();
    switch_on();
    want("partner");
    EXPECT_EQ(code(), "kOrganizationNotMapped");
    reach.scopes.emplace_back("organization:partner");
    EXPECT_EQ(code(), "permitted");
    want("others");
    reach.unknown_scopes = {"organization:others"};
    EXPECT_EQ(code(), "kNotInOrganization");
}

TEST_F(Organizations, ScopeIsTheHoldersElseTheRealms) {
    realm.index();
    Client holder;
    EXPECT_EQ(organization_scope(realm, holder, "acme"), "organization:acme");
    auto& other = realm.scopes.emplace_back();
    other.name = "tenant";
    other.mappers.emplace_back().type = kOrganizationMapper;
    realm.index();
    holder.optional_scopes = {"tenant"};
    EXPECT_EQ(organization_scope(realm, holder, "acme"), "tenant:acme");
    realm.scopes.clear();
    realm.index();
    EXPECT_EQ(organization_scope(realm, holder, "acme"), "");
}

TEST_F(Organizations, DisabledOneSelectsForDenialsAndExclusionsOnly) {
    wanted.organization.clear();
    rule().subject->users = people(&UserSelector::organizations, {"closed"});
    EXPECT_EQ(code(), "kRuleSubjectNotSelected");
    rule().subject->users = all_but(people(&UserSelector::organizations, {"acme"}),
                                    people(&UserSelector::organizations, {"closed"}));
    EXPECT_EQ(code(), "kRuleSubjectNotSelected");
    rule().subject->users = people(&UserSelector::organizations, {"acme"});
    EXPECT_EQ(code(), "permitted");
    Rule deny = denial("closed");
    deny.subject = subjects(people(&UserSelector::organizations, {"closed"}));
    add(deny);
    EXPECT_EQ(code(), "kRuleDenies");
}

TEST_F(Organizations, SelectRequestersByTheirAccount) {
    rule().requester = clients_by(&RequesterSelector::organizations, {"acme"});
    EXPECT_EQ(code(), "kExchangeNotEnabled");
    const Identity robot = [] {
        auto made = person("robot", {}, {});
        made.organizations = {"acme"};
        return made;
    }();
    account = &robot;
    EXPECT_EQ(code(), "permitted");
    rule().requester = clients_by(&RequesterSelector::organizations, {"partner"});
    EXPECT_EQ(code(), "kExchangeNotEnabled");
}

class RefreshedOrganizations : public Organizations {
  protected:
    RefreshedOrganizations() {
        grant = GrantType::kRefreshToken;
        family.client = ClientId("orders-api");
        family.user = alice.user->id;
        family.session = session.id;
        family.grant_of_origin = GrantType::kTokenExchange;
        family.rule = rule().id;
        family.audience = {"billing-api"};
        family.audience_restricted = true;
        family.scopes = {"invoice:read", "organization:partner"};
        wanted.audiences.clear();
        rule().result.refresh = RefreshKind::kBounded;
    }
};

TEST_F(RefreshedOrganizations, AreAskedForAgain) {
    EXPECT_THAT(plan().scopes, ElementsAre("invoice:read", "organization:partner"));
    alice.organizations = {"acme"};
    EXPECT_EQ(code(), "kRefreshOrganizationLost");
}

TEST_F(RefreshedOrganizations, AreNotDroppedInSilence) {
    rule().result.organization.change = false;
    EXPECT_EQ(code(), "kRefreshOrganizationLost");
    rule().result.organization = {.change = true, .among = {"acme"}};
    EXPECT_EQ(code(), "kRefreshOrganizationLost");
}

TEST_F(RefreshedOrganizations, AreDroppedAndNarrowedOnRequest) {
    want_scopes({"invoice:read"});
    EXPECT_THAT(plan().scopes, ElementsAre("invoice:read"));
    want_scopes({"organization:acme"});
    EXPECT_EQ(code(), "kRefreshScopeWidened");
    family.scopes = {"organization:*"};
    rule().result.scopes.emplace_back("organization:*");
    EXPECT_THAT(plan().scopes, ElementsAre("organization:acme"));
}

TEST_F(RefreshedOrganizations, MayDemandMoreByNow) {
    realm.organizations.back().attributes = {{"cambist.required.acr", {"gold"}}};
    EXPECT_EQ(code(), "kOrganizationDemands");
    session.acr = "gold";
    EXPECT_EQ(code(), "permitted");
    rule().demands_organization = true;
    want_scopes({"invoice:read"});
    EXPECT_EQ(code(), "kOrganizationMissing");
}

}  // namespace
}  // namespace cambist::policy
