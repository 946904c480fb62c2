// SPDX-License-Identifier: Apache-2.0
#include "policy/sentence.h"

#include <gmock/gmock.h>

#include <set>

#include "policy/policy_fixture.h"
#include "policy/risk.h"

namespace cambist::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Sentence : public PolicyTest {};

TEST_F(Sentence, ReadsAsTheDesignSays) {
    Rule rule = orders_to_billing();
    rule.requester->auth_methods = {ClientAuthMethod::kPrivateKeyJwt,
                                    ClientAuthMethod::kClientSecretBasic};
    rule.result.token_types = {TokenType::kAccessToken, TokenType::kIdToken};
    EXPECT_EQ(sentence(rule),
              "orders-api may turn access tokens of staff (not admins) that were sent to it into "
              "tokens for billing-api with at most invoice:read, for 5 minutes.");
}

TEST_F(Sentence, NamesEveryPowerOfARule) {
    Rule rule = orders_to_billing();
    rule.requester->clients = {"a", "b", "c"};
    rule.requester->auth_methods = {ClientAuthMethod::kPrivateKeyJwt};
    rule.subject = subjects(everybody());
    rule.subject->binding = Binding::kAny;
    rule.target = audiences({"x", "y"});
    rule.result.scopes.clear();
    rule.result.extend_to = Seconds(3600);
    rule.result.lifetime.reset();
    rule.result.holder = Holder::kTarget;
    rule.result.refresh = RefreshKind::kOffline;
    rule.result.refresh_max_uses = 9;
    rule.enabled = false;
    EXPECT_EQ(sentence(rule),
              "a, b or c, authenticated by private_key_jwt, may turn access tokens of anybody, "
              "whoever they were sent to, into tokens for x and y without scopes, held by the "
              "target, to be refreshed after log-out too at most 9 times, at most 1 hour even if "
              "the subject "
              "token ends before (disabled).");
}

TEST_F(Sentence, OfTheOtherModes) {
    Rule rule = orders_to_billing();
    rule.result.mode = Mode::kDelegation;
    rule.actor = actors(ActorSelector::Kind::kSelected);
    rule.actor->clients = {"agent"};
    EXPECT_EQ(sentence(rule),
              "orders-api may turn access tokens of staff (not admins) that were sent to it into "
              "tokens for billing-api with at most invoice:read, for 5 minutes, with agent as "
              "actor.");
    rule.result.mode = Mode::kSwitchSubject;
    EXPECT_EQ(sentence(rule),
              "orders-api may turn access tokens of agent that were sent to it into tokens as "
              "staff (not admins) for billing-api with at most invoice:read, for 5 minutes.");
    rule.subject->naked = true;
    EXPECT_EQ(sentence(rule),
              "orders-api may get tokens as staff (not admins) for billing-api with at most "
              "invoice:read, for 5 minutes, without a token of theirs.");
}

TEST_F(Sentence, SaysWhoseTokensInWhichOrganizationAndBoundHow) {
    Rule rule = orders_to_billing();
    rule.requester = RequesterSelector{};
    rule.requester->roles = {"exchanger"};
    rule.requester->groups = {"/services"};
    rule.requester->organizations = {"acme", "globex"};
    rule.subject->issuers = {"partner", "campus"};
    const auto says = [&](const char* part) {
        EXPECT_THAT(sentence(rule), testing::HasSubstr(part));
    };
    says(" by partner or campus");
    says("clients that are ");
    says("exchanger");
    says("clients in ");
    says("clients that are members of acme or globex");
    rule.subject->binding = Binding::kHolder;
    says(" that it holds");
    rule.subject->binding = Binding::kDeviceSecret;
    says(", with the secret of the device where he logged in,");
    rule.result.organization.among = {"acme"};
    says(", in acme only");
    rule.result.organization.change = true;
    says(", in the organization that it asks for, acme,");
    rule.result.organization.among.clear();
    says(", in the organization that it asks for");
}

TEST_F(Sentence, OfADenial) {
    EXPECT_EQ(sentence(denial("stop")),
              "no client may turn tokens of anybody into tokens for anything.");
    Rule rule = denial("no-billing");
    rule.requester = clients_by(&RequesterSelector::clients, {"web"});
    rule.subject = subjects(people(&UserSelector::roles, {"admin", "shop:clerk"}));
    rule.target = audiences({"billing-api"});
    EXPECT_EQ(sentence(rule),
              "web may not turn tokens of admins or clerks of shop into tokens for billing-api.");
}

TEST_F(Sentence, OfKeycloaksSwitch) {
    switch_on();
    realm.index();
    EXPECT_EQ(sentence(Policy::compile(realm).rules().front()),
              "orders-api may turn access tokens of anybody that were sent to it or that it holds "
              "into tokens for whatever its client scopes reach with its own client scopes.");
}

TEST_F(Sentence, OfEveryKindOfPeople) {
    UserSelector users = people(&UserSelector::groups, {"/staff", "/desk/north"});
    users.roles = {"agent"};
    users.attributes = {{"site", {"rome", "oslo"}}};
    users.manages = true;
    EXPECT_EQ(describe(users),
              "staff or desk/north who are also agents managed by the actor and whose site is rome "
              "or oslo");
    EXPECT_EQ(describe(UserSelector{}), "nobody");
    EXPECT_EQ(describe(people(&UserSelector::clients, {"job"})), "the service account of job");
}

TEST(Lengths, ReadInTheirLargestUnit) {
    EXPECT_EQ(describe(Seconds(90)), "90 seconds");
    EXPECT_EQ(describe(Seconds(60)), "1 minute");
    EXPECT_EQ(describe(Seconds(7200)), "2 hours");
    EXPECT_EQ(describe(Seconds(86400)), "1 day");
    EXPECT_EQ(describe(Seconds(0)), "0 seconds");
}

class Risks : public PolicyTest {
  protected:
    static std::vector<RiskKind> kinds(const Rule& rule) {
        std::vector<RiskKind> found;
        for (const RiskNote& note : risks(rule, from_unix(kNow))) found.push_back(note.kind);
        return found;
    }
};

TEST_F(Risks, AnOrdinaryRuleHasNone) {
    EXPECT_THAT(kinds(orders_to_billing()), IsEmpty());
    EXPECT_THAT(kinds(denial("stop")), IsEmpty());
}

TEST_F(Risks, EachHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (auto kind = 0; kind <= static_cast<int>(RiskKind::kExpiresSoon); ++kind)
        names.insert(name_of(static_cast<RiskKind>(kind)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(RiskKind::kExpiresSoon) + 1);
    EXPECT_FALSE(names.contains(""));
}

TEST_F(Risks, EachPowerDemandsAStatement) {
    struct Power {
        void (*give)(Rule&);
        RiskKind kind;
    };
    const Power powers[] = {
        {[](Rule& r) { r.subject->naked = true; }, RiskKind::kNaked},
        {[](Rule& r) { r.subject->binding = Binding::kAny; }, RiskKind::kAnyBinding},
        {[](Rule& r) { r.result.beyond_subject = true; }, RiskKind::kBeyondSubject},
        {[](Rule& r) { r.result.extend_to = Seconds(1); }, RiskKind::kExtendTo},
        {[](Rule& r) { r.result.hide_actor = true; }, RiskKind::kHideActor},
        {[](Rule& r) { r.result.refresh = RefreshKind::kOffline; }, RiskKind::kOffline},
    };
    for (const Power& power : powers) {
        Rule rule = orders_to_billing();
        power.give(rule);
        EXPECT_THAT(kinds(rule),
                    ElementsAre(power.kind, RiskKind::kReasonMissing, RiskKind::kExpiryMissing));
        rule.risk = Risk{"why", "2030-01-01", kNow + 365 * 86400};
        EXPECT_THAT(kinds(rule), ElementsAre(power.kind));
    }
}

TEST_F(Risks, EndsAreWatched) {
    Rule rule = orders_to_billing();
    rule.risk = Risk{"why", "x", kNow - 1};
    EXPECT_THAT(kinds(rule), ElementsAre(RiskKind::kExpired));
    rule.risk->expires_at = kNow + 30 * 86400;
    EXPECT_THAT(kinds(rule), ElementsAre(RiskKind::kExpiresSoon));
    rule.risk->expires_at = kNow + 30 * 86400 + 1;
    EXPECT_THAT(kinds(rule), IsEmpty());
    rule.risk->expires_at = 0;
    EXPECT_THAT(kinds(rule), ElementsAre(RiskKind::kExpiryMalformed));
}

TEST_F(Risks, WideSelectorsAreNotedWithoutAFault) {
    Rule rule = orders_to_billing();
    rule.requester->any = true;
    rule.subject->users = everybody();
    EXPECT_THAT(kinds(rule), ElementsAre(RiskKind::kAnyRequester, RiskKind::kAnyUser));
    for (const RiskNote& note : risks(rule, from_unix(kNow))) EXPECT_FALSE(note.fault);
}

}  // namespace
}  // namespace cambist::policy
