// SPDX-License-Identifier: Apache-2.0
#include "policy/condition.h"

#include <gmock/gmock.h>

#include "policy/permissions.h"
#include "policy/policy_fixture.h"

namespace cambist::policy {
namespace {

using testing::HasSubstr;

ClausePointer clause(decltype(Clause::what) what, bool negative = false) {
    return std::make_shared<const Clause>(
        Clause{.name = {}, .negative = negative, .what = std::move(what)});
}
ClausePointer yes() { return clause(ClientClause{{"orders-api"}}); }
ClausePointer no() { return clause(ClientClause{{"catalog"}}); }
ClausePointer unknown() { return clause(UnmappedClause{"a script"}); }
ClausePointer of(Strategy strategy, std::vector<ClausePointer> parts, bool negative = false) {
    return clause(AggregateClause{strategy, std::move(parts)}, negative);
}

class Condition : public PolicyTest {
  protected:
    Answer ask(const ClausePointer& one) { return holds(*one, facts()); }
    Answer ask_of(Party party, const ClausePointer& one) {
        return ask(clause(PartyClause{party, one}));
    }
};

TEST_F(Condition, WhatCanNotBeToldNeitherGrantsNorDenies) {
    EXPECT_EQ(ask(unknown()), Answer::kUnknown);
    EXPECT_EQ(ask(clause(UnmappedClause{"a script"}, true)), Answer::kUnknown);
    EXPECT_EQ(ask(of(Strategy::kUnanimous, {yes(), unknown()})), Answer::kUnknown);
    EXPECT_EQ(ask(of(Strategy::kUnanimous, {no(), unknown()})), Answer::kNo);
    EXPECT_EQ(ask(of(Strategy::kUnanimous, {no(), unknown()}, true)), Answer::kYes);
    EXPECT_EQ(ask(of(Strategy::kUnanimous, {yes(), unknown()}, true)), Answer::kUnknown);
    EXPECT_EQ(ask(of(Strategy::kAffirmative, {no(), unknown()})), Answer::kUnknown);
    EXPECT_EQ(ask(of(Strategy::kAffirmative, {yes(), unknown()})), Answer::kYes);
    EXPECT_EQ(ask(of(Strategy::kConsensus, {yes(), unknown()})), Answer::kUnknown);
    EXPECT_EQ(ask(of(Strategy::kConsensus, {yes(), yes(), unknown()})), Answer::kYes);
    EXPECT_EQ(ask(of(Strategy::kConsensus, {no(), no(), unknown()})), Answer::kNo);
}

TEST_F(Condition, ConsensusNeedsMoreThanHalf) {
    EXPECT_EQ(ask(of(Strategy::kConsensus, {yes(), no()})), Answer::kNo);
    EXPECT_EQ(ask(of(Strategy::kConsensus, {yes(), yes(), no()})), Answer::kYes);
}

TEST_F(Condition, NothingGrantsNothing) {
    for (const Strategy one : {Strategy::kUnanimous, Strategy::kAffirmative, Strategy::kConsensus})
        EXPECT_EQ(ask(of(one, {})), Answer::kNo);
}

TEST_F(Condition, RoleIsOfTheServiceAccountAndNotOfTheSubject) {
    const auto user = clause(RoleClause{{{RoleRef{"", "user"}, false}}});
    EXPECT_EQ(ask(user), Answer::kNo);
    EXPECT_EQ(ask_of(Party::kSubject, user), Answer::kYes);
    account = &alice;
    EXPECT_EQ(ask(user), Answer::kYes);
}

TEST_F(Condition, UserPolicyNeverMeansAClient) {
    account = &alice;
    const auto one = clause(UserClause{{"alice"}});
    EXPECT_EQ(ask(one), Answer::kNo);
    EXPECT_EQ(ask_of(Party::kSubject, one), Answer::kYes);
}

TEST_F(Condition, ActorsClientIsTheOneHisTokenWasIssuedTo) {
    const auto web = clause(ClientClause{{"web"}});
    EXPECT_EQ(ask_of(Party::kActor, web), Answer::kYes);
    EXPECT_EQ(ask_of(Party::kSubject, web), Answer::kNo);
    EXPECT_EQ(ask_of(Party::kSubject, yes()), Answer::kYes);
    // Keycloak's own consoles are nobody's client.
    token.holder = ClientId("admin-cli");
    EXPECT_EQ(ask_of(Party::kActor, clause(ClientClause{{"admin-cli"}})), Answer::kNo);
}

TEST_F(Condition, AtARefreshWhatTheActorsTokenSaidIsUnknown) {
    grant = GrantType::kRefreshToken;
    const auto web = clause(ClientClause{{"web"}}, true);
    EXPECT_EQ(ask_of(Party::kActor, web), Answer::kUnknown);
    EXPECT_EQ(ask(yes()), Answer::kYes);
}

TEST_F(Condition, RegexReadsTheActorsTokenAndTheSubjectsAttributes) {
    const auto regex = [](const char* claim, const char* pattern) {
        return clause(RegexClause{claim, pattern,
                                  std::make_shared<const Pattern>(*Pattern::compile(pattern))});
    };
    token.claims = R"({"tier":["gold","old"],"level":7,"on":true,"deep":{"a":"b"}})";
    EXPECT_EQ(ask_of(Party::kActor, regex("tier", "gold")), Answer::kYes);
    EXPECT_EQ(ask_of(Party::kActor, regex("tier", "old")), Answer::kNo);
    EXPECT_EQ(ask_of(Party::kActor, regex("level", "\\d")), Answer::kYes);
    EXPECT_EQ(ask_of(Party::kActor, regex("on", "true")), Answer::kYes);
    EXPECT_EQ(ask_of(Party::kActor, regex("deep", ".*")), Answer::kNo);
    EXPECT_EQ(ask_of(Party::kActor, regex("none", ".*")), Answer::kNo);
    EXPECT_EQ(ask_of(Party::kSubject, regex("username", "al.ce")), Answer::kYes);
    EXPECT_EQ(ask_of(Party::kSubject, regex("tier", "gold")), Answer::kNo);
    account = &alice;
    EXPECT_EQ(ask(regex("username", ".*")), Answer::kNo);
}

// kNow is 2027-01-15 08:00:00 UTC.
TEST_F(Condition, TimesHoldFromTheirBeginningToTheirEnd) {
    const auto between = [](const char* from, const char* to) {
        return clause(TimeClause{from, to, {}});
    };
    EXPECT_EQ(ask(between("2027-01-15 08:00:00", "2027-01-15 08:00:00")), Answer::kYes);
    EXPECT_EQ(ask(between("2027-01-15 08:00:01", "")), Answer::kNo);
    EXPECT_EQ(ask(between("", "2027-01-15 07:59:59")), Answer::kNo);
    TimeClause hours;
    hours.ranges[3] = TimeClause::Range{8, 17};
    EXPECT_EQ(ask(clause(hours)), Answer::kYes);
    hours.ranges[3] = TimeClause::Range{9, 17};
    EXPECT_EQ(ask(clause(hours)), Answer::kNo);
    TimeClause day;
    day.ranges[0] = TimeClause::Range{15, 15};
    day.ranges[1] = TimeClause::Range{1, 1};
    day.ranges[2] = TimeClause::Range{2027, 2027};
    day.ranges[4] = TimeClause::Range{0, 0};
    EXPECT_EQ(ask(clause(day)), Answer::kYes);
}

TEST_F(Condition, GroupOfAPermissionIsFoundByTheBeginningOfThePath) {
    const auto group = [](const char* path, bool down) {
        return clause(GroupClause{{{path, down}}});
    };
    EXPECT_EQ(ask_of(Party::kSubject, group("/staff", true)), Answer::kYes);
    EXPECT_EQ(ask_of(Party::kSubject, group("/staff", false)), Answer::kNo);
    EXPECT_EQ(ask_of(Party::kSubject, group("/staff/berlin", false)), Answer::kYes);
    EXPECT_EQ(ask_of(Party::kSubject, group("/sta", true)), Answer::kYes);
}

class Permissions : public PolicyTest {
  protected:
    LegacyPermissions& permit(const std::string& target, ClausePointer guard) {
        made_.exchange[target] = std::move(guard);
        return made_;
    }
    std::string code() {
        realm.permissions = std::make_shared<const LegacyPermissions>(made_);
        return code_of(decide());
    }
    LegacyPermissions made_;
};

TEST_F(Permissions, GrantWhatTheirPoliciesGrantWhateverTheTokenIsFor) {
    permit("billing-api", yes());
    token.audience = {"catalog"};
    EXPECT_EQ(code(), "permitted");
    permit("billing-api", no());
    EXPECT_EQ(code(), "kPermissionDenies");
    permit("billing-api", unknown());
    EXPECT_EQ(code(), "kPermissionDenies");
}

TEST_F(Permissions, WithoutAGuardGrantNothing) {
    permit("billing-api", nullptr);
    EXPECT_EQ(code(), "kPermissionDenies");
}

TEST_F(Permissions, SayNothingAboutOtherTargets) {
    permit("catalog", yes());
    EXPECT_EQ(code(), "kPermissionDenies");
}

TEST_F(Permissions, AreNotAskedForAClientOfTheStandardExchange) {
    permit("billing-api", yes());
    switch_on();
    reach.audiences = {"catalog"};
    EXPECT_EQ(code(), "kTargetNotReachable");
}

TEST_F(Permissions, ADenialWinsOverThem) {
    permit("billing-api", yes());
    Rule& rule = add(denial("closed"));
    rule.target = audiences({"billing-api"});
    EXPECT_EQ(code(), "kRuleDenies");
}

TEST_F(Permissions, TakeTheScopesOfTheTargetAndNameItInTheAudience) {
    permit("billing-api", yes());
    reach.scopes = {"email"};
    reach.client_scopes = {"email", "roles"};
    reach.audiences = {"account"};
    wanted.token_type = TokenType::kAccessToken;
    realm.permissions = std::make_shared<const LegacyPermissions>(made_);
    const Decision decision = decide();
    ASSERT_TRUE(decision.plan) << hint_of(decision);
    const PlanFacts& plan = decision.plan->facts();
    EXPECT_EQ(plan.scopes, Names{"email"});
    EXPECT_EQ(plan.client_scopes, (Names{"email", "roles"}));
    EXPECT_EQ(plan.audience, (Names{"account", "billing-api"}));
    EXPECT_FALSE(plan.audience_restricted);
    EXPECT_EQ(plan.scoped, realm.find_client("billing-api"));
    EXPECT_EQ(plan.holder, realm.find_client("orders-api"));
    const Policy policy = Policy::compile(realm);
    const auto of = policy.foresee_scopes(facts());
    ASSERT_TRUE(of);
    EXPECT_EQ(of->client, realm.find_client("billing-api"));
    EXPECT_THAT(of->requested, testing::IsSupersetOf(token.scopes));
}

TEST_F(Permissions, WithoutAnAudienceMeanTheRequesterItself) {
    permit("billing-api", yes());
    wanted.audiences.clear();
    EXPECT_EQ(code(), "permitted");
    token.audience = {"catalog"};
    EXPECT_EQ(code(), "kNotInAudience");
}

// Before the provider is asked about a token, which tells whose it is.
TEST_F(Permissions, OfAnIdentityProviderLetNobodyBringItsTokensWhomTheyWillRefuse) {
    const auto may = [&](ClausePointer guard) {
        made_.issuers["partner"] = std::move(guard);
        realm.permissions = std::make_shared<const LegacyPermissions>(made_);
        auto asking = facts();
        asking.subject = nullptr;
        asking.subject_token = nullptr;
        return Policy::compile(realm).may_bring(asking, "partner", Brought::kSubject);
    };
    EXPECT_TRUE(may(yes()));
    EXPECT_FALSE(may(no()));
    EXPECT_FALSE(may(nullptr));
    EXPECT_FALSE(may(of(Strategy::kUnanimous, {yes(), no()})));
    // Of this the token may tell more, so that it is asked about.
    EXPECT_TRUE(may(clause(PartyClause{Party::kSubject, no()})));
    // The account of the client tells all there is to its roles.
    const auto user = clause(RoleClause{{{RoleRef{"", "user"}, false}}});
    EXPECT_FALSE(may(user));
    account = &alice;
    EXPECT_TRUE(may(user));
}

TEST_F(Permissions, NoneAreMadeForARealmWithoutThem) {
    EXPECT_TRUE(compile_permissions(realm).empty());
    EXPECT_FALSE(Policy::compile(realm).foresee_scopes(facts()));
}

TEST_F(Permissions, OfSeveralTargetsAreRefusedTogether) {
    permit("billing-api", yes());
    permit("catalog", yes());
    wanted.audiences = {"billing-api", "catalog"};
    EXPECT_EQ(code(), "kTargetsDisagree");
}

TEST_F(Permissions, ChangeTheVersionOfThePolicy) {
    permit("billing-api", yes());
    code();
    const std::string before = Policy::compile(realm).version();
    permit("billing-api", no());
    code();
    EXPECT_NE(Policy::compile(realm).version(), before);
}

}  // namespace
}  // namespace cambist::policy
