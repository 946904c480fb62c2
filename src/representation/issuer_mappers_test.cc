// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/issuer.h"
#include "representation/realm_file.h"
#include "representation/test_files.h"

namespace cambist::representation {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = IssuerMapper::Kind;

constexpr std::string_view kKeys = R"(keys: { jwks: { keys: [{ kty: EC, crv: P-256, kid: k,
      x: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU,
      y: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0 }] } })";

struct ReadIssuer {
    std::string faults;
    std::vector<std::string> risks;
    std::vector<std::string> notes;
    std::vector<std::string> kept;
    std::vector<IssuerMapper> mappers;
    TrustedIssuer issuer;
};

ReadIssuer read(const std::string& text) {
    const auto outcome = read_realm_file(
        "realm: a\nclients: [{ clientId: erp.core, secret: s }]\ngroups: [{ name: staff }]\nroles: "
        "{ realm: [{ name: clerk }, { name: a.b }], client: { erp.core: [{ name: payer }] } }\n" +
            text,
        "r", {});
    ReadIssuer out;
    out.faults = all_of(outcome.faults);
    if (!outcome.file) return out;
    auto report = summarize(outcome.file->report);
    out.risks = std::move(report.risks);
    out.notes = std::move(report.notes);
    out.kept = std::move(report.kept);
    if (const auto* issuer = outcome.file->realm.find_issuer("p")) {
        out.issuer = *issuer;
        out.mappers = issuer->mappers;
    }
    return out;
}

// An entry of ours with these members, and mappers of Keycloak's that name it.
ReadIssuer entry(const std::string& members, const std::string& mappers = "") {
    return read("trustedIssuers:\n  - { alias: p, issuer: https://i.example, " +
                std::string(kKeys) + ", " + members + " }\n" +
                (mappers.empty() ? "" : "identityProviderMappers:\n" + mappers));
}
std::string mapper(const std::string& type, const std::string& config) {
    return "  - { name: m, identityProviderAlias: p, identityProviderMapper: " + type +
           ", config: { " + config + " } }\n";
}
ReadIssuer mapped(const std::string& type, const std::string& config) {
    return entry("binding: create", mapper(type, config));
}

TEST(IssuerMappers, EveryKindOfKeycloaksIsReadWithItsKeysAndItsLegacyMode) {
    const auto* claims = R"(claims: '[{"key":"g","value":"v"}]')";
    const auto* attributes = R"(attributes: '[{"key":"g","value":"v"}]')";
    const auto with = [](const char* first, const char* more) { return std::string(first) + more; };
    const std::vector<std::tuple<std::string, std::string, Kind, MapperUpdate>> cases{
        {"hardcoded-attribute-idp-mapper", "attribute: a, attribute.value: v", Kind::kAttribute,
         MapperUpdate::kAlways},
        {"hardcoded-user-session-attribute-idp-mapper", "attribute: a, attribute.value: v",
         Kind::kNote, MapperUpdate::kAlways},
        {"oidc-hardcoded-role-idp-mapper", "role: clerk", Kind::kRole, MapperUpdate::kNever},
        {"oidc-hardcoded-group-idp-mapper", "group: /staff", Kind::kGroup, MapperUpdate::kAlways},
        {"oidc-user-attribute-idp-mapper", "claim: c, user.attribute: a", Kind::kAttribute,
         MapperUpdate::kAlways},
        {"oidc-role-idp-mapper", "claim: c, claim.value: v, role: clerk", Kind::kRole,
         MapperUpdate::kOnlyTakes},
        {"oidc-advanced-role-idp-mapper", with(claims, ", role: clerk"), Kind::kRole,
         MapperUpdate::kOnlyTakes},
        {"oidc-advanced-group-idp-mapper", with(claims, ", group: /staff"), Kind::kGroup,
         MapperUpdate::kAlways},
        {"oidc-username-idp-mapper", "template: '${CLAIM.sub}'", Kind::kLocalUsername,
         MapperUpdate::kNever},
        {"oidc-username-idp-mapper", "target: BROKER_ID", Kind::kBrokerId, MapperUpdate::kNever},
        {"oidc-username-idp-mapper", "target: BROKER_USERNAME", Kind::kBrokerUsername,
         MapperUpdate::kNever},
        {"oidc-user-session-note-idp-mapper", claims, Kind::kNotes, MapperUpdate::kAlways},
        {"keycloak-oidc-role-to-role-idp-mapper", "external.role: x.y, role: clerk", Kind::kRole,
         MapperUpdate::kNever},
        {"google-user-attribute-mapper", "jsonField: hd, userAttribute: a", Kind::kAttribute,
         MapperUpdate::kAlways},
        {"saml-user-attribute-idp-mapper", "attribute.name: mail, user.attribute: email",
         Kind::kAttribute, MapperUpdate::kAlways},
        {"saml-role-idp-mapper", "attribute.friendly.name: g, attribute.value: v, role: clerk",
         Kind::kRole, MapperUpdate::kOnlyTakes},
        {"saml-advanced-role-idp-mapper", with(attributes, ", role: clerk"), Kind::kRole,
         MapperUpdate::kOnlyTakes},
        {"saml-advanced-group-idp-mapper", with(attributes, ", group: /staff"), Kind::kGroup,
         MapperUpdate::kAlways},
        {"saml-username-idp-mapper", "template: '${NAMEID}'", Kind::kLocalUsername,
         MapperUpdate::kNever}};
    for (const auto& [type, config, kind, legacy] : cases) {
        SCOPED_TRACE(type);
        for (const auto& [mode, update] :
             {std::pair{"LEGACY", legacy}, std::pair{"IMPORT", MapperUpdate::kNever},
              std::pair{"FORCE", MapperUpdate::kAlways}}) {
            const auto got = mapped(type, config + ", syncMode: " + mode);
            EXPECT_THAT(got.risks, IsEmpty());
            ASSERT_EQ(got.mappers.size(), 1U) << got.faults;
            EXPECT_EQ(got.mappers.front().kind, kind);
            EXPECT_EQ(got.mappers.front().update, update) << mode;
        }
        EXPECT_EQ(mapped(type, config).mappers.front().update, legacy) << "as an old export";
    }
}

TEST(IssuerMappers, RolesAreFoundWithDotsInTheNamesOfClients) {
    const auto role = [](const std::string& name) {
        const auto got = mapped("oidc-hardcoded-role-idp-mapper", "role: " + name);
        return got.mappers.empty() ? std::string() : to_text(got.mappers.front().role);
    };
    EXPECT_EQ(role("erp.core.payer"), "erp.core:payer");
    EXPECT_EQ(role("a.b"), "a.b");
    EXPECT_EQ(role("clerk"), "clerk");
}

TEST(IssuerMappers, AttributesOfAssertionsAreFoundByBothTheirNames) {
    const auto got = mapped("saml-advanced-role-idp-mapper",
                            R"(attributes: '[{"key":"urn:a.b","value":"v"}]', role: clerk)");
    EXPECT_THAT(got.mappers.front().tests.front().claims,
                ElementsAre("attributes.urn:a\\.b", "friendly.urn:a\\.b"));
    EXPECT_THAT(mapped("saml-user-attribute-idp-mapper",
                       "attribute.friendly.name: mail, user.attribute: email")
                    .mappers.front()
                    .claims,
                ElementsAre("friendly.mail"));
}

TEST(IssuerMappers, WhatIsNotServedIsToldByNameAndWhy) {
    for (const auto& [type, config, why] :
         {std::tuple{"saml-xpath-attribute-idp-mapper", "attribute.name: a",
                     "mappers of this type are not served"},
          std::tuple{"oidc-hardcoded-role-idp-mapper", "role: boss", "there is no role \"boss\""},
          std::tuple{"oidc-hardcoded-group-idp-mapper", "group: /x", "there is no group \"/x\""},
          std::tuple{"oidc-advanced-role-idp-mapper", "role: clerk", "it names no claims"},
          std::tuple{"oidc-advanced-role-idp-mapper", "claims: 'x', role: clerk",
                     "its claims can not be read"},
          std::tuple{"oidc-advanced-role-idp-mapper",
                     R"x(claims: '[{"key":"g","value":"(?=a)"}]', are.claim.values.regex: 'true',
                        role: clerk)x",
                     "the pattern \"(?=a)\" can not be read"},
          std::tuple{"oidc-username-idp-mapper", "template: '${UUID}'", "a random name"},
          std::tuple{"oidc-role-idp-mapper", "claim: g, claim.value: v, role: clerk, syncMode: X",
                     "unknown syncMode"},
          std::tuple{"oidc-role-idp-mapper", "claim.value: v, role: clerk", "it names no claim"}}) {
        const auto got = mapped(type, config);
        EXPECT_THAT(got.mappers, IsEmpty());
        EXPECT_THAT(got.risks, Contains(HasSubstr(std::string("mapper \"m\" of \"p\" (") + type +
                                                  ") is not served: " + why)))
            << got.faults;
    }
}

TEST(IssuerMappers, TheProvidersModeIsInherited) {
    const auto got = read(
        "identityProviders: [{ alias: p, providerId: oidc, config: { issuer: https://i.example, "
        "jwksUrl: https://i.example/keys, syncMode: FORCE } }]\nidentityProviderMappers:\n" +
        mapper("oidc-hardcoded-role-idp-mapper", "role: clerk, syncMode: INHERIT") +
        mapper("oidc-hardcoded-role-idp-mapper", "role: clerk, syncMode: IMPORT"));
    ASSERT_EQ(got.mappers.size(), 2U) << got.faults;
    EXPECT_EQ(got.mappers.front().update, MapperUpdate::kAlways);
    EXPECT_THAT(got.notes, Contains(HasSubstr("is for new users, and this issuer makes none")));
    EXPECT_THAT(got.kept, Not(Contains(HasSubstr("identityProviderMappers"))));
}

TEST(IssuerMappers, ThoseOfAProviderThatIsNotServedAreKept) {
    const auto got = read(
        "identityProviders: [{ alias: p, providerId: github, config: { } }]\n"
        "identityProviderMappers:\n" +
        mapper("oidc-hardcoded-role-idp-mapper", "role: clerk"));
    EXPECT_THAT(got.kept, Contains(HasSubstr("identityProviderMappers")));
}

TEST(IssuerMappers, OwnOnesGiveOneThingEach) {
    const auto got = entry(
        "binding: create, mappers: [{ claim: g, values: [\"a-*\", b], inGroup: /staff, role: "
        "\"erp.core:payer\", sync: new }, { claim: dept, attribute: dept }, { value: v, note: n }, "
        "{ claim: g, pattern: \"a.*\", group: /staff }]");
    ASSERT_EQ(got.mappers.size(), 4U) << got.faults;
    EXPECT_EQ(got.mappers[0].role, (RoleRef{"erp.core", "payer"}));
    EXPECT_EQ(got.mappers[0].in_group, "/staff");
    EXPECT_EQ(got.mappers[0].update, MapperUpdate::kNever);
    EXPECT_THAT(got.mappers[0].tests.front().values, ElementsAre("a-*", "b"));
    EXPECT_EQ(got.mappers[1].update, MapperUpdate::kAlways) << "the default follows the token";
    EXPECT_EQ(got.mappers[2].kind, Kind::kNote);
    EXPECT_NE(got.mappers[3].tests.front().pattern, nullptr);
}

TEST(IssuerMappers, OwnOnesThatMeanNothingAreFaults) {
    for (const auto& [members, fault] :
         {std::pair{"claim: g", "must give one thing"},
          std::pair{"claim: g, role: clerk, group: /staff", "must give one thing"},
          std::pair{"role: clerk", "does not say for whom"},
          std::pair{"claim: g, values: [x], role: boss", "boss"},
          std::pair{"claim: g, values: [x], group: /none", "/none"},
          std::pair{"attribute: a", "does not say what it writes"},
          std::pair{"values: [x], role: clerk", "does not say of which claim"},
          std::pair{"claim: g, pattern: \"(\", role: clerk", "can not be read"},
          std::pair{"claim: g, pattern: a, values: [b], role: clerk", "exclude each other"},
          std::pair{"claim: g, values: [x], value: y, role: clerk", "has no effect"}})
        EXPECT_THAT(entry("binding: create, mappers: [{ " + std::string(members) + " }]").faults,
                    HasSubstr(fault))
            << members;
}

TEST(TrustedIssuers, EndOnTheirDay) {
    EXPECT_EQ(entry("until: 2027-06-30").issuer.until, 1814400000);
    EXPECT_THAT(entry("until: soon").faults, HasSubstr("is no date"));
    const std::string old = "kind: legacy-refresh, binding: link";
    EXPECT_THAT(entry(old).faults, HasSubstr("without an end; add until: the day"));
    EXPECT_THAT(entry(old + ", until: 2027-06-30").risks, IsEmpty());
}

TEST(TrustedIssuers, MayBeOfAnOrganizationOfTheRealm) {
    const std::string file =
        "organizationsEnabled: true\norganizations: [{ name: acme }]\ntrustedIssuers:\n  - { "
        "alias: p, issuer: https://i.example, organization: ";
    EXPECT_EQ(read(file + "acme }\n").issuer.organization, "acme");
    EXPECT_THAT(read(file + "beta }\n").faults, HasSubstr("there is no organization"));
}

TEST(IdentityProviders, OfSamlAreServedWithTheirCertificatesOrMetadata) {
    const auto provider = [](const std::string& config) {
        return read("identityProviders: [{ alias: p, providerId: saml, config: { " + config +
                    " } }]\n");
    };
    const auto by_url = provider(
        "idpEntityId: https://idp.example, entityId: https://sp.example, useMetadataDescriptorUrl: "
        "'true', metadataDescriptorUrl: https://idp.example/metadata");
    EXPECT_THAT(by_url.issuer.issuers, ElementsAre("https://idp.example"));
    EXPECT_THAT(by_url.issuer.audience, ElementsAre("https://sp.example"));
    EXPECT_EQ(by_url.issuer.endpoints.saml_metadata, "https://idp.example/metadata");
    EXPECT_THAT(by_url.issuer.unserved, IsEmpty());
    EXPECT_THAT(provider("idpEntityId: https://idp.example").risks,
                Contains(HasSubstr("it has no signing certificate")));
    EXPECT_THAT(provider("signingCertificate: x").risks,
                Contains(HasSubstr("it has no idpEntityId")));
}

}  // namespace
}  // namespace cambist::representation
