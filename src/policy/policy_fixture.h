// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "policy/policy.h"

namespace cambist::policy {

inline constexpr std::int64_t kNow = 1'800'000'000;

// Selectors with one member set.
using Names = std::vector<std::string>;
inline UserSelector people(Names UserSelector::* member, Names names) {
    UserSelector made;
    made.*member = std::move(names);
    return made;
}
inline UserSelector everybody() {
    UserSelector made;
    made.any = true;
    return made;
}
inline UserSelector all_but(UserSelector selector, UserSelector except) {
    selector.except = std::make_shared<const UserSelector>(std::move(except));
    return selector;
}
inline RequesterSelector clients_by(Names RequesterSelector::* member, Names names) {
    RequesterSelector made;
    made.*member = std::move(names);
    return made;
}
inline SubjectSelector subjects(UserSelector users) {
    SubjectSelector made;
    made.users = std::move(users);
    return made;
}
inline TargetSelector audiences(Names names) {
    TargetSelector made;
    made.audiences = std::move(names);
    return made;
}
inline TargetSelector resources(Names names) {
    TargetSelector made;
    made.resources = std::move(names);
    return made;
}
inline ActorSelector actors(ActorSelector::Kind kind) {
    ActorSelector made;
    made.kind = kind;
    return made;
}

// A realm with a few clients, a user of staff, and the facts of a request that the tests change.
class PolicyTest : public testing::Test {
  protected:
    PolicyTest() {
        realm.name = RealmName("acme");
        for (const char* name : {"web", "orders-api", "billing-api", "catalog", "archive"})
            add_client(name);
        client("web").kind = ClientKind::kPublic;
        client("billing-api").resource_url = "https://billing.example/";
        client("archive").enabled = false;
        alice = person("alice", {"/staff/berlin"}, {{"", "user"}});
        token.subject = alice.user->id;
        token.issuer = "https://id.example/realms/acme";
        token.audience = {"orders-api"};
        token.holder = ClientId("web");
        token.scopes = {"openid", "profile", "invoice:read", "invoice:pay"};
        token.expires_at = kNow + 600;
        token.session = SessionId("s1");
        session.id = SessionId("s1");
        session.user = alice.user->id;
        session.started = kNow - 100;
        session.expires = kNow + 36000;
        wanted.audiences = {"billing-api"};
    }

    Client& add_client(const std::string& name) {
        Client& made = realm.clients.emplace_back();
        made.client_id = ClientId(name);
        return made;
    }
    Client& client(const std::string& name) {
        return *std::ranges::find_if(
            realm.clients, [&](const Client& one) { return one.client_id.text() == name; });
    }

    static Identity person(const std::string& name, std::vector<std::string> groups,
                           std::vector<RoleRef> roles) {
        auto user = std::make_shared<User>();
        user->id = UserId("id-" + name);
        user->username = name;
        std::ranges::sort(roles);
        return {.user = user,
                .roles = std::move(roles),
                .groups = std::move(groups),
                .organizations = {}};
    }

    // The rule of the design, section 4.1.
    static Rule orders_to_billing() {
        Rule rule;
        rule.id = RuleId("orders-to-billing");
        rule.owner = "billing-api";
        rule.requester = clients_by(&RequesterSelector::clients, {"orders-api"});
        rule.subject = subjects(all_but(people(&UserSelector::groups, {"/staff"}),
                                        people(&UserSelector::roles, {"admin"})));
        rule.subject->token_types = {TokenType::kAccessToken};
        rule.subject->issuers = {"self"};
        rule.target = audiences({"billing-api"});
        rule.result.scopes = {"invoice:read"};
        rule.result.lifetime = Seconds(300);
        rule.source = "exchangeRules[0]";
        return rule;
    }
    static Rule denial(const std::string& id) {
        Rule rule;
        rule.id = RuleId(id);
        rule.effect = Effect::kDeny;
        return rule;
    }
    Rule& add(Rule rule) { return realm.rules.emplace_back(std::move(rule)); }

    // Keycloak's switch at orders-api, whose client scopes reach billing-api and catalog.
    void switch_on() {
        client("orders-api").standard_token_exchange = true;
        reach.audiences = {"billing-api", "catalog"};
        reach.scopes = {"profile", "email"};
        reach.client_scopes = {"profile", "email", "roles"};
    }

    Facts facts() {
        realm.index();
        Facts facts;
        facts.realm = &realm;
        facts.requester = &client(requester);
        facts.method = method;
        facts.requester_account = account;
        facts.grant = grant;
        facts.subject = &alice;
        facts.subject_token = grant == GrantType::kTokenExchange ? &token : nullptr;
        facts.session = has_session ? &session : nullptr;
        facts.family = grant == GrantType::kRefreshToken ? &family : nullptr;
        if (!family.requester.empty()) facts.asked_by = &client(family.requester.text());
        facts.wanted = &wanted;
        facts.reach = reach;
        facts.now = from_unix(kNow);
        return facts;
    }
    Decision decide() {
        realm.index();
        return Policy::compile(realm).decide(facts());
    }
    // The holder asks for consent to these scopes of the realm.
    void ask_consent(const std::string& holder, const Names& names) {
        client(holder).consent_required = true;
        for (const std::string& name : names) realm.scopes.emplace_back().name = name;
    }
    void consent(const std::string& holder, Names names) {
        User user = *alice.user;
        user.consents = {{.client = holder, .scopes = std::move(names)}};
        alice.user = std::make_shared<const User>(user);
    }
    void want_scopes(std::vector<std::string> scopes) {
        wanted.scopes = std::move(scopes);
        wanted.has_scope = true;
    }

    Realm realm;
    std::string requester = "orders-api";
    ClientAuthMethod method = ClientAuthMethod::kClientSecretBasic;
    const Identity* account = nullptr;
    GrantType grant = GrantType::kTokenExchange;
    Identity alice;
    TokenFacts token;
    Session session;
    bool has_session = true;
    RefreshFamily family;
    Wanted wanted;
    Reach reach;
};

// The refusal's enumerator, or "permitted".
inline std::string code_of(const Decision& decision) {
    return decision.refusal ? std::string(error_row(decision.refusal->code).name) : "permitted";
}
inline std::string hint_of(const Decision& decision) {
    return decision.refusal ? decision.refusal->hint : std::string();
}
inline std::string stages_of(const Decision& decision) {
    std::string text;
    for (const TraceStep& step : decision.steps)
        text += (text.empty() ? "" : " ") + step.stage + (step.passed ? "" : "!");
    return text;
}

}  // namespace cambist::policy
