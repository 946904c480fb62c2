// SPDX-License-Identifier: Apache-2.0
#include "policy/device.h"

#include <gmock/gmock.h>

#include "policy/delegation_scope.h"
#include "policy/exchange_fixture.h"

namespace cambist::policy {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

// A public app lives on the log-in of another one of the device.
class Device : public Exchange {
  protected:
    Device() {
        requester = "web";
        method = ClientAuthMethod::kNone;
        rule().requester->clients = {"web"};
        rule().requester->auth_methods = {ClientAuthMethod::kNone};
        rule().subject->binding = Binding::kDeviceSecret;
        rule().subject->token_types = {TokenType::kIdToken};
        rule().result.refresh = RefreshKind::kBounded;
        token.type = TokenType::kIdToken;
        token.holder = ClientId("catalog");
        token.audience = {"catalog"};
        token.scopes = {};
        token.expires_at = 0;
    }
    Decision come(bool with_secret) {
        auto made = facts();
        made.proves_device = with_secret;
        made.issuer = token.issuer;
        return Policy::compile(realm).decide(made);
    }
};

TEST_F(Device, SecretAndIdTokenGiveTheRulesScopesAndARefreshToken) {
    const auto decision = come(true);
    ASSERT_EQ(code_of(decision), "permitted") << hint_of(decision);
    const auto& plan = decision.plan->facts();
    EXPECT_THAT(plan.scopes, ElementsAre("invoice:read"));
    EXPECT_EQ(plan.refresh, IssueRefresh::kNewFamily);
    EXPECT_EQ(plan.opens, OpenSession::kNone) << "the log-in's own session";
    EXPECT_EQ(plan.act, "");
}

TEST_F(Device, OneWithoutTheOtherServesNoRule) {
    EXPECT_EQ(code_of(come(false)), "kNotHolder");
    rule().subject->binding = Binding::kAny;
    EXPECT_EQ(code_of(come(true)), "kDeviceSecretMissing");
    requester = "orders-api";
    method = ClientAuthMethod::kClientSecretBasic;
    rule().requester->clients = {"orders-api"};
    rule().requester->auth_methods = {};
    rule().subject->binding = Binding::kDeviceSecret;
    EXPECT_EQ(code_of(come(false)), "kDeviceSecretMissing");
}

TEST_F(Device, IssuerAsAudienceMeansTheAppItself) {
    rule().target = audiences({"web"});
    wanted.audiences = {token.issuer};
    const auto decision = come(true);
    ASSERT_EQ(code_of(decision), "permitted") << hint_of(decision);
    EXPECT_THAT(decision.plan->facts().audience, ElementsAre("web"));
    EXPECT_NE(code_of(come(false)), "permitted");
}

// What the scopes delegation:… say of a token.
class DelegationScope : public Exchange {
  protected:
    DelegationScope() {
        rule().result.scopes.emplace_back("delegation:user");
        realm.scopes.emplace_back().name = "delegation:user";
        want_scopes({"invoice:read", "delegation:user:Bob"});
    }
    Decision with(Names delegable) {
        auto made = facts();
        made.delegable = std::move(delegable);
        return Policy::compile(realm).decide(made);
    }
};

TEST_F(DelegationScope, NamesWhoMayActIfARuleLetsHim) {
    const auto decision = with({"delegation:user:Bob"});
    ASSERT_EQ(code_of(decision), "permitted") << hint_of(decision);
    EXPECT_EQ(decision.plan->facts().may_act.user, "bob");
    EXPECT_THAT(decision.plan->facts().scopes, Contains("delegation:user:Bob"));
    EXPECT_EQ(code_of(with({})), "kScopeNotAllowed");
}

TEST_F(DelegationScope, IsTheRulesToAllowAndNamesOneParty) {
    rule().result.scopes.pop_back();
    EXPECT_EQ(code_of(with({"delegation:user:Bob"})), "kScopeNotAllowed");
    rule().result.scopes.emplace_back("delegation:user");
    want_scopes({"delegation:user:bob", "delegation:user:eve"});
    EXPECT_EQ(code_of(with({"delegation:user:bob", "delegation:user:eve"})), "kScopeNotAllowed");
    want_scopes({"delegation:user:bob"});
    rule().result.may_act.user = "eve";
    EXPECT_EQ(code_of(with({"delegation:user:bob"})), "kScopeNotAllowed");
    rule().result.may_act = {.client = {}, .user = {}, .relation = "guardian"};
    const auto decision = with({"delegation:user:bob"});
    ASSERT_EQ(code_of(decision), "permitted");
    EXPECT_EQ(decision.plan->facts().may_act.relation, "guardian");
}

TEST_F(DelegationScope, IsNotGivenUnasked) {
    wanted.has_scope = false;
    wanted.scopes.clear();
    EXPECT_THAT(plan().scopes, Not(Contains("delegation:user")));
    EXPECT_TRUE(plan().may_act.empty());
}

TEST_F(DelegationScope, OnlyARuleThatSelectsHimLetsHimAct) {
    const Identity bob = person("bob", {"/desk"}, {});
    Rule acting = orders_to_billing();
    acting.id = RuleId("acting");
    acting.result.mode = Mode::kDelegation;
    acting.actor = actors(ActorSelector::Kind::kSelected);
    acting.actor->users = people(&UserSelector::groups, {"/desk"});
    auto made = facts();
    made.actor = &bob;
    EXPECT_FALSE(Policy::compile(realm).lets_act(made));
    add(acting);
    realm.index();
    EXPECT_TRUE(Policy::compile(realm).lets_act(made));
    const Identity eve = person("eve", {}, {});
    made.actor = &eve;
    EXPECT_FALSE(Policy::compile(realm).lets_act(made));
    realm.rules.back().enabled = false;
    made.actor = &bob;
    EXPECT_FALSE(Policy::compile(realm).lets_act(made));
}

// A log-in asks for a device secret by the scope device_sso.
class DeviceScope : public PolicyTest {
  protected:
    DeviceScope() {
        grant = GrantType::kPassword;
        requester = "web";
        client("web").direct_access_grants = true;
        wanted.audiences.clear();
        want_scopes({"openid", "device_sso"});
        reach.scopes = reach.client_scopes = {"openid", "device_sso"};
    }
};

TEST_F(DeviceScope, ALogInWithAnIdTokenIsGivenOne) {
    const auto decision = decide();
    ASSERT_EQ(code_of(decision), "permitted") << hint_of(decision);
    EXPECT_TRUE(decision.plan->facts().gives_device_secret);
    want_scopes({"openid"});
    reach.scopes = reach.client_scopes = {"openid"};
    EXPECT_FALSE(decide().plan->facts().gives_device_secret);
}

TEST_F(DeviceScope, ItGoesWithAnIdToken) {
    want_scopes({"device_sso"});
    reach.scopes = reach.client_scopes = {"device_sso"};
    const auto decision = decide();
    EXPECT_EQ(code_of(decision), "kDeviceSecretNotGiven");
    EXPECT_THAT(hint_of(decision), testing::HasSubstr("Ask for openid too"));
}

}  // namespace
}  // namespace cambist::policy
