// SPDX-License-Identifier: Apache-2.0
#include "policy/actors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/exchange_fixture.h"

namespace cambist::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kIssuer = "https://id.example/realms/acme";

// Alice's token, and bob, who may act in it or become her.
class Actors : public Exchange {
  protected:
    Actors() {
        bob = person("bob", {"/staff/berlin", "/assistants"}, {});
        actor_token.subject = bob.user->id;
        actor_token.issuer = kIssuer;
        actor_token.audience = {"orders-api"};
        actor_token.holder = ClientId("web");
        actor_token.expires_at = kNow + 300;
        actor_token.session = SessionId("bobs");
    }

    void delegate() {
        rule().result.mode = Mode::kDelegation;
        rule().actor = actors(ActorSelector::Kind::kRequired);
        mode = Mode::kDelegation;
        actor = &bob;
        with_actor_token = true;
    }
    // Bob's token, and alice is the one to become.
    void become() {
        rule().result.mode = Mode::kSwitchSubject;
        rule().actor = actors(ActorSelector::Kind::kRequired);
        mode = Mode::kSwitchSubject;
        actor = &bob;
        token.subject = bob.user->id;
        has_session = false;
    }

    Facts facts() {
        Facts made = PolicyTest::facts();
        made.mode = mode;
        made.actor = actor;
        made.actor_token = with_actor_token ? &actor_token : nullptr;
        made.naked = naked;
        if (naked) made.subject_token = nullptr;
        if (!has_session) made.session = nullptr;
        made.relationship = &relationship;
        made.issuer = kIssuer;
        made.proven = &proven;
        return made;
    }
    Decision decided() { return Policy::compile(realm).decide(facts()); }
    std::string code() { return code_of(decided()); }
    std::string hint() { return hint_of(decided()); }
    PlanFacts plan() {
        const Decision decision = decided();
        EXPECT_EQ(code_of(decision), "permitted") << hint_of(decision);
        return decision.plan ? decision.plan->facts() : PlanFacts{};
    }

    Identity bob;
    TokenFacts actor_token;
    Relationship relationship;
    Confirmation proven;
    Mode mode = Mode::kSameSubject;
    const Identity* actor = nullptr;
    bool with_actor_token = false;
    bool naked = false;
    bool has_session = true;
};

TEST_F(Actors, ActorIsWrittenWithHisNameIssuerAndLogIn) {
    delegate();
    EXPECT_EQ(plan().act, R"({"sub":"id-bob","iss":"https://id.example/realms/acme",)"
                          R"("preferred_username":"bob","sid":"bobs"})");
}

TEST_F(Actors, TokenOfADelegationEndsWithTheActorsToken) {
    delegate();
    rule().result.lifetime = Seconds(3600);
    EXPECT_EQ(plan().expires_at, kNow + 300);
}

TEST_F(Actors, EndOfTheActorsChainBindsToo) {
    delegate();
    actor_token.chain_end = kNow + 100;
    EXPECT_EQ(plan().expires_at, kNow + 100);
    EXPECT_EQ(plan().chain_end, kNow + 100);
}

TEST_F(Actors, ChainOfTheSubjectTokenIsNestedUnchanged) {
    delegate();
    token.act = R"({"sub":"desk","act":{"sub":"root"}})";
    EXPECT_THAT(plan().act,
                HasSubstr(R"("sid":"bobs","act":{"sub":"desk","act":{"sub":"root"}}})"));
}

TEST_F(Actors, WhoIsNewestAlreadyIsNotWrittenTwice) {
    delegate();
    token.act = R"({"sub":"id-bob","iss":"https://id.example/realms/acme"})";
    EXPECT_EQ(plan().act, token.act);
    token.act = R"({"sub":"id-bob","iss":"https://other.example"})";
    EXPECT_THAT(plan().act, HasSubstr(R"("act":{"sub":"id-bob")"));
}

TEST_F(Actors, ChainIsBoundedWithTheNewActor) {
    delegate();
    realm.max_chain_depth = 2;
    token.act = R"({"sub":"x"})";
    plan();
    token.act = R"({"sub":"x","act":{"sub":"y"}})";
    EXPECT_EQ(code(), "kChainTooDeep");
}

TEST_F(Actors, NobodyActsForHimself) {
    delegate();
    actor = &alice;
    EXPECT_EQ(code(), "kActorIsSubject");
}

TEST_F(Actors, DisabledActorDoesNotAct) {
    delegate();
    auto user = *bob.user;
    user.enabled = false;
    bob.user = std::make_shared<const User>(user);
    EXPECT_EQ(code(), "kActorTokenUnusable");
}

TEST_F(Actors, ActorTokenWithAChainIsRefused) {
    delegate();
    actor_token.act = R"({"sub":"x"})";
    EXPECT_EQ(code(), "kActorTokenChain");
}

TEST_F(Actors, MayActIsMatchedInEveryMember) {
    delegate();
    const auto with = [&](const char* may_act) {
        token.may_act = may_act;
        return code();
    };
    EXPECT_EQ(with(R"({"sub":"id-bob"})"), "permitted");
    EXPECT_EQ(with(R"({"sub":"id-bob","iss":"https://id.example/realms/acme","exp":1})"),
              "permitted");
    EXPECT_EQ(with(R"({"sub":"id-bob","client_id":"web"})"), "permitted");
    for (const char* other :
         {R"({"sub":"bob"})", R"({"sub":"id-bob","iss":"https://other.example"})",
          R"({"sub":"id-bob","client_id":"catalog"})", R"({"sub":"id-bob","email":"b@example"})",
          R"({"client_id":"web"})", R"({"iss":"https://id.example/realms/acme"})", R"({"sub":1})",
          "[]"})
        EXPECT_EQ(with(other), "kMayActMismatch") << other;
}

TEST_F(Actors, RequesterThatMayActIsWrittenAsActor) {
    token.may_act = R"({"client_id":"orders-api"})";
    EXPECT_EQ(plan().act, R"({"sub":"orders-api","iss":"https://id.example/realms/acme",)"
                          R"("client_id":"orders-api"})");
}

TEST_F(Actors, RequesterActsWhereTheRuleSaysSo) {
    rule().result.mode = Mode::kDelegation;
    rule().actor = actors(ActorSelector::Kind::kRequester);
    EXPECT_THAT(plan().act, HasSubstr(R"("client_id":"orders-api")"));
    mode = Mode::kDelegation;
    actor = &bob;
    with_actor_token = true;
    EXPECT_EQ(code(), "kActorNotSelected");
}

TEST_F(Actors, HolderThatIsNotTheRequesterHasItInTheChain) {
    rule().result.holder = Holder::kTarget;
    const PlanFacts made = plan();
    EXPECT_EQ(made.holder->client_id.text(), "billing-api");
    EXPECT_EQ(made.act, R"({"sub":"orders-api","iss":"https://id.example/realms/acme",)"
                        R"("client_id":"orders-api"})");
}

TEST_F(Actors, ActorStandsOutsideTheRequesterThatDoesNotHoldTheToken) {
    delegate();
    rule().result.holder = Holder::kTarget;
    EXPECT_THAT(plan().act,
                HasSubstr(R"("preferred_username":"bob","sid":"bobs","act":{"sub":"orders-api")"));
}

TEST_F(Actors, HiddenActorIsInTheRecordOnly) {
    become();
    rule().result.hide_actor = true;
    rule().risk = Risk{"why", "2099-01-01", kNow + 1000};
    const PlanFacts made = plan();
    EXPECT_EQ(made.act, "");
    EXPECT_THAT(made.actors, HasSubstr(R"("hidden":true)"));
    EXPECT_EQ(shown(made.actors), "");
}

TEST(ShownChain, LeavesOutWhoIsHiddenAtAnyDepth) {
    EXPECT_EQ(shown(R"({"sub":"a","act":{"sub":"b","hidden":true,"act":{"sub":"c"}}})"),
              R"({"sub":"a","act":{"sub":"c"}})");
    EXPECT_EQ(shown(R"({"sub":"a","hidden":true,"act":{"sub":"b"}})"), R"({"sub":"b"})");
    EXPECT_EQ(shown(R"({"sub":"a"})"), R"({"sub":"a"})");
}

TEST_F(Actors, WhoBecomesAnotherHasTheRulesScopesAndNotHisOwn) {
    become();
    token.scopes = {"openid"};
    EXPECT_THAT(plan().scopes, ElementsAre("invoice:read"));
}

TEST_F(Actors, AdministratorsAreNotBecomeUnlessNamed) {
    become();
    rule().subject->users = everybody();
    for (const RoleRef& role : {RoleRef{"", "admin"}, RoleRef{"realm-management", "view-users"},
                                RoleRef{"acme-realm", "manage-users"}}) {
        alice.roles = {role};
        EXPECT_EQ(code(), "kSubjectProtected") << role.client << " " << role.name;
    }
    rule().subject->users = people(&UserSelector::users, {"alice"});
    EXPECT_EQ(code(), "permitted");
    rule().subject->users = people(&UserSelector::roles, {"acme-realm:manage-users"});
    EXPECT_EQ(code(), "permitted");
    rule().subject->users = everybody();
    rule().subject->admins = true;
    EXPECT_EQ(code(), "permitted");
}

TEST_F(Actors, TokenOfADelegateIsNoWayToAThird) {
    become();
    token.act = R"({"sub":"x"})";
    EXPECT_EQ(code(), "kSwitchChain");
}

TEST_F(Actors, NakedRequestsNeedANakedRuleAndTheOtherWayRound) {
    become();
    naked = true;
    actor = nullptr;
    EXPECT_EQ(code(), "kNakedNotAllowed");
    rule().subject->naked = true;
    rule().actor.reset();
    rule().risk = Risk{"why", "2099-01-01", kNow + 1000};
    EXPECT_THAT(plan().act, HasSubstr(R"("sub":"orders-api")"));
    naked = false;
    actor = &bob;
    EXPECT_EQ(code(), "kSwitchNotAllowed");
}

TEST_F(Actors, BoundTokenIsNotGivenToAHolderWithoutThatKey) {
    rule().result.holder = Holder::kTarget;
    proven.jkt = "key";
    EXPECT_EQ(code(), "kBindingDropped");
    proven = {};
    client("billing-api").dpop_bound = true;
    EXPECT_EQ(code(), "kBindingDropped");
}

TEST_F(Actors, SameGroupAndOrganizationCompareTheTwo) {
    become();
    UserSelector selector;
    selector.same_group = true;
    rule().subject->users = selector;
    EXPECT_EQ(code(), "permitted");
    bob.groups = {"/assistants"};
    EXPECT_EQ(code(), "kRuleSubjectNotSelected");
    selector = {};
    selector.same_organization = true;
    rule().subject->users = selector;
    EXPECT_EQ(code(), "kRuleSubjectNotSelected");
    alice.organizations = bob.organizations = {"acme"};
    EXPECT_EQ(code(), "permitted");
    actor = &alice;
    EXPECT_EQ(code(), "kRuleSubjectNotSelected") << "nobody stands in a relation to himself";
}

TEST_F(Actors, ManagerAndRelationAreWhatTheServerKnows) {
    become();
    UserSelector selector;
    selector.manages = true;
    rule().actor->kind = ActorSelector::Kind::kSelected;
    rule().actor->users = selector;
    EXPECT_EQ(code(), "kSwitchNotAllowed");
    relationship.manages = true;
    EXPECT_EQ(code(), "permitted");
    selector = {};
    selector.relations = {"guardian"};
    rule().actor->users = selector;
    EXPECT_EQ(code(), "kSwitchNotAllowed");
    relationship.standings.push_back({"guardian", "r1", {}, {}, 0});
    EXPECT_THAT(plan().rests_on, ElementsAre("r1"));
}

TEST_F(Actors, GrantOfTheSubjectIsTheCeiling) {
    become();
    UserSelector selector;
    selector.granted_by = "subject";
    rule().subject->users = selector;
    rule().result.scopes = {"invoice:read", "invoice:pay"};
    EXPECT_EQ(code(), "kRuleSubjectNotSelected");
    relationship.standings.push_back(
        {std::string(kGrantKind), "g1", {"invoice:read"}, {"billing-api"}, kNow + 60});
    const PlanFacts made = plan();
    EXPECT_THAT(made.scopes, ElementsAre("invoice:read"));
    EXPECT_EQ(made.expires_at, kNow + 60);
    EXPECT_EQ(made.chain_end, kNow + 60);
    wanted.has_scope = true;
    wanted.scopes = {"invoice:pay"};
    EXPECT_EQ(code(), "kScopeNotAllowed");
    relationship.standings.front().audiences = {"catalog"};
    EXPECT_EQ(code(), "kActorNotSelected");
}

TEST_F(Actors, ReasonAndTicketAreDemanded) {
    become();
    rule().demands_reason = rule().demands_ticket = true;
    EXPECT_EQ(code(), "kReasonMissing");
    wanted.reason = "call";
    EXPECT_THAT(hint(), HasSubstr("ticket"));
    wanted.ticket = "T-1";
    EXPECT_EQ(code(), "permitted");
}

TEST_F(Actors, LimitOfADayAndEmergenciesAreInThePlan) {
    become();
    rule().result.per_day = 3;
    rule().break_glass = true;
    rule().risk = Risk{"why", "2099-01-01", kNow + 1000};
    const PlanFacts made = plan();
    ASSERT_EQ(made.daily_limits.size(), 1U);
    EXPECT_EQ(made.daily_limits.front().limit, 3);
    EXPECT_TRUE(made.break_glass);
}

TEST_F(Actors, DenialOfAnActorDeniesHimOnly) {
    become();
    Rule deny = denial("no-assistants");
    deny.actor = actors(ActorSelector::Kind::kSelected);
    deny.actor->users = people(&UserSelector::groups, {"/assistants"});
    add(deny);
    EXPECT_EQ(code(), "kRuleDenies");
    bob.groups = {"/staff/berlin"};
    EXPECT_EQ(code(), "permitted");
}

TEST_F(Actors, DenialOfEveryActorLeavesRequestsWithoutOne) {
    Rule deny = denial("nobody-acts");
    deny.actor = actors(ActorSelector::Kind::kRequired);
    add(deny);
    EXPECT_EQ(code(), "permitted");
    become();
    EXPECT_EQ(code(), "kRuleDenies");
}

}  // namespace
}  // namespace cambist::policy
