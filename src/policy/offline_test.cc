// SPDX-License-Identifier: Apache-2.0
#include "policy/offline.h"

#include <gmock/gmock.h>

#include "policy/policy_fixture.h"

namespace cambist::policy {
namespace {

using testing::Contains;
using testing::HasSubstr;

// The realm's client scope offline_access with its role, as every realm has it.
class Offline : public PolicyTest {
  protected:
    Offline() {
        ClientScope scope;
        scope.name = "offline_access";
        scope.scope_mappings = {{"", "offline_access"}};
        realm.scopes.push_back(scope);
        alice = person("alice", {"/staff/berlin"}, {{"", "offline_access"}});
    }
    PlanFacts plan() {
        const Decision decision = decide();
        EXPECT_EQ(code_of(decision), "permitted") << hint_of(decision);
        return decision.plan ? decision.plan->facts() : PlanFacts{};
    }
    std::string code() { return code_of(decide()); }
    void forget_the_role() { alice = person("alice", {"/staff/berlin"}, {}); }
};

class OfflineLogin : public Offline {
  protected:
    OfflineLogin() {
        grant = GrantType::kPassword;
        requester = "web";
        client("web").direct_access_grants = true;
        wanted.audiences.clear();
        want_scopes({"openid", "offline_access"});
        reach.scopes = reach.client_scopes = {"offline_access"};
    }
};

TEST_F(OfflineLogin, OpensAnOfflineSession) {
    const auto made = plan();
    EXPECT_EQ(made.opens, OpenSession::kOffline);
    EXPECT_EQ(made.refresh_expires_at, kNow + 2'592'000);
    EXPECT_THAT(made.scopes, Contains("offline_access"));
}

TEST_F(OfflineLogin, NeedsTheRoleAndRefreshTokens) {
    client("web").use_refresh_tokens = false;
    EXPECT_EQ(code(), "kOfflineNotForUser");
    reach.scopes = reach.client_scopes = {};
    EXPECT_EQ(code(), "kOfflineNotForUser");
}

TEST_F(OfflineLogin, IsAnOrdinaryOneUnlessItIsAskedFor) {
    want_scopes({"openid"});
    reach.scopes = reach.client_scopes = {};
    EXPECT_EQ(plan().opens, OpenSession::kNone);
    EXPECT_EQ(plan().refresh_expires_at, kNow + 1800);
}

class OfflineExchange : public Offline {
  protected:
    OfflineExchange() {
        Rule rule = orders_to_billing();
        rule.result.refresh = RefreshKind::kOffline;
        add(rule);
        want_scopes({"invoice:read", "offline_access"});
        wanted.token_type = TokenType::kRefreshToken;
    }
    Rule& rule() { return realm.rules.front(); }
};

TEST_F(OfflineExchange, OpensASessionOfItsOwn) {
    const auto made = plan();
    EXPECT_EQ(made.opens, OpenSession::kOffline);
    EXPECT_EQ(made.refresh_expires_at, kNow + 2'592'000);
    EXPECT_THAT(made.scopes, Contains("offline_access"));
    has_session = false;  // needs none
    token.session = SessionId();
    EXPECT_EQ(plan().opens, OpenSession::kOffline);
}

TEST_F(OfflineExchange, IsRefusedUnlessTheRuleTheRequestAndTheUserAllowIt) {
    forget_the_role();
    EXPECT_EQ(code(), "kOfflineNotForUser");
    wanted.token_type = TokenType::kAccessToken;
    EXPECT_EQ(code(), "kOfflineNotAllowed");
    wanted.token_type = TokenType::kRefreshToken;
    rule().result.refresh = RefreshKind::kBounded;
    EXPECT_EQ(code(), "kOfflineNotAllowed");
}

TEST_F(OfflineExchange, WithoutTheScopeIsARefreshWithinTheSession) {
    want_scopes({"invoice:read"});
    EXPECT_EQ(plan().opens, OpenSession::kNone);
    EXPECT_EQ(plan().refresh_expires_at, kNow + 1800);
    has_session = false;
    token.session = SessionId();
    EXPECT_EQ(code(), "kRefreshNeedsSession");
    EXPECT_THAT(hint_of(decide()), HasSubstr("ask for scope offline_access"));
    rule().result.session = SessionMode::kCreate;
    EXPECT_EQ(plan().opens, OpenSession::kOnline);
    EXPECT_EQ(plan().refresh_expires_at, kNow + 1800);
}

class OfflineRefresh : public OfflineExchange {
  protected:
    OfflineRefresh() {
        grant = GrantType::kRefreshToken;
        wanted = Wanted{};
        family.client = ClientId("orders-api");
        family.session = SessionId("s1");
        family.scopes = {"invoice:read", "offline_access"};
        family.grant_of_origin = GrantType::kTokenExchange;
        family.rule = rule().id;
        family.audience = {"billing-api"};
        family.audience_restricted = true;
        family.created = kNow - 60;
        session.offline = true;
        session.expires = 0;
    }
};

TEST_F(OfflineRefresh, KeepsItsScopesAndItsTime) {
    const auto made = plan();
    EXPECT_THAT(made.scopes, testing::ElementsAre("invoice:read", "offline_access"));
    EXPECT_EQ(made.opens, OpenSession::kNone);
    EXPECT_EQ(made.refresh_expires_at, kNow + 2'592'000);
}

TEST_F(OfflineRefresh, EndsWithTheRoleOrTheRulesLeave) {
    rule().result.refresh = RefreshKind::kBounded;
    EXPECT_EQ(code(), "kRefreshRuleGone");
    rule().result.refresh = RefreshKind::kOffline;
    forget_the_role();
    EXPECT_EQ(code(), "kRefreshRuleGone");
}

}  // namespace
}  // namespace cambist::policy
