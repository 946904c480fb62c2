// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "model/issuer.h"
#include "representation/masking.h"
#include "representation/objects.h"
#include "representation/realm_file.h"
#include "representation/test_files.h"

namespace cambist::representation {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kKey = R"({ keys: [{ kty: EC, crv: P-256, kid: k,
      x: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU,
      y: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0 }] })";

std::string with_issuer(const std::string& members) {
    return "realm: a\nclients: [{ clientId: gate, secret: s }]\nclientScopes: [{ name: read }]\n"
           "groups: [{ name: partners }]\ntrustedIssuers:\n  - " +
           members + "\n";
}

ReadOutcome read(const std::string& text) { return read_realm_file(text, "r", {}); }

TrustedIssuer good(const std::string& members) {
    const auto outcome = read(with_issuer(members));
    EXPECT_TRUE(outcome.file) << all_of(outcome.faults);
    if (!outcome.file || outcome.file->realm.issuers.empty()) return {};
    return *outcome.file->realm.issuers.front();
}

std::string faults_of(const std::string& members) {
    return all_of(read(with_issuer(members)).faults);
}

TEST(TrustedIssuers, NeedAnAliasAndAnIssuerAndHaveTheStrictestDefaults) {
    const auto issuer = good("{ alias: p, issuer: https://idp.example }");
    EXPECT_EQ(issuer.keys.discovery, "https://idp.example");
    EXPECT_THAT(issuer.audience, ElementsAre("self"));
    EXPECT_EQ(issuer.binding.kind, BindingKind::kNone);
    EXPECT_EQ(issuer.clock_skew, Seconds(30));
    EXPECT_TRUE(issuer.uses.subject);
    EXPECT_FALSE(issuer.uses.actor || issuer.uses.grant || issuer.uses.client);
    EXPECT_THAT(issuer.scopes, IsEmpty());
    EXPECT_EQ(issuer.algorithms.size(), 10U);
}

TEST(TrustedIssuers, AreReadWithAllThatTheyMaySay) {
    const auto issuer = good(
        "{ alias: p, issuer: [https://idp.example, https://old.example], keys: { jwks: " +
        std::string(kKey) +
        " }, algorithms: [ES256], audience: [requester, https://us.example], "
        "authorizedParties: [their-app], require: { groups: [staff, 'ext-*'], level: 3 }, "
        "maxAge: 10m, clockSkew: 5s, singleUse: true, tokenTypes: [jwt], scopes: [read], "
        "scopeMap: { r: [read] }, clients: [gate], mode: audit, uses: [subject, actor], "
        "binding: { kind: create, match: [{ claim: email, attribute: email }], autoLink: true, "
        "username: 'p-${CLAIM.sub}', attributes: { dept: department }, groups: [/partners] } }");
    EXPECT_THAT(issuer.keys.jwks, HasSubstr("\"P-256\""));
    ASSERT_EQ(issuer.require.size(), 2U);
    EXPECT_THAT(issuer.require[0].patterns, ElementsAre("staff", "ext-*"));
    EXPECT_THAT(issuer.require[1].patterns, ElementsAre("3"));
    EXPECT_EQ(issuer.max_age, Seconds(600));
    EXPECT_EQ(issuer.max_lifetime, Seconds(3600)) << "a replay is not remembered for ever";
    EXPECT_EQ(issuer.mode, IssuerMode::kAudit);
    EXPECT_TRUE(issuer.uses.actor);
    EXPECT_EQ(issuer.binding.match.front().attribute, "email");
    EXPECT_THAT(issuer.scope_map.at("r"), ElementsAre("read"));
}

TEST(TrustedIssuers, AreFoundByAliasAndByTheValueOfIss) {
    const auto outcome = read(with_issuer(
        "{ alias: b, issuer: [https://b.example, https://c.example], tokenTypes: [jwt] }\n"
        "  - { alias: a, issuer: https://b.example, tokenTypes: [id_token] }"));
    ASSERT_TRUE(outcome.file) << all_of(outcome.faults);
    const auto& realm = outcome.file->realm;
    ASSERT_NE(realm.find_issuer("b"), nullptr);
    EXPECT_EQ(realm.find_issuer("x"), nullptr);
    EXPECT_EQ(realm.issuers_of("https://c.example"), std::vector{realm.find_issuer("b")});
    EXPECT_EQ(realm.issuers_of("https://b.example").size(), 2U);
    EXPECT_THAT(realm.issuers_of("https://b.example/"), IsEmpty());
}

struct IssuerFault {
    const char* name;
    const char* members;
    const char* fault;
};
class IssuerFaults : public testing::TestWithParam<IssuerFault> {};

TEST_P(IssuerFaults, IsNamedWithItsPlace) {
    EXPECT_THAT(faults_of(GetParam().members), HasSubstr(GetParam().fault));
}

INSTANTIATE_TEST_SUITE_P(
    Files, IssuerFaults,
    testing::Values(
        IssuerFault{"EmptyAudience", "{ alias: p, issuer: https://i.example, audience: [] }",
                    "r:6:54: trustedIssuers[0].audience: a token must be meant for somebody"},
        IssuerFault{"SelfAsAlias", "{ alias: self, issuer: https://i.example }",
                    "trustedIssuers[0].alias: an issuer needs an alias"},
        IssuerFault{"TwoPlacesOfKeys",
                    "{ alias: p, issuer: x, keys: { pem: x, jwksUrl: https://i.example/k } }",
                    "says 2 places where the keys are"},
        IssuerFault{"NoPlaceOfKeys", "{ alias: p, issuer: urn-less }",
                    "does not say where its keys"},
        IssuerFault{"NoKey", "{ alias: p, issuer: x, keys: { jwks: { keys: [] } } }",
                    "no key of it can be used"},
        IssuerFault{"SymmetricAlgorithm",
                    "{ alias: p, issuer: https://i.example, algorithms: [HS256] }",
                    "no asymmetric signature algorithm: \"HS256\""},
        IssuerFault{"DoubleStar",
                    "{ alias: p, issuer: https://i.example, require: { sub: 'repo:**' } }",
                    "** matches nothing"},
        IssuerFault{"UnknownClient", "{ alias: p, issuer: https://i.example, clients: [nope] }",
                    "nope"},
        IssuerFault{"MatchWithoutMatchers",
                    "{ alias: p, issuer: https://i.example, binding: match }",
                    "does not say what is matched"},
        IssuerFault{"MatchersOfALink",
                    "{ alias: p, issuer: https://i.example, binding: { kind: link, match: [{ "
                    "claim: email, attribute: email }] } }",
                    "has no effect with kind link"},
        IssuerFault{"GithubWithoutPin",
                    "{ alias: p, preset: github-actions, audience: self, require: { ref: "
                    "refs/heads/main } }",
                    "add require with one of repository_id, repository_owner_id"},
        IssuerFault{"GithubWithPattern",
                    "{ alias: p, preset: github-actions, audience: self, require: { "
                    "repository_id: '12*', ref: refs/heads/main } }",
                    "repository_id must be a whole value"},
        IssuerFault{"GithubWithStrangers",
                    "{ alias: p, preset: github-actions, audience: self, require: { "
                    "repository_id: 12 } }",
                    "a pull request of a stranger"},
        IssuerFault{"GithubWithItsUsualAudience",
                    "{ alias: p, preset: github-actions, audience: https://github.com/acme, "
                    "require: { repository_id: 12, ref: refs/heads/main } }",
                    "what every job of that owner gets"},
        IssuerFault{"EntraByName", "{ alias: p, preset: entra, tenant: acme.example, audience: x }",
                    "needs the id of a tenant"},
        IssuerFault{"SpiffeWithIss",
                    "{ alias: p, preset: spiffe, trustDomain: prod.example, issuer: x, keys: { "
                    "jwksUrl: https://b.example/keys } }",
                    "iss is not looked at"},
        IssuerFault{"KubernetesForEveryPod",
                    "{ alias: p, preset: kubernetes, issuer: https://k.example, audience: self }",
                    "any pod of the cluster"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(TrustedIssuers, OfOneNameAndOneUseAreAFault) {
    EXPECT_THAT(faults_of("{ alias: a, issuer: https://i.example }\n"
                          "  - { alias: b, issuer: [https://j.example, https://i.example] }"),
                HasSubstr("r:7:5: trustedIssuers[1]: speaks for the same issuer as \"a\""));
    EXPECT_EQ(faults_of("{ alias: a, issuer: https://i.example, clients: [gate] }\n"
                        "  - { alias: b, issuer: https://i.example, enabled: false }"),
              "");
}

TEST(TrustedIssuers, AreNamedByRules) {
    const auto rule = [](const std::string& alias) {
        return with_issuer("{ alias: partner, issuer: https://i.example }") +
               "exchangeRules: [{ id: r, owner: o, requester: { clients: [gate] }, subject: { "
               "issuers: [" +
               alias +
               "], users: { any: true } }, target: { audiences: [gate] }, result: { mode: "
               "same-subject } }]\n";
    };
    EXPECT_TRUE(read(rule("partner")).file);
    EXPECT_THAT(all_of(read(rule("partnr")).faults),
                HasSubstr("there is no trusted issuer \"partnr\"; did you mean \"partner\"?"));
}

TEST(TrustedIssuers, TakeTheirKeysFromAFileThatIsNotNeededAgain) {
    Options options;
    options.read_file = [](const std::string&) -> Result<Secret> { return Secret(); };
    const auto path = testing::TempDir() + "cambist-idp-" + std::to_string(getpid()) + ".json";
    std::ofstream(path) << R"({"keys":[{"kty":"EC","crv":"P-256",)"
                           R"("x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                           R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";
    const auto text = with_issuer("{ alias: p, issuer: x, keys: { file: " + path + " } }");
    const auto outcome = read_realm_file(text, "r", options);
    ASSERT_TRUE(outcome.file) << all_of(outcome.faults);
    EXPECT_THAT(outcome.file->realm.issuers.front()->keys.jwks, HasSubstr("P-256"));
    Options stored;
    stored.complete = false;
    const auto again = read_realm(outcome.file->canonical, "store", stored);
    ASSERT_TRUE(again.file) << all_of(again.faults);
    EXPECT_EQ(again.file->realm.issuers.front()->keys.jwks,
              outcome.file->realm.issuers.front()->keys.jwks);
    EXPECT_THAT(all_of(read(text).faults),
                HasSubstr("trustedIssuers[0].keys.file: can not be read"));
}

TEST(TrustedIssuers, PresetsKnowTheKeysAndTheIdOfTheirProducts) {
    const auto google = good("{ alias: g, preset: google, audience: x.apps.example }");
    EXPECT_THAT(google.issuers, ElementsAre("https://accounts.google.com", "accounts.google.com"));
    EXPECT_EQ(google.keys.jwks_url, "https://www.googleapis.com/oauth2/v3/certs");
    const std::string tenant = "8f3a2f4e-0000-4000-8000-0123456789ab";
    const auto entra =
        good("{ alias: e, preset: entra, audience: api://x, tenant: " + tenant + " }");
    EXPECT_EQ(entra.issuers.front(), "https://login.microsoftonline.com/" + tenant + "/v2.0");
    EXPECT_EQ(entra.binding.subject_claim, "oid");
    ASSERT_EQ(entra.require.size(), 1U);
    EXPECT_EQ(entra.require[0].claim, "tid");
    const auto pods = good(
        "{ alias: k, preset: kubernetes, issuer: https://k.example, audience: self, require: { "
        "sub: 'system:serviceaccount:prod:*' } }");
    EXPECT_EQ(pods.binding.subject_claim, "kubernetes\\.io.serviceaccount.uid");
    const auto spiffe = good(
        "{ alias: s, preset: spiffe, trustDomain: prod.example, keys: { jwksUrl: "
        "https://b.example/keys } }");
    EXPECT_THAT(spiffe.issuers, ElementsAre("spiffe://prod.example"));
}

TEST(IdentityProviders, OfAnExportAreTrustedAsFarAsTheyCanBeVerified) {
    const auto text = read_repository_file("tests/data/keycloak/26/acme.json");
    const auto outcome = read_realm_file(text, "acme.json", {});
    ASSERT_TRUE(outcome.file) << all_of(outcome.faults);
    const auto& realm = outcome.file->realm;
    const auto* partner = realm.find_issuer("partner");
    ASSERT_NE(partner, nullptr);
    EXPECT_EQ(partner->issuers, std::vector<std::string>{"https://id.partner.example"});
    EXPECT_EQ(partner->keys.jwks_url, "https://id.partner.example/jwks");
    EXPECT_THAT(partner->audience, ElementsAre("self", "acme"));
    EXPECT_EQ(partner->binding.kind, BindingKind::kLink);
    EXPECT_EQ(partner->mappers.size(), 2U);
    EXPECT_EQ(realm.find_issuer("github"), nullptr);
    const auto report = summarize(outcome.file->report);
    EXPECT_THAT(report.risks, Contains(HasSubstr("identity provider \"github\"")));
    EXPECT_THAT(report.risks, testing::Not(Contains(HasSubstr("mapper "))));
    EXPECT_EQ(partner->mappers.front().update, MapperUpdate::kAlways) << "the provider's mode";
    EXPECT_EQ(partner->mappers.back().role.name, "employee");
    EXPECT_THAT(report.notes,
                Contains(HasSubstr("identity provider \"partner\": tokens of users")));
}

TEST(IdentityProviders, OfOneIssuerAreBothTakenAndToldApartByTheRequest) {
    const auto outcome = read(
        "realm: a\nidentityProviders:\n"
        "  - { alias: staff, providerId: oidc, config: { issuer: https://i.example, jwksUrl: "
        "https://i.example/k, clientId: app } }\n"
        "  - { alias: guests, providerId: oidc, config: { issuer: https://i.example, jwksUrl: "
        "https://i.example/k, allowClientIdAsAudience: 'true', clientId: app } }\n");
    ASSERT_TRUE(outcome.file) << all_of(outcome.faults);
    const auto& realm = outcome.file->realm;
    EXPECT_EQ(realm.issuers_of("https://i.example").size(), 2U);
    EXPECT_THAT(summarize(outcome.file->report).notes,
                Contains(HasSubstr("requests must name one by subject_issuer")));
    EXPECT_THAT(realm.find_issuer("staff")->subject_audience, ElementsAre("app"));
    EXPECT_THAT(realm.find_issuer("guests")->subject_audience, IsEmpty());
}

std::vector<std::string> risks_of(const std::string& text) {
    const auto outcome = read(text);
    EXPECT_TRUE(outcome.file) << all_of(outcome.faults);
    return outcome.file ? summarize(outcome.file->report).risks : std::vector<std::string>();
}

TEST(TrustedIssuers, OfSeveralNamesOrOfASharedOneAreARisk) {
    EXPECT_THAT(
        risks_of(with_issuer("{ alias: p, issuer: [https://i.example, https://j.example] }")),
        ElementsAre(HasSubstr("trustedIssuers[0].issuer: issuer \"p\" has several names")));
    EXPECT_THAT(risks_of(with_issuer("{ alias: p, preset: google, audience: us }")), IsEmpty());
    const auto two = [](const char* kind) {
        return with_issuer(
            "{ alias: a, issuer: https://i.example, binding: link, tokenTypes: [jwt] }\n"
            "  - { alias: b, issuer: https://i.example, tokenTypes: [id_token], "
            "binding: " +
            std::string(kind) + " }");
    };
    EXPECT_THAT(risks_of(two("create")),
                ElementsAre(HasSubstr("each has users and links of its own")));
    EXPECT_THAT(risks_of(two("service")), IsEmpty());
}

TEST(TrustedIssuers, DemandAClaimThatTheProductHas) {
    const auto with = [](const char* claim) {
        return risks_of(
            with_issuer("{ alias: p, preset: github-actions, audience: self, require: { "
                        "repository_id: 12, ref: "
                        "refs/heads/main, " +
                        std::string(claim) + ": prod } }"));
    };
    EXPECT_THAT(with("enviroment"), ElementsAre(HasSubstr("did you mean \"environment\"?")));
    EXPECT_THAT(with("environment"), IsEmpty());
    EXPECT_THAT(with("repo_property_team"), IsEmpty());
}

TEST(TrustedIssuers, OfAClusterProveAClientByTheUidOfItsAccount) {
    const auto with = [](const std::string& require, const std::string& attribute) {
        return risks_of(
            "realm: a\ntrustedIssuers:\n  - { alias: k, preset: kubernetes, issuer: "
            "https://k.example, audience: self, uses: [client]" +
            require +
            " }\n"
            "clients: [{ clientId: job, clientAuthenticatorType: federated-jwt, attributes: { "
            "jwt.credential.issuer: k, jwt.credential.sub: 'system:serviceaccount:a:b'" +
            attribute + " } }]\n");
    };
    EXPECT_THAT(with("", ""), ElementsAre(HasSubstr("cambist.jwt.credential.id")));
    EXPECT_THAT(with("", ", cambist.jwt.credential.id: u-1"), IsEmpty());
    EXPECT_THAT(with(", require: { 'kubernetes\\.io.serviceaccount.uid': u-1 }", ""), IsEmpty());
}

TEST(TrustedIssuers, OfKeycloaksLegacyExchangeMakeUsersAndMayLookAtNoAudience) {
    const auto issuer = good("{ alias: p, kind: keycloak-v1, issuer: https://i.example }");
    EXPECT_EQ(issuer.binding.kind, BindingKind::kCreate);
    EXPECT_THAT(issuer.binding.username, IsEmpty());
    EXPECT_THAT(issuer.audience, ElementsAre("self"));
    EXPECT_EQ(issuer.keys.discovery, "https://i.example");
    EXPECT_EQ(good("{ alias: p, kind: keycloak-v1, issuer: https://i.example, binding: link }")
                  .binding.kind,
              BindingKind::kLink);
    EXPECT_THAT(faults_of("{ alias: p, issuer: https://i.example, audience: any }"),
                HasSubstr("any is for kind keycloak-v1"));
    EXPECT_THAT(faults_of("{ alias: p, kind: keycloak-v1, issuer: i }"),
                HasSubstr("says neither where its keys nor where its user information is"));
    EXPECT_THAT(
        risks_of(with_issuer("{ alias: p, kind: keycloak-v1, issuer: i, audience: any, endpoints: "
                             "{ userinfo: https://i.example/me } }")),
        ElementsAre(HasSubstr("takes tokens that it gave to any client")));
}

struct PatternCase {
    const char* pattern;
    const char* text;
    bool matches;
};

TEST(Patterns, AreAnchoredAndAStarStaysBetweenSeparators) {
    for (const auto& [pattern, text, matches] :
         {PatternCase{"repo:octo/app:ref:refs/heads/main", "repo:octo/app:ref:refs/heads/main",
                      true},
          PatternCase{"repo:octo/*:ref:refs/heads/main", "repo:octo/app:ref:refs/heads/main", true},
          PatternCase{"repo:octo*", "repo:octopus-evil/app", false},
          PatternCase{"repo:octo/*", "repo:octo/app:ref:x", false},
          PatternCase{"repo:octo/*", "repo:octo/", false},
          PatternCase{"*@acme.example", "eve@evil.example@acme.example", false},
          PatternCase{"*@acme.example", "ann@acme.example", true},
          PatternCase{"Main", "main", false}, PatternCase{"main", "main2", false},
          PatternCase{"a*b*c", "aXbYbZc", true}, PatternCase{"a*b*c", "aXb:Yc", false},
          PatternCase{"*", "x", true}, PatternCase{"*", "", false}, PatternCase{"", "", true},
          PatternCase{"a*", "a", false}, PatternCase{"*b", "bab", true}})
        EXPECT_EQ(matches_pattern(pattern, text), matches) << pattern << " / " << text;
}

}  // namespace
}  // namespace cambist::representation
