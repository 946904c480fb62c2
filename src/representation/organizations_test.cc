// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "representation/realm_file.h"
#include "representation/test_files.h"

namespace cambist::representation {
namespace {

constexpr std::string_view kSound = R"(
realm: a
organizationsEnabled: true
users: [{ username: Ann }, { username: bob }]
organizations:
  - name: Partner
    enabled: false
    members: [{ username: ANN }]
  - name: Acme AG
    alias: acme
    description: the first
    domains: [{ name: acme.example, verified: true }]
    attributes: { tier: [gold] }
    members: [{ username: ann, membershipType: MANAGED }, { username: carl, membershipType: UNMANAGED }]
  - name: quiet
)";

TEST(Organizations, AreReadInOrderOfTheirAliases) {
    const auto outcome = read_realm_file(kSound, "r", {});
    ASSERT_TRUE(outcome.file) << all_of(outcome.faults);
    const auto& realm = outcome.file->realm;
    EXPECT_TRUE(realm.organizations_enabled);
    ASSERT_EQ(realm.organizations.size(), 3U);
    const auto* acme = realm.find_organization("acme");
    ASSERT_NE(acme, nullptr);
    EXPECT_EQ(acme->name, "Acme AG");
    EXPECT_EQ(acme->id.size(), 36U) << "one that follows from the file";
    EXPECT_EQ(acme->domains, std::vector<std::string>{"acme.example"});
    EXPECT_EQ(acme->attributes.at("tier"), std::vector<std::string>{"gold"});
    ASSERT_NE(realm.find_organization("Partner"), nullptr) << "without an alias the name is one";
    EXPECT_FALSE(realm.find_organization("Partner")->enabled);
}

TEST(Organizations, MembersAreGivenToTheUsersAndLeftOutOfTheRealm) {
    const auto outcome = read_realm_file(kSound, "r", {});
    ASSERT_TRUE(outcome.file);
    const auto& file = *outcome.file;
    const std::vector<Membership> expected{{"Partner", false}, {"acme", true}};
    EXPECT_EQ(file.users.front().memberships, expected);
    EXPECT_TRUE(file.users.at(1).memberships.empty());
    EXPECT_TRUE(file.members.stated.contains("acme"));
    EXPECT_FALSE(file.members.stated.contains("quiet")) << "the file does not speak of its members";
    EXPECT_TRUE(file.members.of_user.contains("carl"));
    const auto& list = file.canonical.find("organizations")->as_array();
    for (const auto& one : list) EXPECT_EQ(one.find("members"), nullptr);
    EXPECT_EQ(*list[1].find_string("description"), "the first") << "what is only kept stays";
}

TEST(Organizations, MembersAreWrittenAsTheyAreRead) {
    auto outcome = read_realm_file(kSound, "r", {});
    ASSERT_TRUE(outcome.file);
    auto realm = outcome.file->canonical;
    render_members(outcome.file->users, realm);
    const auto& list = realm.find("organizations")->as_array();
    EXPECT_EQ(list[0].find("members")->to_text(),
              R"([{"username":"ann","membershipType":"UNMANAGED"}])");
    EXPECT_EQ(list[1].find("members")->to_text(),
              R"([{"username":"ann","membershipType":"MANAGED"}])");
    EXPECT_EQ(list[2].find("members")->to_text(), "[]");
}

TEST(Organizations, StatedMembersReplaceAndOthersStay) {
    Members members;
    members.stated = {"acme"};
    members.of_user["ann"] = {{"acme", true}};
    User ann;
    ann.username = "ann";
    ann.memberships = {{"acme", false}, {"partner", false}};
    give_memberships(members, ann);
    EXPECT_EQ(ann.memberships, (std::vector<Membership>{{"acme", true}, {"partner", false}}));
    User bob;
    bob.username = "bob";
    bob.memberships = {{"acme", false}};
    give_memberships(members, bob);
    EXPECT_TRUE(bob.memberships.empty());
}

struct OrganizationFault {
    const char* name;
    std::string organizations;
    std::string expected;  // part of the faults
};
class OrganizationFaults : public testing::TestWithParam<OrganizationFault> {};

TEST_P(OrganizationFaults, AreNamed) {
    const auto text = "realm: a\norganizations: " + GetParam().organizations + "\n";
    const auto faults = all_of(read_realm_file(text, "r", {}).faults);
    EXPECT_NE(faults.find(GetParam().expected), std::string::npos) << faults;
}

INSTANTIATE_TEST_SUITE_P(
    Organizations, OrganizationFaults,
    testing::Values(
        OrganizationFault{"NoName", "[{ alias: a }]", "an organization has no name"},
        OrganizationFault{"AliasThatMeansAll", R"([{ name: a, alias: "*" }])", "is no alias"},
        OrganizationFault{"AliasOfTwoWords", "[{ name: a b }]", "is no alias"},
        OrganizationFault{"Twice", "[{ name: a }, { name: b, alias: a }]", "occurs twice"},
        OrganizationFault{"NameTwice", "[{ name: a }, { name: a, alias: b }]", "occurs twice"},
        OrganizationFault{"MemberTwice",
                          "[{ name: a, members: [{ username: x }, { username: X }] }]",
                          "occurs twice"},
        OrganizationFault{"MemberWithoutAName",
                          "[{ name: a, members: [{ membershipType: MANAGED }] }]",
                          "a member has no username"},
        OrganizationFault{"UnknownType",
                          "[{ name: a, members: [{ username: x, membershipType: OWNER }] }]",
                          "unknown value"},
        OrganizationFault{"UnknownKey", "[{ name: a, domain: x }]", "domain"}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace cambist::representation
