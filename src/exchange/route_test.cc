// SPDX-License-Identifier: Apache-2.0
#include "exchange/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "representation/realm_file.h"

namespace cambist::exchange {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr std::string_view kRealm = R"(
realm: ways
groups: [{ name: staff }]
roles:
  realm: [{ name: robot }]
  client:
    vault: [{ name: open }]
clientScopes:
  - name: to-gate
    protocolMappers:
      - name: gate
        protocolMapper: oidc-audience-mapper
        config: { included.client.audience: gate, access.token.claim: "true" }
clients:
  - { clientId: web, publicClient: true, standardFlowEnabled: true, defaultClientScopes: [roles, to-gate] }
  - { clientId: gate, secret: x, standardFlowEnabled: false, serviceAccountsEnabled: true }
  - { clientId: hall, secret: x, standardFlowEnabled: false, attributes: { resource_url: "https://hall.example/" } }
  - { clientId: cellar, secret: x, standardFlowEnabled: false }
  - { clientId: attic, secret: x, standardFlowEnabled: false }
  - { clientId: vault, secret: x, standardFlowEnabled: false }
  - { clientId: ruin, secret: x, standardFlowEnabled: false, enabled: false }
  - { clientId: board, bearerOnly: true }
  - { clientId: odd, secret: x, clientAuthenticatorType: client-secret, standardFlowEnabled: false }
  - clientId: legacy
    standardFlowEnabled: true
    secret: x
    fullScopeAllowed: true
    attributes: { standard.token.exchange.enabled: "true" }
users:
  - { username: ann, groups: [/staff] }
)";

std::string rule(const std::string& id, const std::string& requester, const std::string& target,
                 const std::string& more = {}, const std::string& subject = {},
                 const std::string& result = {}) {
    const bool has_subject = !subject.empty();
    return "  - id: " + id + "\n    owner: " + target +
           "\n    effect: permit\n    requester: { clients: [" + requester +
           "] }\n    subject: { tokenTypes: [access_token], issuers: [self], " +
           (has_subject ? subject : "binding: audience, users: { any: true }") +
           " }\n    target: { audiences: [" + target +
           "] }\n    result: { mode: same-subject, tokenTypes: [access_token], lifetime: 2m" +
           result + " }\n" + more;
}

std::string denial(const std::string& id, const std::string& target, const std::string& more) {
    return "  - id: " + id + "\n    owner: " + target +
           "\n    effect: deny\n    target: { audiences: [" + target + "] }\n" + more;
}

Result<Route> way(const std::string& rules, const std::string& from, const std::string& to) {
    const auto text = std::string(kRealm) + (rules.empty() ? "" : "exchangeRules:\n" + rules);
    auto outcome = representation::read_realm_file(text, "ways.yaml", {});
    for (const auto& fault : outcome.faults) ADD_FAILURE() << representation::describe(fault);
    if (!outcome.file) return fail(ErrorCode::kParse);
    const auto realm = std::make_shared<const Realm>(std::move(outcome.file->realm));
    return find_route(realm, outcome.file->users, from, to, from_unix(1'800'000'000));
}

std::vector<std::string> clients_of(const Result<Route>& route) {
    std::vector<std::string> names;
    if (route)
        for (const auto& step : route->steps) names.push_back(step.client);
    return names;
}

TEST(Route, LeadsOverATokenThatClientScopesSend) {
    const auto route = way(rule("r", "gate", "hall"), "gate", "hall");
    EXPECT_THAT(clients_of(route), ElementsAre("web", "gate"));
    EXPECT_EQ(route->answer, Reachable::kYes);
    EXPECT_THAT(route->steps.front().text, HasSubstr("its client scopes send to gate"));
    EXPECT_EQ(route->steps.back().text, "gate exchanges it by rule r: a token for hall");
}

TEST(Route, IsTheOneThatNeedsLeastBeforeTheOneThatIsShort) {
    constexpr const char* kStaff = "binding: audience, users: { groups: [/staff] }";
    const auto one = rule("one", "gate", "hall");
    const auto two = rule("two", "hall", "cellar", {}, {}, ", holder: target");
    const auto direct = rule("direct", "gate", "cellar", {}, kStaff, ", holder: target");
    EXPECT_THAT(clients_of(way(direct + one + two, "cellar", "cellar")),
                ElementsAre("web", "gate", "hall"))
        << "longer, and free of conditions";
    const auto route = way(direct, "cellar", "cellar");
    EXPECT_EQ(route->answer, Reachable::kPerhaps);
    EXPECT_THAT(route->steps.back().conditions, ElementsAre("for staff"));
}

TEST(Route, OfATokenThatTheTargetHoldsGoesOnFromThere) {
    const auto rules = rule("held", "gate", "hall", {}, {}, ", holder: target") +
                       rule("on", "hall", "cellar", {}, "binding: azp, users: { any: true }");
    const auto route = way(rules, "hall", "cellar");
    EXPECT_THAT(clients_of(route), ElementsAre("web", "gate", "hall"));
    EXPECT_EQ(route->steps[1].text,
              "gate exchanges it by rule held: a token for hall, held by hall");
    EXPECT_THAT(clients_of(way(rule("held", "gate", "board", {}, {}, ", holder: target"), "board",
                               "board")),
                IsEmpty())
        << "who can prove nothing holds nothing";
}

TEST(Route, ToAResourceIsFoundByItsClientAndByItsAddress) {
    auto rules = rule("r", "gate", "hall");
    const std::string by_name = "audiences: [hall]";
    rules.replace(rules.find(by_name), by_name.size(), "resources: [\"https://hall.example/\"]");
    EXPECT_EQ(way(rules, "gate", "https://hall.example/")->answer, Reachable::kYes);
    const auto denied = way(rules + denial("d", "hall", ""), "gate", "https://hall.example/");
    EXPECT_EQ(denied->answer, Reachable::kNo);
}

TEST(Route, NamesWhatCanNotBeToldWithoutASubject) {
    auto delegation = rule("acts", "gate", "hall", "    actor: { clients: [gate] }\n");
    delegation.replace(delegation.find("same-subject"), 12, "delegation");
    EXPECT_THAT(way(delegation, "gate", "hall")->steps.back().conditions,
                ElementsAre("with an actor"));
    auto by_key = rule("key", "gate", "hall");
    by_key.replace(by_key.find("clients: [gate]"), 15,
                   "clients: [gate], authMethods: [private_key_jwt, client_secret_basic]");
    EXPECT_THAT(way(by_key, "gate", "hall")->steps.back().conditions,
                ElementsAre("if it authenticates by private_key_jwt or client_secret_basic"));
    const auto open =
        way(rule("open", "attic", "hall", "    risk: { reason: test, expires: 2099-01-01 }\n",
                 "binding: any, users: { any: true }"),
            "attic", "hall");
    EXPECT_THAT(open->steps.front().conditions,
                ElementsAre("if it gets hold of a token of whomever"));
}

TEST(Route, WithoutATokenIsOneOfNakedRules) {
    auto naked =
        rule("night", "attic", "hall", "    risk: { reason: test, expires: 2099-01-01 }\n");
    const auto begin = naked.find("subject:");
    const auto end = naked.find("    target");
    naked.replace(begin, end - begin, "subject: { naked: true, users: { groups: [/staff] } }\n");
    naked.replace(naked.find("same-subject"), 12, "switch-subject");
    const auto route = way(naked, "attic", "hall");
    EXPECT_THAT(clients_of(route), ElementsAre("attic"));
    EXPECT_EQ(route->steps.front().text,
              "attic asks without a token by rule night: a token for hall");
    EXPECT_THAT(route->steps.front().conditions, ElementsAre("for staff", "as whom it names"));
}

TEST(Route, ByARoleOfTheSubjectIsACondition) {
    const auto route = way("", "web", "vault");
    EXPECT_EQ(route->answer, Reachable::kPerhaps);
    EXPECT_THAT(route->steps.back().conditions, ElementsAre("if the subject has a role of vault"));
    const auto by_switch = way("", "legacy", "vault");
    EXPECT_EQ(by_switch->answer, Reachable::kPerhaps);
}

TEST(Route, ADenialOfSomeIsAConditionAndOneOfAllIsTheEnd) {
    const auto rules = rule("r", "gate", "hall");
    const auto some =
        way(rules + denial("some", "hall", "    subject: { users: { groups: [/staff] } }\n"),
            "gate", "hall");
    EXPECT_THAT(some->steps.back().conditions,
                ElementsAre(StartsWith("unless rule some denies it: ")));
    const auto all = way(rules + denial("all", "hall", ""), "gate", "hall");
    EXPECT_EQ(all->answer, Reachable::kNo);
    EXPECT_THAT(all->why_not, Contains("rule all denies it"));
    const auto of_others = way(
        rules + denial("others", "hall", "    requester: { clients: [attic] }\n"), "gate", "hall");
    EXPECT_EQ(of_others->answer, Reachable::kYes);
    const auto off = way(rules + denial("off", "hall", "    enabled: false\n"), "gate", "hall");
    EXPECT_EQ(off->answer, Reachable::kYes);
}

TEST(Route, SaysWhyThereIsNone) {
    const auto rules =
        rule("off", "cellar", "hall", "    enabled: false\n") +
        rule("old", "cellar", "hall", "    risk: { reason: test, expires: 2020-01-01 }\n",
             "binding: any, users: { any: true }") +
        rule("theirs", "gate", "hall") + rule("idle", "cellar", "attic");
    EXPECT_THAT(way(rules, "cellar", "hall")->why_not,
                testing::IsSupersetOf(
                    {"rule off is disabled", "rule old has expired", "rule theirs serves gate"}));
    EXPECT_THAT(way(rules, "cellar", "attic")->why_not,
                Contains("rule idle would serve, but no token that it takes comes to the client"));
    EXPECT_THAT(way(rules, "web", "hall")->why_not, Contains(HasSubstr("is not confidential")));
    EXPECT_THAT(way(rule("r", "gate", "ruin"), "gate", "ruin")->why_not,
                Contains("ruin is disabled"));
    EXPECT_THAT(way(rule("r", "ruin", "hall"), "ruin", "hall")->why_not,
                Contains("the client is disabled"));
    EXPECT_THAT(way("", "gate", "attic")->why_not,
                ElementsAre("no rule and no client scope gives tokens for attic"));
}

TEST(Route, LeadsToAPublicClientByACodeThatIsHandedOver) {
    auto handing = rule("hand", "gate", "web", {}, {}, ", holder: target");
    const auto types = handing.find("tokenTypes: [access_token], lifetime");
    ASSERT_NE(types, std::string::npos);
    EXPECT_EQ(way(handing, "web", "web")->answer, Reachable::kNo);
    handing.replace(types, std::string_view("tokenTypes: [access_token]").size(),
                    "tokenTypes: [handoff]");
    const auto found = way(handing, "web", "web");
    EXPECT_EQ(found->answer, Reachable::kYes);
    ASSERT_EQ(found->steps.size(), 2U);
    EXPECT_EQ(found->steps.back().holder, "web");
    EXPECT_THAT(found->steps.back().text, HasSubstr("for a code"));
}

TEST(Route, OfAPublicClientIsByRulesForSuchOnes) {
    auto own = rule("own", "web", "attic", {}, "binding: azp, users: { any: true }");
    EXPECT_THAT(way(own, "web", "attic")->why_not, Contains(HasSubstr("authMethods: [none]")));
    const std::string_view plain = "requester: { clients: [web] }";
    own.replace(own.find(plain), plain.size(),
                "requester: { clients: [web], authMethods: [none] }");
    EXPECT_EQ(way(own, "web", "attic")->answer, Reachable::kYes);
}

TEST(Route, BeginsWithATokenOfATrustedIssuer) {
    constexpr std::string_view kIssuers = R"(trustedIssuers:
  - { alias: partner, issuer: "https://partner.example", keys: { jwksUrl: "https://partner.example/keys" },
      binding: service }
)";
    auto in = rule("in", "attic", "cellar");
    const std::string_view ours = "issuers: [self]";
    in.replace(in.find(ours), ours.size(), "issuers: [partner]");
    const auto found = way(in + std::string(kIssuers), "attic", "cellar");
    EXPECT_EQ(found->answer, Reachable::kPerhaps);
    ASSERT_EQ(found->steps.size(), 1U);
    EXPECT_THAT(found->steps.front().conditions, ElementsAre(HasSubstr("trusted issuer partner")));
    // And not with one of ours.
    in.replace(in.find("[attic]"), 7, "[gate]");
    const auto gate = way(in + std::string(kIssuers), "gate", "cellar");
    EXPECT_THAT(gate->steps.front().conditions, ElementsAre(HasSubstr("trusted issuer partner")));
}

TEST(Route, RefusesNamesThatNobodyHas) {
    EXPECT_EQ(way("", "nobody", "hall").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(way("", "gate", "nothing").error().code, ErrorCode::kNotFound);
}

TEST(Route, HasAWordForEachAnswer) {
    EXPECT_EQ(name_of(Reachable::kNo), "no");
    EXPECT_EQ(name_of(Reachable::kPerhaps), "perhaps");
    EXPECT_EQ(name_of(Reachable::kYes), "yes");
}

}  // namespace
}  // namespace cambist::exchange
