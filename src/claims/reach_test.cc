// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "claims/fixture.h"

namespace cambist::claims {
namespace {

using fixture::mapper;
using fixture::World;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;
using Names = std::vector<std::string>;

TEST(Reach, HoldsDefaultScopesAndNamesTheShownOnes) {
    const auto reach = World().reach("shop");
    EXPECT_THAT(reach.client_scopes,
                ElementsAre("basic", "profile", "email", "roles", "web-origins", "acr"));
    EXPECT_THAT(reach.scopes, ElementsAre("profile", "email"));
    EXPECT_THAT(reach.unknown_scopes, IsEmpty());
}

TEST(Reach, AddsRequestedOptionalScopesAndPutsOpenidFirst) {
    const auto reach = World().reach("shop", {"phone", "email", "openid"});
    EXPECT_THAT(reach.scopes, ElementsAre("openid", "profile", "email", "phone"));
    EXPECT_THAT(reach.client_scopes, Contains("phone"));
    EXPECT_THAT(reach.client_scopes, Not(Contains("openid")));
    EXPECT_THAT(reach.unknown_scopes, IsEmpty());
}

TEST(Reach, NamesScopesThatTheClientDoesNotHave) {
    auto realm = fixture::realm();
    realm.scopes.push_back(fixture::scope("unassigned"));
    const auto reach = World(realm).reach("shop", {"invoice:read", "unassigned", "phone"});
    EXPECT_THAT(reach.unknown_scopes, ElementsAre("invoice:read", "unassigned"));
    EXPECT_THAT(reach.scopes, Not(Contains("unassigned")));
}

TEST(Reach, DropsAScopeWhoseRolesTheSubjectLacks) {
    EXPECT_THAT(World().reach("shop", {"offline_access"}).scopes, Not(Contains("offline_access")));
    auto user = fixture::alice();
    user.roles.push_back({"", "offline_access"});
    EXPECT_THAT(World(fixture::realm(), user).reach("shop", {"offline_access"}).scopes,
                Contains("offline_access"));
}

TEST(Reach, ResolvesAudiencesFromRolesButNotTheHolderNorTheDisabled) {
    EXPECT_THAT(World().reach("shop").audiences, UnorderedElementsAre("billing", "stock"));
    EXPECT_THAT(World().reach("billing").audiences, UnorderedElementsAre("shop", "stock"));
}

TEST(Reach, AddsFixedAudiencesOnceAndNeverADisabledClient) {
    auto realm = fixture::realm();
    realm.clients[0].mappers = {
        mapper("oidc-audience-mapper", {{"included.client.audience", "billing"}}),
        mapper("oidc-audience-mapper", {{"included.client.audience", "off"}}),
        mapper("oidc-audience-mapper", {{"included.custom.audience", "urn:logical"}}),
        mapper("oidc-audience-mapper", {{"included.custom.audience", "off"}})};
    EXPECT_THAT(World(realm).reach("shop").audiences,
                UnorderedElementsAre("billing", "stock", "urn:logical"));
}

TEST(Reach, AnAudienceMapperThatIsOffForAccessTokensAddsNothing) {
    auto realm = fixture::realm();
    auto off = mapper("oidc-audience-mapper", {{"included.custom.audience", "urn:logical"},
                                               {"access.token.claim", "false"}});
    realm.clients[0].mappers = {off};
    EXPECT_THAT(World(realm).reach("shop").audiences, Not(Contains("urn:logical")));
}

TEST(Reach, AFilterNarrowsAudiencesAndNeverAdds) {
    const Names filter{"billing", "elsewhere", "off"};
    EXPECT_THAT(World().reach("shop", {}, &filter).audiences, ElementsAre("billing"));
}

TEST(Reach, AFilterDropsScopesThatServeNoneOfTheAudiences) {
    auto realm = fixture::realm();
    auto for_stock = fixture::scope("stock-access");
    for_stock.scope_mappings = {{"stock", "viewer"}};
    auto for_anybody = fixture::scope("realm-wide");
    for_anybody.scope_mappings = {{"stock", "viewer"}, {"", "user"}};
    realm.scopes.push_back(for_stock);
    realm.scopes.push_back(for_anybody);
    realm.clients[0].optional_scopes = {"stock-access", "realm-wide"};
    const World world(realm);
    const Names scopes{"stock-access", "realm-wide"};
    EXPECT_THAT(world.reach("shop", scopes).scopes, Contains("stock-access"));
    const Names billing{"billing"};
    EXPECT_THAT(world.reach("shop", scopes, &billing).scopes,
                ElementsAre("profile", "email", "realm-wide"));
    const Names stock{"stock"};
    EXPECT_THAT(world.reach("shop", scopes, &stock).scopes, Contains("stock-access"));
}

TEST(Reach, WithoutFullScopeOnlyMappedAndOwnRolesCount) {
    auto realm = fixture::realm();
    realm.clients[0].full_scope_allowed = false;
    EXPECT_THAT(World(realm).reach("shop").audiences, IsEmpty());
    realm.clients[0].scope_mappings = {{"billing", "writer"}};
    EXPECT_THAT(World(realm).reach("shop").audiences, ElementsAre("billing"));
}

TEST(Reach, AScopesRoleMappingsWidenTheRoleScopeWhileItIsEffective) {
    auto realm = fixture::realm();
    realm.clients[0].full_scope_allowed = false;
    auto billing = fixture::scope("billing-access");
    billing.scope_mappings = {{"billing", "writer"}};
    realm.scopes.push_back(billing);
    realm.clients[0].optional_scopes = {"billing-access"};
    const World world(realm);
    EXPECT_THAT(world.reach("shop").audiences, IsEmpty());
    EXPECT_THAT(world.reach("shop", {"billing-access"}).audiences, ElementsAre("billing"));
}

TEST(Reach, TakesAScopeWithAValueForWhatItIsAskedFor) {
    auto realm = fixture::realm();
    auto process = fixture::scope("process");
    process.attributes["is.dynamic.scope"] = "true";
    realm.scopes.push_back(process);
    realm.clients[0].optional_scopes.emplace_back("process");
    const World world(realm);
    const auto reach = world.reach("shop", {"process:7", "process:8"});
    EXPECT_THAT(reach.scopes, ElementsAre("profile", "email", "process:7", "process:8"));
    EXPECT_THAT(reach.client_scopes, Contains("process"));
    EXPECT_THAT(reach.unknown_scopes, IsEmpty());
    EXPECT_THAT(world.reach("shop", {"process", "process:", "proces:7", "process7"}).unknown_scopes,
                ElementsAre("process", "process:", "proces:7", "process7"));
    EXPECT_THAT(world.reach("shop").scopes, ElementsAre("profile", "email"));
}

TEST(Reach, AClientOfAnotherRealmReachesNothing) {
    const auto stranger = fixture::client("stranger");
    const World world;
    const auto reach = world.claims().reach(stranger, world.subject(), {}, false, nullptr);
    EXPECT_THAT(reach.audiences, IsEmpty());
    EXPECT_THAT(reach.client_scopes, IsEmpty());
}

TEST(Compile, NotesWhatHasNoEffect) {
    auto realm = fixture::realm();
    realm.clients[0].mappers = {
        mapper("oidc-sha256-pairwise-sub-mapper"),
        mapper("oidc-audience-mapper", {{"included.client.audience", "vanished"}}),
        mapper("oidc-audience-mapper"),
        mapper("oidc-usermodel-property-mapper",
               {{"user.attribute", "shoeSize"}, {"claim.name", "size"}}),
        mapper("oidc-usersessionmodel-note-mapper",
               {{"user.session.note", "broker"}, {"claim.name", "broker"}}),
        mapper("oidc-hardcoded-claim-mapper",
               {{"claim.name", "n"}, {"claim.value", "x"}, {"jsonType.label", "int"}}),
        mapper("oidc-hardcoded-claim-mapper",
               {{"claim.name", "a.b.c.d.e.f.g.h.i"}, {"claim.value", "x"}}),
        fixture::attribute("team", "team", {{"jsonType.label", "float"}})};
    const World world(realm);
    EXPECT_EQ(world.notes.size(), 8U);
    for (const auto& note : world.notes) EXPECT_THAT(note.where, testing::HasSubstr("client shop"));
    EXPECT_THAT(World().notes, IsEmpty());
}

}  // namespace
}  // namespace cambist::claims
