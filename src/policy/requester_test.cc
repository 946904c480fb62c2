// SPDX-License-Identifier: Apache-2.0
// Who asks, and who acts: may_act, actors, and the selectors of a rule.
#include <gmock/gmock.h>

#include "policy/exchange_fixture.h"

namespace cambist::policy {
namespace {

TEST_F(Exchange, MayActThatNamesTheRequesterIsNoObstacle) {
    for (const char* text :
         {R"({"client_id":"orders-api"})",
          R"({"sub":"orders-api","client_id":"orders-api","exp":1})",
          R"({"client_id":"orders-api","iss":"https://id.example/realms/acme"})"}) {
        token.may_act = text;
        EXPECT_EQ(code(), "permitted") << text;
    }
    for (const char* text :
         {"{}", "[]", "x", R"({"iss":"https://id.example/realms/acme"})", R"({"exp":1})",
          R"({"client_id":"orders-api","iss":"https://evil"})",
          R"({"sub":"orders-api","client_id":"b"})", R"({"client_id":["orders-api"]})",
          R"({"client_id":"orders-api","email":"a@b"})",
          // The sub of a user, who may be called like the client (NEG-22).
          R"({"sub":"orders-api"})", R"({"sub":"u2","client_id":"orders-api"})"}) {
        token.may_act = text;
        EXPECT_EQ(code(), "kActorTokenMissing") << text;
    }
}

TEST_F(Exchange, ActorsOfTheTokenAreNoObstacle) {
    token.act = R"({"sub":"agent"})";
    EXPECT_EQ(code(), "permitted");
}

TEST_F(Exchange, RequesterIsFoundByRoleGroupOrAny) {
    const Identity service = person("svc", {"/services/a"}, {{"", "exchanger"}});
    rule().requester = clients_by(&RequesterSelector::roles, {"exchanger"});
    rule().requester->groups = {"/services"};
    EXPECT_EQ(code(), "kExchangeNotEnabled");  // no account
    account = &service;
    EXPECT_EQ(code(), "permitted");
    rule().requester->roles = {"orders-api:exchanger"};
    EXPECT_EQ(code(), "kExchangeNotEnabled");
    rule().requester = RequesterSelector{};
    rule().requester->any = true;
    EXPECT_EQ(code(), "permitted");
    rule().requester = RequesterSelector{};
    EXPECT_EQ(code(), "kExchangeNotEnabled");
    rule().requester.reset();
    EXPECT_EQ(code(), "kExchangeNotEnabled");
}

TEST_F(Exchange, WhoMayExchangeAtAllIsKnownWithoutASubjectToken) {
    const Identity service = person("svc", {"/services/a"}, {});
    const auto may = [&](const std::string& name, const Identity* known) {
        realm.index();
        const auto policy = Policy::compile(realm);
        const bool allowed = policy.may_exchange(client(name), known);
        EXPECT_EQ(policy.check_may_exchange(client(name), known).has_value(), allowed);
        return allowed;
    };
    EXPECT_TRUE(may("orders-api", nullptr));
    EXPECT_FALSE(may("catalog", &service));
    client("catalog").standard_token_exchange = true;
    EXPECT_TRUE(may("catalog", nullptr));
    client("catalog").standard_token_exchange = false;
    rule().requester = clients_by(&RequesterSelector::groups, {"/services"});
    EXPECT_FALSE(may("catalog", nullptr));
    EXPECT_TRUE(may("catalog", &service));
    rule().effect = Effect::kDeny;
    EXPECT_FALSE(may("catalog", &service));
}

TEST_F(Exchange, WhoseTokensAClientMayBringIsKnownBeforeTheirIssuerIsAsked) {
    const Identity service = person("svc", {"/services/a"}, {});
    const auto may = [&](const std::string& name, std::string_view issuer, Brought as,
                         const Identity* known = nullptr) {
        requester = name;
        account = known;
        return Policy::compile(realm).may_bring(facts(), issuer, as);
    };
    EXPECT_FALSE(may("orders-api", "partner", Brought::kSubject));
    rule().subject->issuers = {"self", "partner", "acme"};
    EXPECT_TRUE(may("orders-api", "partner", Brought::kSubject));
    EXPECT_FALSE(may("orders-api", "other", Brought::kSubject));
    EXPECT_FALSE(may("orders-api", "partner", Brought::kActor));
    EXPECT_FALSE(may("catalog", "partner", Brought::kSubject));
    rule().actor = actors(ActorSelector::Kind::kSelected);
    rule().actor->issuers = {"partner"};
    EXPECT_TRUE(may("orders-api", "partner", Brought::kActor));
    EXPECT_FALSE(may("orders-api", "acme", Brought::kActor));
    // By its groups, which only its account tells.
    rule().requester = clients_by(&RequesterSelector::groups, {"/services"});
    EXPECT_FALSE(may("catalog", "partner", Brought::kSubject));
    EXPECT_TRUE(may("catalog", "partner", Brought::kSubject, &service));
    rule().enabled = false;
    EXPECT_FALSE(may("catalog", "partner", Brought::kSubject, &service));
    // Keycloak's switch is for assertions alone.
    client("catalog").attributes = {{"oauth2.jwt.authorization.grant.enabled", "true"},
                                    {"oauth2.jwt.authorization.grant.idp", "acme##partner"}};
    EXPECT_TRUE(may("catalog", "partner", Brought::kAssertion));
    EXPECT_FALSE(may("catalog", "partner", Brought::kSubject));
    EXPECT_FALSE(may("catalog", "part", Brought::kAssertion));
}

TEST_F(Exchange, RuleWhoseRiskHasEndedLetsNobodyBringATokenThatIsAskedAbout) {
    rule().subject->issuers = {"partner"};
    rule().risk = Risk{.reason = "r", .expires = "2027-01-15", .expires_at = kNow};
    const auto may = [&] {
        auto asking = facts();
        asking.subject = nullptr;  // not known before the issuer is asked
        asking.subject_token = nullptr;
        return Policy::compile(realm).may_bring(asking, "partner", Brought::kSubject);
    };
    EXPECT_TRUE(may());
    rule().risk->expires_at = kNow - 1;
    EXPECT_FALSE(may());
}

TEST_F(Exchange, SelectorsDemandEveryMember) {
    User user = *alice.user;
    user.attributes = {{"site", {"berlin", "rome"}}};
    alice.user = std::make_shared<const User>(user);
    rule().subject->users = people(&UserSelector::users, {"alice"});
    rule().subject->users->groups = {"/staff"};
    rule().subject->users->attributes = {{"site", {"rome"}}};
    EXPECT_EQ(code(), "permitted");
    rule().subject->users->attributes["grade"] = {"1"};
    EXPECT_EQ(code(), "kRuleSubjectNotSelected");
    rule().subject->users = people(&UserSelector::clients, {"orders-api"});
    EXPECT_EQ(code(), "kRuleSubjectNotSelected");
    user.service_account_of = ClientId("orders-api");
    alice.user = std::make_shared<const User>(user);
    EXPECT_EQ(code(), "permitted");
    rule().subject->users = everybody();
    rule().subject->users->same_group = true;
    EXPECT_EQ(code(), "kRuleSubjectNotSelected");
    rule().subject->users = UserSelector{};
    EXPECT_EQ(code(), "kRuleSubjectNotSelected");
}

}  // namespace
}  // namespace cambist::policy
