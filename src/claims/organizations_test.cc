// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "claims/fixture.h"

namespace cambist::claims {
namespace {

using fixture::Config;
using fixture::World;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

Organization organization(const char* alias, bool enabled = true) {
    Organization made;
    made.id = std::string(alias) + "-id";
    made.alias = made.name = alias;
    made.enabled = enabled;
    made.attributes = {{"tier", {"gold", "new"}}, {"id", {"not the real one"}}};
    return made;
}

Realm with_organizations(Config config = {}) {
    auto realm = fixture::realm();
    realm.organizations_enabled = true;
    realm.organizations = {organization("acme"), organization("bank"),
                           organization("closed", false), organization("partner")};
    realm.organizations[1].attributes["cambist.required.acr"] = {"gold"};
    realm.scopes.push_back(fixture::scope(
        "organization", {fixture::mapper("oidc-organization-membership-mapper", config)}));
    for (auto& client : realm.clients) client.optional_scopes.emplace_back("organization");
    return realm;
}

User member_of(std::vector<std::string> aliases) {
    auto user = fixture::alice();
    for (auto& alias : aliases) user.memberships.push_back({std::move(alias), false});
    return user;
}

std::string claim_of(const World& world, const std::string& scope, std::string_view acr = "1") {
    const std::vector<std::string> scopes{scope};
    auto request = world.request("shop", scopes);
    request.acr = acr;
    const auto written = world.write(request);
    const auto* claim = written.find("organization");
    return claim == nullptr ? "none" : claim->to_text();
}

TEST(Organizations, ScopeSaysWhichTheTokenNames) {
    const World world(with_organizations(), member_of({"acme", "bank", "closed", "partner"}));
    EXPECT_EQ(claim_of(world, "organization:acme"), R"(["acme"])");
    EXPECT_EQ(claim_of(world, "organization:*"), R"(["acme","partner"])");
    EXPECT_EQ(claim_of(world, "organization:*", "gold"), R"(["acme","bank","partner"])");
    EXPECT_EQ(claim_of(world, "organization"), "none") << "several: nobody is asked which";
    EXPECT_EQ(claim_of(world, "organization:closed"), "none");
    EXPECT_EQ(claim_of(world, "organization:elsewhere"), "none");
    EXPECT_EQ(claim_of(world, "profile"), "none");
}

TEST(Organizations, PlainScopeNamesTheOnlyOne) {
    const World world(with_organizations(), member_of({"partner"}));
    EXPECT_EQ(claim_of(world, "organization"), R"(["partner"])");
    const World nobody(with_organizations(), member_of({}));
    EXPECT_EQ(claim_of(nobody, "organization"), "none");
    EXPECT_EQ(claim_of(nobody, "organization:*"), "none");
}

struct Switches {
    const char* name;
    Config config;
    const char* expected;
};
class OrganizationSwitches : public testing::TestWithParam<Switches> {};

TEST_P(OrganizationSwitches, GiveTheFormThatKeycloaksDo) {
    const World world(with_organizations(GetParam().config), member_of({"acme"}));
    EXPECT_EQ(claim_of(world, "organization:acme"), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Organizations, OrganizationSwitches,
    testing::Values(Switches{"Nothing", {}, R"(["acme"])"},
                    Switches{"OneValue", {{"multivalued", "false"}}, R"("acme")"},
                    Switches{"Json", {{"jsonType.label", "JSON"}}, R"({"acme":{}})"},
                    Switches{"Id", {{"addOrganizationId", "true"}}, R"({"acme":{"id":"acme-id"}})"},
                    Switches{"Attributes",
                             {{"addOrganizationAttributes", "true"}, {"jsonType.label", "boolean"}},
                             R"({"acme":{"id":["not the real one"],"tier":["gold","new"]}})"},
                    Switches{"Both",
                             {{"addOrganizationAttributes", "true"}, {"addOrganizationId", "true"}},
                             R"({"acme":{"tier":["gold","new"],"id":"acme-id"}})"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Organizations, SwitchThatIsNotServedIsNoted) {
    const World world(with_organizations({{"addOrganizationDomain", "true"}}), member_of({"acme"}));
    ASSERT_EQ(world.notes.size(), 1U);
    EXPECT_EQ(claim_of(world, "organization:acme"), "none");
}

TEST(Organizations, MinimalTokenNamesItAndNothingElse) {
    const World world(with_organizations(), member_of({"acme"}));
    const std::vector<std::string> scopes{"organization:acme", "profile"};
    auto request = world.request("shop", scopes);
    request.kind = ClaimsKind::kMinimal;
    EXPECT_EQ(world.write(request).to_text(), R"({"organization":["acme"]})");
}

TEST(Organizations, AreReachedByMembersOfClientsWithTheScope) {
    const World world(with_organizations(), member_of({"acme", "closed"}));
    const auto reach = world.reach("shop", {"organization:acme"});
    EXPECT_THAT(reach.scopes, Contains("organization:acme"));
    EXPECT_THAT(reach.client_scopes, Contains("organization:acme"));
    EXPECT_THAT(reach.unknown_scopes, IsEmpty());
    for (const char* other : {"organization:closed", "organization:bank", "organization:x"})
        EXPECT_THAT(world.reach("shop", {other}).unknown_scopes, ElementsAre(other));
    auto realm = with_organizations();
    realm.clients.front().optional_scopes.pop_back();
    const World without(std::move(realm), member_of({"acme"}));
    EXPECT_THAT(without.reach("shop", {"organization:acme"}).unknown_scopes,
                ElementsAre("organization:acme"));
}

TEST(Organizations, NamedOneTakesThePlaceOfTheDefaultScope) {
    auto realm = with_organizations();
    realm.clients.front().optional_scopes.pop_back();
    realm.clients.front().default_scopes.emplace_back("organization");
    const World world(std::move(realm), member_of({"acme", "partner"}));
    const auto reach = world.reach("shop", {"organization:acme"});
    EXPECT_THAT(reach.scopes, Contains("organization:acme"));
    EXPECT_THAT(reach.scopes, Not(Contains("organization")));
    EXPECT_THAT(reach.client_scopes, Not(Contains("organization")));
}

}  // namespace
}  // namespace cambist::claims
