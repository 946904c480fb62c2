// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "issuers/test_partner.h"
#include "json/parse.h"

namespace cambist::issuers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

const RoleRef kClerk{.client = {}, .name = "clerk"};
const RoleRef kBoss{.client = {}, .name = "boss"};
const RoleRef kPayer{.client = "payroll", .name = "payer.junior"};

// The partner's tokens with Keycloak's mappers, in a realm with roles and groups to map to.
class Mappers : public Foreign {
  protected:
    Mappers() : Foreign(false) {}

    // One of Keycloak's mappers of the partner, as an export has it.
    static std::string mapper(const std::string& type, const std::string& config) {
        return "  - { name: m, identityProviderAlias: partner, identityProviderMapper: " + type +
               ", config: { " + config + " } }\n";
    }
    void map(const std::string& mappers, const std::string& binding = "create",
             const std::string& more = "") {
        more_ =
            "roles: { realm: [{ name: clerk }, { name: boss }], client: { payroll: [{ name: "
            "payer.junior }] } }\n";
        if (!mappers.empty()) more_ += "identityProviderMappers:\n" + mappers;
        trust("binding: " + binding + more);
    }
    void link_alice() {
        ASSERT_TRUE(store_.federated_identities().put(
            "shop",
            {{.issuer = "partner", .subject = "u-17", .user = alice().id, .username = {}}}));
    }
    User alice() { return **store_.users().find_by_username("shop", "alice"); }
    // Who the token of the partner's user makes here.
    User made(const json::Value& claims) {
        granted(body(sign(claims)));
        return **store_.users().find("shop", UserId(records().back().subject));
    }
    json::Value with(const std::string& json) const {
        auto all = claims();
        const auto more = json::parse(json);
        for (const auto& member : more->as_object()) all.set(member.key, member.value);
        return all;
    }
};

TEST_F(Mappers, HardcodedOnesGiveEveryNewUserTheSame) {
    map(mapper("hardcoded-attribute-idp-mapper", "attribute: kind, attribute.value: partner") +
        mapper("oidc-hardcoded-role-idp-mapper", "role: payroll.payer.junior") +
        mapper("oidc-hardcoded-group-idp-mapper", "group: /staff"));
    const auto user = made(claims());
    EXPECT_THAT(user.attributes.at("kind"), ElementsAre("partner"));
    EXPECT_THAT(user.roles, ElementsAre(kPayer));
    EXPECT_THAT(user.groups, ElementsAre("/staff"));
}

TEST_F(Mappers, AnAttributeComesByThePathOfItsClaim) {
    map(mapper("oidc-user-attribute-idp-mapper", "claim: 'a.b', user.attribute: deep") +
        mapper("oidc-user-attribute-idp-mapper", "claim: 'x\\.y.z', user.attribute: dotted") +
        mapper("oidc-user-attribute-idp-mapper", "claim: teams, user.attribute: teams") +
        mapper("oidc-user-attribute-idp-mapper", "claim: none, user.attribute: none") +
        mapper("oidc-user-attribute-idp-mapper", "claim: mail, user.attribute: email") +
        mapper("oidc-user-attribute-idp-mapper", "claim: given, user.attribute: firstName"));
    const auto user = made(with(R"({"a":{"b":7},"x.y":{"z":"v"},"teams":["t1","t2"],
                                   "mail":"Ann@Partner.example","given":"Ann"})"));
    EXPECT_THAT(user.attributes.at("deep"), ElementsAre("7"));
    EXPECT_THAT(user.attributes.at("dotted"), ElementsAre("v"));
    EXPECT_THAT(user.attributes.at("teams"), ElementsAre("t1", "t2"));
    EXPECT_FALSE(user.attributes.contains("none"));
    EXPECT_EQ(user.email, "ann@partner.example");
    EXPECT_FALSE(user.email_verified) << "nobody said so";
    EXPECT_EQ(user.first_name, "Ann");
}

TEST_F(Mappers, ARoleComesWithTheValueOfAClaim) {
    map(mapper("oidc-role-idp-mapper", "claim: groups, claim.value: sales, role: clerk") +
        mapper("oidc-role-idp-mapper", "claim: level, claim.value: '3', role: boss") +
        mapper("keycloak-oidc-role-to-role-idp-mapper",
               "external.role: erp.payer, role: payroll.payer.junior"));
    EXPECT_THAT(made(with(R"({"groups":["x","sales"],"level":3,
                              "resource_access":{"erp":{"roles":["payer"]}}})"))
                    .roles,
                UnorderedElementsAre(kClerk, kBoss, kPayer));
    EXPECT_THAT(made(with(R"({"sub":"u-18","groups":["sales2"],"level":"30"})")).roles, IsEmpty());
}

TEST_F(Mappers, AdvancedOnesDemandAllTheirClaimsAndReadWholeValues) {
    const std::string both =
        R"('[{"key":"groups","value":"sales-.*"},{"key":"org.unit","value":"\\d+"}]')";
    map(mapper("oidc-advanced-role-idp-mapper",
               "claims: " + both + ", are.claim.values.regex: 'true', role: clerk") +
        mapper("oidc-advanced-group-idp-mapper",
               R"(claims: '[{"key":"tier","value":"gold"}]', group: /staff)"));
    const auto good =
        made(with(R"({"groups":["x","sales-7"],"org":{"unit":12},"tier":["tin","gold"]})"));
    EXPECT_THAT(good.roles, ElementsAre(kClerk));
    EXPECT_THAT(good.groups, ElementsAre("/staff"));
    const auto other =
        made(with(R"({"sub":"u-2","groups":["presales-7"],"org":{"unit":12},"tier":"golden"})"));
    EXPECT_THAT(other.roles, IsEmpty()) << "a pattern is about the whole value";
    EXPECT_THAT(other.groups, IsEmpty());
    EXPECT_THAT(made(with(R"({"sub":"u-3","groups":["sales-7"]})")).roles, IsEmpty())
        << "one of two is not enough";
}

TEST_F(Mappers, AUserNameComesOfItsTemplate) {
    map(mapper("oidc-username-idp-mapper", "template: '${ALIAS}.${CLAIM.mail | localpart}'"));
    EXPECT_EQ(made(with(R"({"mail":"Ann.Lee@partner.example"})")).username, "partner.ann.lee");
    EXPECT_EQ(refused(body(sign(with(R"({"sub":"u-2"})")))), ErrorCode::kBindingNotAdmitted)
        << "a name with a hole in it is no name";
}

TEST_F(Mappers, TheBrokersIdAndNameComeOfTheirTemplates) {
    map(mapper("oidc-username-idp-mapper",
               "template: '${CLAIM.oid | lowercase}', target: BROKER_ID") +
        mapper("oidc-username-idp-mapper",
               "template: '${CLAIM.mail | uppercase}', target: BROKER_USERNAME"));
    const auto user = made(with(R"({"oid":"AB-1","mail":"a@b"})"));
    const auto link = *store_.federated_identities().find("shop", "partner", "ab-1");
    ASSERT_TRUE(link);
    EXPECT_EQ(link->user, user.id);
    EXPECT_EQ(link->username, "A@B");
    EXPECT_EQ(refused(body(sign(claims()))), ErrorCode::kSubjectTokenClaims)
        << "whoever has no id is nobody";
}

TEST_F(Mappers, AKnownUserChangesBySyncModeForceOnly) {
    const auto role = [](const std::string& mode) {
        return mapper("oidc-role-idp-mapper",
                      "claim: groups, claim.value: sales, role: clerk, syncMode: " + mode);
    };
    link_alice();
    map(role("IMPORT"), "link");
    granted(body(sign(with(R"({"groups":["sales"]})"))));
    EXPECT_THAT(alice().roles, IsEmpty());
    map(role("FORCE"), "link");
    granted(body(sign(with(R"({"groups":["sales"]})"))));
    EXPECT_THAT(alice().roles, ElementsAre(kClerk));
    EXPECT_THAT(records().back().steps, testing::Contains(testing::Field(
                                            &TraceStep::text, HasSubstr("changed by mappers"))));
    granted(body(sign(claims())));
    EXPECT_THAT(alice().roles, IsEmpty()) << "what the token says no more is taken away";
}

TEST_F(Mappers, LegacyTakesRolesAwayAndWritesAttributes) {
    link_alice();
    map(mapper("oidc-role-idp-mapper",
               "claim: groups, claim.value: sales, role: clerk, syncMode: LEGACY") +
            mapper("oidc-user-attribute-idp-mapper",
                   "claim: dept, user.attribute: dept, syncMode: LEGACY"),
        "link");
    auto user = alice();
    user.roles = {kBoss};
    ASSERT_TRUE(store_.users().put("shop", {user}));
    identities_.invalidate_realm(RealmName("shop"));
    granted(body(sign(with(R"({"groups":["sales"],"dept":"d1"})"))));
    EXPECT_THAT(alice().roles, ElementsAre(kBoss)) << "it gives nothing";
    EXPECT_THAT(alice().attributes.at("dept"), ElementsAre("d1"));
    user = alice();
    user.roles = {kBoss, kClerk};
    ASSERT_TRUE(store_.users().put("shop", {user}));
    identities_.invalidate_realm(RealmName("shop"));
    granted(body(sign(claims())));
    EXPECT_THAT(alice().roles, ElementsAre(kBoss));
    EXPECT_FALSE(alice().attributes.contains("dept"));
}

TEST_F(Mappers, AMapperInheritsTheModeOfItsProvider) {
    link_alice();
    map(mapper("oidc-role-idp-mapper",
               "claim: groups, claim.value: sales, role: clerk, syncMode: INHERIT") +
            "identityProviders: [{ alias: partner, providerId: oidc, config: { syncMode: FORCE } "
            "}]\n",
        "link");
    granted(body(sign(with(R"({"groups":["sales"]})"))));
    EXPECT_THAT(alice().roles, ElementsAre(kClerk));
}

TEST_F(Mappers, WhatOneMapperGivesNoOtherTakes) {
    link_alice();
    map(mapper("oidc-role-idp-mapper",
               "claim: groups, claim.value: sales, role: clerk, syncMode: FORCE") +
            mapper("oidc-role-idp-mapper",
                   "claim: groups, claim.value: support, role: clerk, syncMode: FORCE"),
        "link");
    granted(body(sign(with(R"({"groups":["sales"]})"))));
    EXPECT_THAT(alice().roles, ElementsAre(kClerk));
}

TEST_F(Mappers, ARefusalChangesNobody) {
    link_alice();
    map(mapper("oidc-hardcoded-role-idp-mapper", "role: boss, syncMode: FORCE"), "link");
    EXPECT_FALSE(serve(body(sign(claims()), "jwt", "&audience=payroll")).response);
    EXPECT_THAT(alice().roles, IsEmpty());
}

TEST_F(Mappers, ANameOrAddressThatSomebodyElseHasStaysHis) {
    link_alice();
    map(mapper("oidc-username-idp-mapper", "template: '${CLAIM.login}', syncMode: FORCE") +
            mapper("oidc-user-attribute-idp-mapper",
                   "claim: mail, user.attribute: email, syncMode: FORCE"),
        "link");
    granted(body(sign(with(R"({"login":"Bob","mail":"bob@shop.example"})"))));
    EXPECT_EQ(alice().email, "alice@shop.example");
    granted(body(sign(with(R"({"login":"alice2","mail":"a2@shop.example"})"))));
    const auto renamed = **store_.users().find_by_username("shop", "alice2");
    EXPECT_EQ(renamed.email, "a2@shop.example");
    EXPECT_FALSE(renamed.email_verified);
}

TEST_F(Mappers, ARoleMayDependOnTheLocalGroupAsWell) {
    // reqs: S2-18c
    link_alice();
    const std::string own =
        ", mappers: [{ claim: groups, values: [\"sales-*\"], inGroup: /staff, role: clerk }]";
    map("", "link", own);
    granted(body(sign(with(R"({"groups":["sales-7"]})"))));
    EXPECT_THAT(alice().roles, ElementsAre(kClerk));
    auto user = alice();
    user.groups.clear();
    ASSERT_TRUE(store_.users().put("shop", {user}));
    identities_.invalidate_realm(RealmName("shop"));
    granted(body(sign(with(R"({"groups":["sales-7"]})"))));
    EXPECT_THAT(alice().roles, IsEmpty());
}

TEST_F(Mappers, OwnOnesGiveRolesGroupsAttributesAndNotes) {
    map("", "create",
        ", mappers: [{ claim: groups, values: sales, role: clerk }, { claim: groups, pattern: "
        "\"s.*\", group: /staff }, { claim: dept, attribute: dept }, { value: partner, attribute: "
        "kind }]");
    const auto user = made(with(R"({"groups":["sales"],"dept":"d1"})"));
    EXPECT_THAT(user.roles, ElementsAre(kClerk));
    EXPECT_THAT(user.groups, ElementsAre("/staff"));
    EXPECT_THAT(user.attributes.at("dept"), ElementsAre("d1"));
    EXPECT_THAT(user.attributes.at("kind"), ElementsAre("partner"));
}

// A second exchange of what came of a subject without a user here.
class SecondHop : public Mappers {
  protected:
    static std::string on() {
        return "  - id: on\n    owner: payroll\n    requester: { clients: [orders] }\n    subject: "
               "{ "
               "binding: azp, users: { attributes: { dept: [d1] } } }\n    target: { audiences: "
               "[payroll] }\n    result: { mode: same-subject, lifetime: 1m }\n";
    }
    void trust_with(const std::string& more) {
        more_ = "roles: { realm: [{ name: clerk }, { name: boss }] }\n";
        trust("binding: ephemeral, " + more, "", on());
    }
    std::string first() {
        return granted(
                   body(sign(with(R"({"groups":["sales"],"dept":"d1","email":"a@b.example"})"))))
            .access_token;
    }
    std::string second(const std::string& token) {
        return body(token, "access_token", "&audience=payroll");
    }
};

TEST_F(SecondHop, TheAttributesOfAnEphemeralSubjectAreThereAgain) {
    trust_with(
        "mappers: [{ claim: dept, attribute: dept }, { claim: groups, values: sales, role: "
        "clerk }]");
    const auto token = first();
    const auto again = granted(second(token));
    const auto once_more = claims_of(granted(second(again.access_token)).access_token);
    EXPECT_EQ(*once_more.find("idp")->find_string("sub"), "u-17");
    EXPECT_THAT(once_more.to_text(), Not(HasSubstr("a@b.example")))
        << "what is known of him is for this server alone";
    EXPECT_NE(once_more.find_string("xidp"), nullptr);
}

TEST_F(SecondHop, TheyAreThereAsLongAsTheIssuersEntryGivesThem) {
    trust_with("mappers: [{ claim: dept, attribute: dept }]");
    const auto token = first();
    trust_with("mappers: [{ claim: groups, values: sales, role: clerk }]");
    EXPECT_EQ(refused(second(token)), ErrorCode::kRuleSubjectNotSelected)
        << "the rule is about an attribute that nobody gives any more";
}

TEST_F(SecondHop, WhoBringsTooMuchAlongIsNotAdmitted) {
    trust_with("mappers: [{ claim: dept, attribute: dept }]");
    auto all = claims();
    auto list = json::Value::array();
    for (int i = 0; i < 90; ++i) list.push(std::string(60, 'x'));
    EXPECT_EQ(refused(body(sign(all.set("dept", list)))), ErrorCode::kBindingNotAdmitted);
}

TEST_F(Mappers, AnIssuerIsTrustedUntilItsEnd) {
    // reqs: S2-12
    map("", "ephemeral", ", until: \"2027-01-15T08:00:30Z\"");
    clock_.seconds = 1'800'000'029;
    const auto token = sign(claims());
    granted(body(token));
    clock_.seconds = 1'800'000'030;
    EXPECT_EQ(refused(body(token)), ErrorCode::kIssuerDisabled);
    EXPECT_THAT(hint(body(token)), HasSubstr("was trusted until 2027-01-15T08:00:30Z"));
}

}  // namespace
}  // namespace cambist::issuers
