// SPDX-License-Identifier: Apache-2.0
// Keycloak's permissions of the legacy exchange, as they are read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/permission.h"
#include "representation/test_files.h"

namespace cambist::representation {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A realm with one target whose permission has the policy "p", with these members.
std::string with_policy(const std::string& members, const std::string& more = {}) {
    return "realm: a\nkeycloakVersion: 22.0.0\n"
           "roles: { realm: [ { name: boss } ] }\n"
           "groups: [ { name: staff, path: /staff }, { name: staffing, path: /staffing } ]\n"
           "clients:\n"
           "- { id: u1, clientId: target, secret: s }\n"
           "- clientId: realm-management\n"
           "  bearerOnly: true\n"
           "  authorizationSettings:\n"
           "    resources: [ { name: client.resource.u1, type: Client } ]\n"
           "    policies:\n"
           "    - { name: p, " +
           members +
           " }\n"
           "    - { name: token-exchange.permission.client.u1, type: scope, config: { resources: "
           "'[\"client.resource.u1\"]', scopes: '[\"token-exchange\"]', applyPolicies: "
           "'[\"p\"]' } }\n" +
           more;
}

struct Read {
    ClausePointer policy;
    ImportReport report;
    std::string faults;
};
Read read(const std::string& members, const std::string& more = {}) {
    auto outcome = read_realm_file(with_policy(members, more), "realm.yaml", {});
    Read result{.policy = {}, .report = {}, .faults = all_of(outcome.faults)};
    if (!outcome.file) return result;
    result.report = summarize(outcome.file->report);
    const auto& exchange = outcome.file->realm.permissions->exchange;
    const auto& permission = std::get<AggregateClause>(exchange.at("target")->what);
    result.policy = permission.parts.front();
    return result;
}

struct UnmappedCase {
    const char* name;
    const char* members;
    const char* why;
};
class UnmappedPolicy : public testing::TestWithParam<UnmappedCase> {};

TEST_P(UnmappedPolicy, IsNamedAndKept) {
    const auto found = read(GetParam().members);
    ASSERT_TRUE(found.policy) << found.faults;
    const auto* why = std::get_if<UnmappedClause>(&found.policy->what);
    ASSERT_NE(why, nullptr);
    EXPECT_THAT(why->why, HasSubstr(GetParam().why));
    EXPECT_THAT(found.report.risks, Contains(HasSubstr("policy \"p\" can not be told here")));
}

INSTANTIATE_TEST_SUITE_P(
    All, UnmappedPolicy,
    testing::Values(
        UnmappedCase{"Script", "type: js, config: { code: x }", "\"js\""},
        UnmappedCase{"ClientScope", "type: client-scope, config: { clientScopes: '[]' }",
                     "\"client-scope\""},
        UnmappedCase{"Uma", "type: uma", "\"uma\""},
        UnmappedCase{"OfAnExtension", "type: script-our.js", "\"script-our.js\""},
        UnmappedCase{"UnknownClient", "type: client, config: { clients: '[\"gone\"]' }", "gone"},
        UnmappedCase{"UnknownRole", "type: role, config: { roles: '[{\"id\":\"gone\"}]' }", "gone"},
        UnmappedCase{"UnknownGroup", "type: group, config: { groups: '[{\"path\":\"/gone\"}]' }",
                     "/gone"},
        UnmappedCase{"RegexWithFlags", "type: regex, config: { targetClaim: a, pattern: '(?i)x' }",
                     "pattern"},
        UnmappedCase{"RegexOfTheRequest",
                     "type: regex, config: { targetClaim: a, pattern: x, targetContextAttributes: "
                     "'true' }",
                     "looks at the request"},
        UnmappedCase{"RegexIntoAnObject", "type: regex, config: { targetClaim: a.b, pattern: x }",
                     "a.b"},
        UnmappedCase{"TimeThatIsNone", "type: time, config: { nbf: 'next week' }", "times"},
        UnmappedCase{"HourThatIsNone", "type: time, config: { hour: 'x' }", "hour"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(PermissionPolicy, IsReadFromAnExportAndByIds) {
    const auto found = read("type: client, logic: NEGATIVE, config: { clients: '[\"u1\"]' }");
    ASSERT_TRUE(found.policy) << found.faults;
    EXPECT_TRUE(found.policy->negative);
    EXPECT_THAT(std::get<ClientClause>(found.policy->what).clients, testing::ElementsAre("target"));
}

TEST(PermissionPolicy, OfRolesKeepsWhichAreNeeded) {
    const auto found =
        read("type: role, config: { roles: '[{\"id\":\"boss\",\"required\":true}]' }");
    ASSERT_TRUE(found.policy) << found.faults;
    const auto& roles = std::get<RoleClause>(found.policy->what).roles;
    ASSERT_EQ(roles.size(), 1U);
    EXPECT_EQ(roles[0].role.name, "boss");
    EXPECT_TRUE(roles[0].required);
}

TEST(PermissionPolicy, OfGroupsWarnsOfThoseThatBeginAlike) {
    const auto found = read(
        "type: group, config: { groupsClaim: groups, groups: "
        "'[{\"path\":\"/staff\",\"extendChildren\":true}]' }");
    ASSERT_TRUE(found.policy) << found.faults;
    EXPECT_THAT(found.report.risks, Contains(HasSubstr("also means \"/staffing\"")));
    EXPECT_THAT(found.report.notes, Contains(HasSubstr("groups that the server knows")));
}

TEST(PermissionPolicy, ThatRestsOnItselfGrantsNothing) {
    const auto found = read("type: aggregate, config: { applyPolicies: '[\"p\"]' }");
    ASSERT_TRUE(found.policy) << found.faults;
    EXPECT_THAT(found.report.risks, Contains(HasSubstr("rests on itself")));
}

TEST(PermissionPolicy, ThatRestsOnTooManyGrantsNothing) {
    std::string more;
    std::string part = "q0";
    more += "    - { name: q0, type: client, config: { clients: '[\"target\"]' } }\n";
    for (int i = 1; i < 12; ++i) {
        const std::string name = "q" + std::to_string(i);
        more += "    - { name: " + name + ", type: aggregate, config: { applyPolicies: '[\"" +
                part + "\",\"" + part + "\"]' } }\n";
        part = name;
    }
    const auto found =
        read("type: aggregate, config: { applyPolicies: '[\"" + part + "\"]' }", more);
    ASSERT_TRUE(found.policy) << found.faults;
    EXPECT_THAT(found.report.risks, Contains(HasSubstr("rests on more than 1000 others")));
}

TEST(PermissionPolicy, ThatIsNotThereGrantsNothing) {
    const auto found = read("type: aggregate, config: { applyPolicies: '[\"gone\"]' }");
    ASSERT_TRUE(found.policy) << found.faults;
    EXPECT_THAT(found.report.risks, Contains(HasSubstr("names a policy that is not there")));
}

TEST(PermissionPolicy, MustHoldJsonWhereKeycloakHasIt) {
    EXPECT_THAT(read("type: client, config: { clients: 'a, b' }").faults,
                HasSubstr("config.clients: is no list in JSON"));
    EXPECT_THAT(read("type: client, config: { clients: '[7]' }").faults,
                HasSubstr("must be a list of strings in JSON"));
    EXPECT_THAT(read("type: client, logic: MAYBE").faults, HasSubstr("unknown value \"MAYBE\""));
}

TEST(PermissionPolicy, OfAProviderOrAClientThatIsGoneIsNamed) {
    const auto found = read(
        "type: client, config: { clients: '[\"target\"]' }",
        "    - { name: token-exchange.permission.idp.i1, type: scope, config: { applyPolicies: "
        "'[\"p\"]' } }\n"
        "    - { name: token-exchange.permission.client.u9, type: scope, config: { applyPolicies: "
        "'[\"p\"]' } }\n");
    EXPECT_THAT(found.report.risks, Contains(HasSubstr("identity provider")));
    EXPECT_THAT(found.report.risks, Contains(HasSubstr("a client that is not in the file")));
}

TEST(LegacyPermissions, AboutSomethingElseThanTheirNameSaysGrantNothing) {
    const auto outcome = read_realm_file(
        "realm: a\nkeycloakVersion: 22.0.0\n"
        "clients:\n"
        "- { id: u1, clientId: target, secret: s }\n"
        "- clientId: realm-management\n"
        "  bearerOnly: true\n"
        "  authorizationSettings:\n"
        "    policies:\n"
        "    - { name: p, type: client, config: { clients: '[\"target\"]' } }\n"
        "    - { name: token-exchange.permission.client.u1, type: scope, config: { resources: "
        "'[\"client.resource.u1\"]', scopes: '[\"view\"]', applyPolicies: '[\"p\"]' } }\n",
        "realm.yaml", {});
    ASSERT_TRUE(outcome.file) << all_of(outcome.faults);
    EXPECT_FALSE(outcome.file->realm.permissions);
}

TEST(LegacyPermissions, AreOnlyThoseThatLetSomebodyIn) {
    for (const char* version : {"18", "22"}) {
        const auto outcome = read_realm_file(
            read_repository_file("tests/data/keycloak/" + std::string(version) + "/acme.json"),
            "acme.json", {});
        ASSERT_TRUE(outcome.file) << all_of(outcome.faults);
        ASSERT_TRUE(outcome.file->realm.permissions);
        EXPECT_TRUE(outcome.file->realm.permissions->exchange.contains("billing-api"));
        EXPECT_FALSE(outcome.file->realm.permissions->guards_users);
    }
    const auto outcome =
        read_realm_file(read_repository_file("tests/data/keycloak/26/acme.json"), "acme.json", {});
    ASSERT_TRUE(outcome.file) << all_of(outcome.faults);
    EXPECT_FALSE(outcome.file->realm.permissions);
}

TEST(LegacyPermissions, OfUsersSayWhoMayBecomeWhom) {
    const auto outcome = read_realm_file(read_repository_file("tests/data/keycloak/bank/bank.json"),
                                         "bank.json", {});
    ASSERT_TRUE(outcome.file) << all_of(outcome.faults);
    const auto& permissions = outcome.file->realm.permissions;
    ASSERT_TRUE(permissions);
    EXPECT_TRUE(permissions->guards_users);
    EXPECT_TRUE(permissions->impersonate);
    EXPECT_TRUE(permissions->impersonated);
    EXPECT_FALSE(permissions->exchange.contains("t-empty"));
    EXPECT_FALSE(permissions->exchange.contains("t-none"));
}

}  // namespace
}  // namespace cambist::representation
