// SPDX-License-Identifier: Apache-2.0
#include "representation/mapper_kinds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "representation/lint.h"
#include "representation/realm_file.h"
#include "representation/test_files.h"

namespace cambist::representation {
namespace {

using testing::HasSubstr;

// A realm with one client, whose only mapper is this.
std::string realm_with(const std::string& type, const std::string& config,
                       const std::string& more = {}) {
    return "realm: a\nclients:\n  - clientId: c\n    secret: s\n" + more +
           "    protocolMappers:\n      - name: m\n        protocolMapper: " + type +
           "\n        config: { " + config + " }\n";
}

std::string faults_of(const std::string& text) {
    return all_of(read_realm_file(text, "r", {}).faults);
}

std::string notes_of(const std::string& text) {
    const auto outcome = read_realm_file(text, "r", {});
    EXPECT_TRUE(outcome.faults.empty()) << all_of(outcome.faults);
    std::string all;
    if (outcome.file)
        for (const auto& note : outcome.file->report) all += describe(note) + "\n";
    return all;
}

struct Case {
    const char* name;
    std::string type;
    std::string config;
    std::string expected;
};
void PrintTo(const Case& test, std::ostream* out) { *out << test.config; }
constexpr auto kNamed = [](const auto& test) { return std::string(test.param.name); };

class WrongValue : public testing::TestWithParam<Case> {};

TEST_P(WrongValue, IsAFaultWithItsPlace) {
    EXPECT_THAT(faults_of(realm_with(GetParam().type, GetParam().config)),
                HasSubstr(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongValue,
    testing::Values(
        Case{"Switch", "oidc-full-name-mapper", "id.token.claim: \"yes\"",
             "r:8:35: clients[0].protocolMappers[0].config[\"id.token.claim\"]: must be \"true\" "
             "or \"false\", not \"yes\""},
        Case{"Lightweight", "oidc-sub-mapper", "lightweight.claim: on1",
             "config[\"lightweight.claim\"]: must be \"true\" or \"false\""},
        Case{"JsonType", "oidc-usermodel-attribute-mapper",
             "user.attribute: a, claim.name: a, jsonType.label: integer",
             "config[\"jsonType.label\"]: unknown value \"integer\"; it may be String, long, int, "
             "boolean, JSON"},
        Case{"Multivalued", "oidc-usermodel-attribute-mapper",
             "user.attribute: a, claim.name: a, multivalued: many",
             "must be \"true\" or \"false\""},
        Case{"FullPath", "oidc-group-membership-mapper", "claim.name: g, full.path: /",
             "config[\"full.path\"]: must be"},
        Case{"Audience", "oidc-audience-mapper", "included.client.audience: nobody",
             "config[\"included.client.audience\"]: "},
        Case{"RolesOfNobody", "oidc-usermodel-client-role-mapper",
             "claim.name: r, usermodel.clientRoleMapping.clientId: nobody",
             "config[\"usermodel.clientRoleMapping.clientId\"]: "},
        Case{"HardcodedInt", "oidc-hardcoded-claim-mapper",
             "claim.name: n, claim.value: seven, jsonType.label: int",
             "config[\"claim.value\"]: is no int: \"seven\""},
        Case{"HardcodedIntBeyond32Bits", "oidc-hardcoded-claim-mapper",
             "claim.name: n, claim.value: \"2147483648\", jsonType.label: int", "is no int"},
        Case{"HardcodedLong", "oidc-hardcoded-claim-mapper",
             "claim.name: n, claim.value: 1.5x, jsonType.label: long", "is no long"},
        Case{"HardcodedBoolean", "oidc-hardcoded-claim-mapper",
             "claim.name: n, claim.value: maybe, jsonType.label: boolean", "is no boolean"},
        Case{"HardcodedJson", "oidc-hardcoded-claim-mapper",
             "claim.name: n, claim.value: \"{\", jsonType.label: JSON", "is no JSON"},
        Case{"Salt", "oidc-sha256-pairwise-sub-mapper",
             "sectorIdentifierUri: \"https://a.example\"", "has no pairwiseSubAlgorithmSalt"},
        Case{"Sector", "oidc-sha256-pairwise-sub-mapper", "pairwiseSubAlgorithmSalt: s",
             "the redirect URIs do not name exactly one host; set sectorIdentifierUri"},
        Case{"SectorUri", "oidc-sha256-pairwise-sub-mapper",
             "pairwiseSubAlgorithmSalt: s, sectorIdentifierUri: a.example",
             "config.sectorIdentifierUri: must be an http or https URI with a host"}),
    kNamed);

struct Good {
    const char* name;
    std::string type;
    std::string config;
};
void PrintTo(const Good& test, std::ostream* out) { *out << test.config; }
class RightValue : public testing::TestWithParam<Good> {};

TEST_P(RightValue, IsTakenWithoutAWord) {
    const auto text = realm_with(GetParam().type, GetParam().config,
                                 "    redirectUris: [\"https://a.example/cb\", /x]\n"
                                 "    rootUrl: https://a.example\n");
    EXPECT_EQ(faults_of(text), "");
    EXPECT_EQ(notes_of(text).find("protocolMappers"), std::string::npos) << notes_of(text);
}

INSTANTIATE_TEST_SUITE_P(
    All, RightValue,
    testing::Values(
        Good{"EveryType", "oidc-usermodel-attribute-mapper",
             "user.attribute: a, claim.name: a, jsonType.label: JSON, multivalued: true, "
             "aggregate.attrs: false"},
        Good{"EmptyIsNone", "oidc-usermodel-client-role-mapper",
             "claim.name: r, usermodel.clientRoleMapping.clientId: \"\", jsonType.label: \"\", "
             "multivalued: \"\""},
        Good{"HardcodedNumbers", "oidc-hardcoded-claim-mapper",
             "claim.name: n, claim.value: \"+5\", jsonType.label: int"},
        Good{"HardcodedTrue", "oidc-hardcoded-claim-mapper",
             "claim.name: n, claim.value: \"True\", jsonType.label: boolean"},
        Good{"HardcodedObject", "oidc-hardcoded-claim-mapper",
             "claim.name: n, claim.value: '{\"a\": 1}', jsonType.label: JSON"},
        Good{"SectorOfTheRedirectUris", "oidc-sha256-pairwise-sub-mapper",
             "pairwiseSubAlgorithmSalt: s"},
        Good{"SwitchesOfEveryKind", "oidc-sub-mapper",
             "id.token.claim: true, access.token.claim: true, userinfo.token.claim: true, "
             "introspection.token.claim: true, lightweight.claim: true, "
             "access.tokenResponse.claim: false"},
        Good{"Roles", "oidc-role-name-mapper", "role: a, new.role.name: b.c"}),
    kNamed);

TEST(UnknownKey, OfAMapperIsNotedWithTheNearestOne) {
    const auto notes = notes_of(realm_with("oidc-usermodel-attribute-mapper",
                                           "user.attribute: a, claim.name: a, multivalue: true"));
    EXPECT_THAT(notes, HasSubstr("line 8"));
    EXPECT_THAT(notes, HasSubstr("mappers of this kind have no key \"multivalue\": it has no "
                                 "effect; did you mean \"multivalued\"?"));
    EXPECT_THAT(notes_of(realm_with("oidc-full-name-mapper", "id.token.claims: true")),
                HasSubstr("did you mean \"id.token.claim\"?"));
}

TEST(Switches, OfTheTokenResponseIsNotedWhereItHasNoEffect) {
    EXPECT_THAT(notes_of(realm_with("oidc-full-name-mapper", "access.tokenResponse.claim: true")),
                HasSubstr("has no effect: mappers of this kind write nothing beside the token"));
    EXPECT_EQ(
        notes_of(realm_with("oidc-hardcoded-claim-mapper",
                            "claim.name: a, claim.value: b, access.tokenResponse.claim: true")),
        notes_of(realm_with("oidc-hardcoded-claim-mapper", "claim.name: a, claim.value: b")));
}

TEST(UnknownKey, IsSaidByLint) {
    const auto findings = lint(realm_with("oidc-acr-mapper", "x: y"), "r.yaml");
    std::string all;
    for (const auto& finding : findings) all += describe(finding) + "\n";
    EXPECT_THAT(all, HasSubstr("note: clients[].protocolMappers[].config.x: mappers of this kind "
                               "have no key \"x\""));
}

TEST(UnknownKind, IsNotedWithTheNearestOne) {
    EXPECT_THAT(notes_of(realm_with("oidc-fullname-mapper", "id.token.claim: true")),
                HasSubstr("unknown kind of mapper \"oidc-fullname-mapper\"; did you mean "
                          "\"oidc-full-name-mapper\"?"));
}

TEST(PairwiseMapper, OfAClientScopeTakesTheSectorsOfItsClients) {
    EXPECT_EQ(faults_of("realm: a\nclientScopes:\n  - name: private\n    protocolMappers:\n"
                        "      - name: p\n        protocolMapper: oidc-sha256-pairwise-sub-mapper\n"
                        "        config: { pairwiseSubAlgorithmSalt: s }\n"),
              "");
}

TEST(SamlMappers, AreNotLookedAt) {
    EXPECT_EQ(faults_of("realm: a\nclientScopes:\n  - name: s\n    protocol: saml\n"
                        "    protocolMappers:\n      - name: p\n        protocol: saml\n"
                        "        protocolMapper: saml-role-list-mapper\n"
                        "        config: { single: sometimes }\n"),
              "");
}

}  // namespace
}  // namespace cambist::representation
