// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "policy/exchange_fixture.h"

namespace cambist::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(Exchange, GivesWhatTheRuleSaysAndNoMore) {
    const PlanFacts facts = plan();
    EXPECT_THAT(facts.audience, ElementsAre("billing-api"));
    EXPECT_TRUE(facts.audience_restricted);
    EXPECT_THAT(facts.scopes, ElementsAre("invoice:read"));
    EXPECT_THAT(facts.client_scopes, IsEmpty());
    EXPECT_EQ(facts.claims, ClaimsKind::kMinimal);
    EXPECT_EQ(facts.holder->client_id.text(), "orders-api");
    EXPECT_EQ(facts.expires_at, kNow + 300);
    EXPECT_EQ(facts.refresh, IssueRefresh::kNone);
    EXPECT_EQ(facts.refresh_expires_at, 0);
    EXPECT_FALSE(facts.with_id_token);
    EXPECT_THAT(facts.rules, ElementsAre(RuleId("orders-to-billing")));
}

TEST_F(Exchange, ShowsEveryStepOfAPermit) {
    EXPECT_EQ(stages_of(decide()), "client binding parties rules targets scopes consent plan");
}

class Refusals : public Exchange {
  public:
    using Exchange::account;
    using Exchange::alice;
    using Exchange::client;
    using Exchange::denial;
    using Exchange::has_session;
    using Exchange::method;
    using Exchange::realm;
    using Exchange::requester;
    using Exchange::rule;
    using Exchange::session;
    using Exchange::token;
    using Exchange::wanted;
};

// One change to a request that is permitted without it.
struct Named {
    const char* name;
    void (*change)(Refusals&);
    const char* code;
    const char* hint;
    const char* stages;
};

class EveryRefusal : public Refusals, public testing::WithParamInterface<Named> {};

TEST_P(EveryRefusal, NamesOneCauseAndTheNextStep) {
    GetParam().change(*this);
    const Decision decision = decide();
    EXPECT_EQ(code_of(decision), GetParam().code) << hint_of(decision);
    EXPECT_THAT(hint_of(decision), HasSubstr(GetParam().hint));
    EXPECT_EQ(stages_of(decision), GetParam().stages);
    EXPECT_FALSE(decision.plan.has_value());
}

const Named kRefusals[] = {
    {"PublicClient", [](Refusals& t) { t.client("orders-api").kind = ClientKind::kPublic; },
     "kPublicClientExchange", "'orders-api' is public", "client!"},
    {"BearerOnlyClient", [](Refusals& t) { t.client("orders-api").kind = ClientKind::kBearerOnly; },
     "kClientBearerOnly", "bearer-only", "client!"},
    {"DisabledClient", [](Refusals& t) { t.client("orders-api").enabled = false; },
     "kClientDisabled", "'orders-api' is disabled", "client!"},
    {"ClientWithoutAnyRule", [](Refusals& t) { t.requester = "catalog"; }, "kExchangeNotEnabled",
     "'catalog'", "client!"},
    {"TokenBoundToAKey", [](Refusals& t) { t.token.is_bound = true; }, "kSenderConstrained", "cnf",
     "client binding!"},
    {"TokenSentToOthers", [](Refusals& t) { t.token.audience = {"account"}; }, "kNotInAudience",
     "This token is for 'account', held by 'web'. Fix A: let 'web' ask for audience 'orders-api'. "
     "Fix B (weaker): set binding to any in rule 'orders-to-billing'",
     "client binding!"},
    {"OwnTokenNotSentToItself",
     [](Refusals& t) {
         t.token.audience = {"account"};
         t.token.holder = ClientId("orders-api");
     },
     "kNotInAudience", "Fix B: set binding to azp", "client binding!"},
    {"TokenHeldByAnother", [](Refusals& t) { t.rule().subject->binding = Binding::kHolder; },
     "kNotHolder", "held by 'web'", "client binding!"},
    {"MayActOfAnother", [](Refusals& t) { t.token.may_act = R"({"sub":"agent"})"; },
     "kActorTokenMissing", "'orders-api'", "client binding parties!"},
    {"SubjectDisabled",
     [](Refusals& t) {
         User user = *t.alice.user;
         user.enabled = false;
         t.alice.user = std::make_shared<const User>(user);
     },
     "kSubjectDisabled", "'alice'", "client binding parties!"},
    {"SubjectExcluded", [](Refusals& t) { t.alice.roles = {{"", "admin"}}; },
     "kRuleSubjectNotSelected", "staff (not admins)", "client binding parties rules!"},
    {"SubjectOutsideTheGroup", [](Refusals& t) { t.alice.groups = {"/staffing"}; },
     "kRuleSubjectNotSelected", "'alice'", "client binding parties rules!"},
    {"SubjectTypeOfAnotherKind", [](Refusals& t) { t.token.type = TokenType::kIdToken; },
     "kSubjectTypeNotAllowed", "id_token", "client rules!"},
    {"IssuerOfAnotherKind", [](Refusals& t) { t.rule().subject->issuers = {"google"}; }, "kNoRule",
     "other issuers", "client binding parties rules!"},
    {"RuleDisabled", [](Refusals& t) { t.rule().enabled = false; }, "kNoRule", "is disabled",
     "client binding parties rules!"},
    {"RuleExpired", [](Refusals& t) { t.rule().risk = Risk{"why", "2020-01-01", 1'577'923'199}; },
     "kRuleExpired", "2020-01-01", "client binding parties rules!"},
    {"RuleWithUnreadableEnd", [](Refusals& t) { t.rule().risk = Risk{"why", "some day", 0}; },
     "kRuleExpired", "some day", "client binding parties rules!"},
    {"RuleForAnotherMethod",
     [](Refusals& t) { t.rule().requester->auth_methods = {ClientAuthMethod::kPrivateKeyJwt}; },
     "kRuleAuthMethod",
     "authenticated by client_secret_basic, but rule 'orders-to-billing' demands "
     "'private_key_jwt'",
     "client binding parties rules!"},
    {"RuleForDelegation", [](Refusals& t) { t.rule().result.mode = Mode::kDelegation; },
     "kRuleNeedsActor", "delegation", "client binding parties rules!"},
    {"RuleWithAnActor",
     [](Refusals& t) { t.rule().actor = actors(ActorSelector::Kind::kRequired); },
     "kRuleNeedsActor", "no actor", "client binding parties rules!"},
    {"RuleWithoutSubject", [](Refusals& t) { t.rule().subject.reset(); }, "kRuleSubjectNotSelected",
     "nobody", "client binding parties rules!"},
    {"NoRuleForTheTarget", [](Refusals& t) { t.wanted.audiences = {"catalog"}; }, "kNoRule",
     "No rule gives 'orders-api' the target 'catalog'", "client binding parties rules!"},
    {"DenialOfEverything", [](Refusals& t) { t.realm.rules.push_back(Refusals::denial("stop")); },
     "kRuleDenies", "'stop'", "client binding parties rules!"},
    {"UnknownTarget", [](Refusals& t) { t.wanted.audiences = {"biling-api"}; }, "kTargetUnknown",
     "Did you mean 'billing-api'?", "client binding parties targets!"},
    {"UnknownResource", [](Refusals& t) { t.wanted.resources = {"https://billing.example"}; },
     "kTargetUnknown", "resource 'https://billing.example'", "client binding parties targets!"},
    {"DisabledTarget", [](Refusals& t) { t.wanted.audiences = {"archive"}; }, "kTargetDisabled",
     "'archive'", "client binding parties targets!"},
    {"TooManyTargets", [](Refusals& t) { t.realm.max_targets = 0; }, "kTooManyTargets", "allows 0",
     "client binding parties targets!"},
    {"NoTargetAndNoDefault",
     [](Refusals& t) {
         t.wanted.audiences.clear();
         t.rule().target->audiences.push_back("catalog");
     },
     "kTargetMissing", "'billing-api', 'catalog'", "client binding parties targets!"},
    {"ScopeBeyondTheRule",
     [](Refusals& t) {
         t.wanted.scopes = {"invoice:read", "invoice:pay"};
         t.wanted.has_scope = true;
     },
     "kScopeNotAllowed", "'invoice:pay' is not allowed by rule 'orders-to-billing'",
     "client binding parties rules targets scopes!"},
    {"ScopeBeyondTheSubject",
     [](Refusals& t) {
         t.token.scopes = {};
         t.wanted.scopes = {"invoice:read"};
         t.wanted.has_scope = true;
     },
     "kScopeNotAllowed", "'invoice:read' is not in the subject token",
     "client binding parties rules targets scopes!"},
    {"OpenidWithoutLeaveForIdTokens",
     [](Refusals& t) {
         t.wanted.scopes = {"openid"};
         t.wanted.has_scope = true;
     },
     "kScopeNotAllowed", "'openid'", "client binding parties rules targets scopes!"},
    {"OfflineAccess",
     [](Refusals& t) {
         t.wanted.scopes = {"offline_access"};
         t.wanted.has_scope = true;
     },
     "kOfflineNotAllowed", "offline_access", "client binding parties rules targets scopes!"},
    {"TypeBeyondTheRule", [](Refusals& t) { t.wanted.token_type = TokenType::kIdToken; },
     "kRequestedTypeNotAllowed", "'id_token', the rules of the targets give 'access_token'",
     "client binding parties rules targets scopes consent plan!"},
    {"RefreshWithoutLeave", [](Refusals& t) { t.wanted.token_type = TokenType::kRefreshToken; },
     "kRefreshNotAllowed", "refresh: none",
     "client binding parties rules targets scopes consent plan!"},
    {"RefreshWithoutSession",
     [](Refusals& t) {
         t.wanted.token_type = TokenType::kRefreshToken;
         t.rule().result.refresh = RefreshKind::kBounded;
         t.has_session = false;
     },
     "kRefreshNeedsSession", "no online session",
     "client binding parties rules targets scopes consent plan!"},
    {"RefreshOfAnOfflineSession",
     [](Refusals& t) {
         t.wanted.token_type = TokenType::kRefreshToken;
         t.rule().result.refresh = RefreshKind::kBounded;
         t.session.offline = true;
     },
     "kRefreshNeedsSession", "no online session",
     "client binding parties rules targets scopes consent plan!"},
    {"RefreshByAClientThatUsesNone",
     [](Refusals& t) {
         t.wanted.token_type = TokenType::kRefreshToken;
         t.rule().result.refresh = RefreshKind::kBounded;
         t.client("orders-api").use_refresh_tokens = false;
     },
     "kRefreshNotAllowed", "use.refresh.tokens",
     "client binding parties rules targets scopes consent plan!"},
    {"SessionEnded", [](Refusals& t) { t.session.expires = kNow; }, "kSubjectSessionEnded", "",
     "client binding parties rules targets scopes consent plan!"},
    {"TokenEnded", [](Refusals& t) { t.token.expires_at = kNow; }, "kSubjectTokenExpired", "",
     "client binding parties rules targets scopes consent plan!"},
    {"HolderIsAPublicTarget",
     [](Refusals& t) {
         t.rule().result.holder = Holder::kTarget;
         t.client("billing-api").kind = ClientKind::kPublic;
     },
     "kNoRule", "hand-off", "client binding parties rules rules!"},
};

INSTANTIATE_TEST_SUITE_P(Exchange, EveryRefusal, testing::ValuesIn(kRefusals),
                         [](const auto& one) { return std::string(one.param.name); });

TEST_F(Exchange, DenialWinsWhereverItStands) {
    Rule deny = denial("no-berlin");
    deny.subject = subjects(people(&UserSelector::groups, {"/staff/berlin"}));
    deny.target = audiences({"billing-api"});
    add(deny);
    EXPECT_EQ(code(), "kRuleDenies");
    std::ranges::reverse(realm.rules);
    EXPECT_EQ(code(), "kRuleDenies");
    alice.groups = {"/staff/rome"};
    EXPECT_EQ(code(), "permitted");
}

TEST_F(Exchange, DenialWithOnlyAnExceptionSparesThoseItExcepts) {
    Rule deny = denial("staff-only");
    deny.subject = subjects(all_but({}, people(&UserSelector::groups, {"/staff"})));
    add(deny);
    EXPECT_EQ(code(), "permitted");
    alice.groups = {"/guests"};
    EXPECT_EQ(code(), "kRuleDenies");
}

TEST_F(Exchange, DenialIgnoresItsBindingAndItsEnd) {
    Rule deny = denial("stop");
    deny.subject.emplace().binding = Binding::kHolder;
    deny.risk = Risk{"why", "2020-01-01", 1'577'923'199};
    add(deny);
    EXPECT_EQ(code(), "kRuleDenies");
}

TEST_F(Exchange, MembersOfAnOrganizationAreSelectedByPermitsAndDenials) {
    rule().subject->users = people(&UserSelector::organizations, {"acme", "partner"});
    EXPECT_EQ(code(), "kRuleSubjectNotSelected");
    alice.organizations = {"partner"};
    EXPECT_EQ(code(), "permitted");
    Rule deny = denial("partners");
    deny.subject = subjects(people(&UserSelector::organizations, {"partner"}));
    add(deny);
    EXPECT_EQ(code(), "kRuleDenies");
}

TEST_F(Exchange, DenialOfAResourceCoversItsClientToo) {
    Rule deny = denial("no-billing");
    deny.target = resources({"https://billing.example/"});
    add(deny);
    EXPECT_EQ(code(), "kRuleDenies");
}

TEST_F(Exchange, DenialForAnActorLeavesRequestsWithoutOne) {
    Rule deny = denial("no-agents");
    deny.actor = actors(ActorSelector::Kind::kRequired);
    add(deny);
    EXPECT_EQ(code(), "permitted");
    realm.rules.back().actor->kind = ActorSelector::Kind::kNone;
    EXPECT_EQ(code(), "kRuleDenies");
}

TEST_F(Exchange, FirstPermitDecidesAndLaterOnesAreListed) {
    Rule second = orders_to_billing();
    second.id = RuleId("wider");
    second.result.scopes = {"invoice:read", "invoice:pay"};
    add(second);
    const Decision decision = decide();
    ASSERT_TRUE(decision.plan);
    EXPECT_THAT(decision.plan->facts().scopes, ElementsAre("invoice:read"));
    ASSERT_EQ(decision.reasons.size(), 2U);
    EXPECT_TRUE(decision.reasons[0].applies);
    EXPECT_FALSE(decision.reasons[1].applies);
    EXPECT_THAT(decision.reasons[1].text, HasSubstr("orders-to-billing comes first"));
}

TEST_F(Exchange, RuleThatDoesNotServeGivesWayToTheNext) {
    rule().enabled = false;
    Rule second = orders_to_billing();
    second.id = RuleId("second");
    add(second);
    EXPECT_THAT(plan().rules, ElementsAre(RuleId("second")));
}

TEST_F(Exchange, AsksForTheOnlyTargetWhenNoneIsGiven) {
    wanted.audiences.clear();
    EXPECT_THAT(plan().audience, ElementsAre("billing-api"));
}

TEST_F(Exchange, ResourceIsWrittenAsRequested) {
    wanted.audiences.clear();
    wanted.resources = {"https://billing.example/"};
    EXPECT_THAT(plan().audience, ElementsAre("https://billing.example/"));
    rule().target = resources({"https://pay.example/?a=1"});
    wanted.resources = {"https://pay.example/?a=1"};
    EXPECT_THAT(plan().audience, ElementsAre("https://pay.example/?a=1"));
    wanted.resources = {"https://pay.example/?a=2"};
    EXPECT_EQ(code(), "kTargetUnknown");
}

TEST_F(Exchange, LogicalNameIsATargetWhenARuleNamesIt) {
    rule().target->audiences = {"payments"};
    wanted.audiences = {"payments"};
    EXPECT_THAT(plan().audience, ElementsAre("payments"));
}

TEST_F(Exchange, AudienceRuleForAResourceIsNotForALogicalNameLikeIt) {
    rule().target = resources({"payments"});
    wanted.audiences = {"payments"};
    EXPECT_EQ(code(), "kTargetUnknown");
}

TEST_F(Exchange, ScopesNarrowByRuleAndSubject) {
    rule().result.scopes = {"invoice:read", "invoice:pay", "invoice:delete"};
    EXPECT_THAT(plan().scopes, ElementsAre("invoice:read", "invoice:pay"));
    want_scopes({"invoice:pay"});
    EXPECT_THAT(plan().scopes, ElementsAre("invoice:pay"));
    want_scopes({});
    EXPECT_THAT(plan().scopes, IsEmpty());
    rule().result.beyond_subject = true;
    want_scopes({"invoice:delete"});
    EXPECT_THAT(plan().scopes, ElementsAre("invoice:delete"));
}

TEST_F(Exchange, OpenidAddsAnIdTokenWhereTheRuleLetsIt) {
    rule().result.token_types = {TokenType::kAccessToken, TokenType::kIdToken};
    EXPECT_FALSE(plan().with_id_token);
    want_scopes({"openid"});
    EXPECT_TRUE(plan().with_id_token);
    wanted.token_type = TokenType::kIdToken;
    EXPECT_EQ(plan().token_type, TokenType::kIdToken);
    EXPECT_FALSE(plan().with_id_token);  // it travels in access_token already
}

TEST_F(Exchange, AnIdTokenIsForClientsOnly) {
    rule().result.token_types = {TokenType::kAccessToken, TokenType::kIdToken};
    rule().target->audiences.emplace_back("logical");
    rule().target->resources.emplace_back("https://billing.example/");
    wanted.token_type = TokenType::kIdToken;
    EXPECT_THAT(plan().audience, ElementsAre("billing-api"));
    for (const bool by_resource : {false, true}) {
        wanted.audiences = by_resource ? Names{} : Names{"billing-api", "logical"};
        wanted.resources = by_resource ? Names{"https://billing.example/"} : Names{};
        EXPECT_EQ(code(), "kTargetNotReachable");
        wanted.token_type = TokenType::kAccessToken;
        EXPECT_EQ(code(), "permitted") << hint();
        wanted.token_type = TokenType::kIdToken;
    }
}

TEST_F(Exchange, RefreshTokenEndsWithIdleMaxSessionAndRule) {
    rule().result.refresh = RefreshKind::kBounded;
    wanted.token_type = TokenType::kRefreshToken;
    EXPECT_EQ(plan().refresh, IssueRefresh::kNewFamily);
    EXPECT_EQ(plan().refresh_expires_at, kNow + 1800);
    session.started = kNow - 35000;
    EXPECT_EQ(plan().refresh_expires_at, kNow + 1000);
    session.expires = kNow + 900;
    EXPECT_EQ(plan().refresh_expires_at, kNow + 900);
    EXPECT_EQ(plan().refresh_not_after, 0);
    EXPECT_EQ(plan().refresh_max_uses, 0);
    rule().result.refresh_max_age = Seconds(60);
    rule().result.refresh_max_uses = 3;
    EXPECT_EQ(plan().refresh_expires_at, kNow + 60);
    EXPECT_EQ(plan().refresh_not_after, kNow + 60);
    EXPECT_EQ(plan().refresh_max_uses, 3);
    EXPECT_EQ(plan().expires_at, kNow + 60);  // it is of the family too
    EXPECT_FALSE(plan().transient_session);
    wanted.token_type = TokenType::kAccessToken;
    EXPECT_EQ(plan().expires_at, kNow + 300);
    EXPECT_EQ(plan().refresh_not_after, 0);
}

TEST_F(Exchange, ARequesterThatDoesNotHoldTheTokenIsALinkOfTheChain) {
    rule().result.holder = Holder::kTarget;
    realm.max_chain_depth = 3;
    token.act = R"({"sub":"a","act":{"sub":"b"}})";
    EXPECT_EQ(code(), "permitted");
    realm.max_chain_depth = 2;
    EXPECT_EQ(code(), "kChainTooDeep");
    rule().result.holder = Holder::kRequester;
    EXPECT_EQ(code(), "permitted");
}

TEST_F(Exchange, LifeEndsWithRuleHolderRealmSubjectAndSession) {
    token.expires_at = kNow + 10'000;
    EXPECT_EQ(plan().expires_at, kNow + 300);
    rule().result.lifetime.reset();
    client("orders-api").access_token_lifespan = Seconds(77);
    EXPECT_EQ(plan().expires_at, kNow + 77);
    client("orders-api").access_token_lifespan.reset();
    realm.lifetimes.access_token = Seconds(55);
    EXPECT_EQ(plan().expires_at, kNow + 55);
    token.expires_at = kNow + 1;
    EXPECT_EQ(plan().expires_at, kNow + 1);
    rule().result.extend_to = Seconds(40);
    EXPECT_EQ(plan().expires_at, kNow + 40);
    session.expires = kNow + 20;
    EXPECT_EQ(plan().expires_at, kNow + 20);
}

TEST_F(Exchange, RiskServesUpToItsLastSecond) {
    rule().risk = Risk{"why", "2027-01-15", kNow};
    EXPECT_EQ(code(), "permitted");
    rule().risk->expires_at = kNow - 1;
    EXPECT_EQ(code(), "kRuleExpired");
}

TEST_F(Exchange, TargetHoldsTheTokenWhenTheRuleSaysSo) {
    rule().result.holder = Holder::kTarget;
    client("billing-api").access_token_lifespan = Seconds(11);
    rule().result.lifetime.reset();
    const auto made = plan();
    ASSERT_NE(made.holder, nullptr);
    ASSERT_NE(made.requester, nullptr);
    EXPECT_EQ(made.holder->client_id.text(), "billing-api");
    EXPECT_EQ(made.requester->client_id.text(), "orders-api");
    EXPECT_EQ(made.expires_at, kNow + 11);
    EXPECT_EQ(Policy::compile(realm).foresee_holder(facts())->client_id.text(), "billing-api");
    rule().result.holder = Holder::kRequester;
    EXPECT_EQ(Policy::compile(realm).foresee_holder(facts())->client_id.text(), "orders-api");
}

TEST_F(Exchange, FullClaimsTakeTheHoldersClientScopesAndItsConsents) {
    rule().result.claims = ClaimsKind::kFull;
    reach.client_scopes = {"profile", "roles"};
    EXPECT_THAT(plan().client_scopes, ElementsAre("profile", "roles"));
    ask_consent("orders-api", {"profile", "invoice:read"});
    EXPECT_EQ(code(), "kConsentMissing");
    consent("orders-api", {"profile", "invoice:read"});
    EXPECT_EQ(code(), "permitted");
    // A minimal token shows nothing of the profile.
    consent("orders-api", {"invoice:read"});
    EXPECT_EQ(code(), "kConsentMissing");
    rule().result.claims = ClaimsKind::kMinimal;
    EXPECT_EQ(code(), "permitted");
    consent("billing-api", {"profile", "invoice:read"});
    EXPECT_EQ(code(), "kConsentMissing");
}

}  // namespace
}  // namespace cambist::policy
