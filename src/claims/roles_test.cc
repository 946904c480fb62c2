// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "claims/fixture.h"

// Mappers that change roles or the subject before other mappers read them.
namespace cambist::claims {
namespace {

using fixture::parsed;
using fixture::World;
using testing::ElementsAre;
using testing::HasSubstr;
using Names = std::vector<std::string>;

MapperConfig plain(const char* type, std::map<std::string, std::string> config) {
    return {"m", "m", "openid-connect", type, std::move(config)};
}
MapperConfig adds(const char* role) {
    return plain("oidc-hardcoded-role-mapper", {{"role", role}});
}
MapperConfig renames(const char* from, const char* to) {
    return plain("oidc-role-name-mapper", {{"role", from}, {"new.role.name", to}});
}

const Names kRoles{"roles"};

json::Value write(std::vector<MapperConfig> mappers) {
    auto realm = fixture::realm();
    realm.clients[0].mappers = std::move(mappers);
    return World(std::move(realm)).write("shop", kRoles);
}

TEST(HardcodedRole, IsInTheTokenWhateverTheUserHas) {
    const auto claims = write({adds("boss"), adds("billing.auditor"), adds("user")});
    EXPECT_EQ(*claims.find("realm_access"), parsed(R"({"roles": ["boss", "user"]})"));
    EXPECT_EQ(claims.find("resource_access")->find("billing")->to_text(),
              R"({"roles":["auditor","reader","writer"]})");
}

TEST(HardcodedRole, GivesNoRightsToTheUser) {
    auto realm = fixture::realm();
    realm.clients[0].mappers = {adds("billing.auditor")};
    const World world(std::move(realm));
    EXPECT_FALSE(world.subject().has_role({"billing", "auditor"}));
}

TEST(HardcodedRole, BringsItsClientIntoTheAudience) {
    auto realm = fixture::realm();
    auto user = fixture::alice();
    user.roles.clear();
    realm.clients[0].mappers = {adds("billing.auditor")};
    EXPECT_THAT(World(realm, user).reach("shop").audiences, ElementsAre("billing"));
}

TEST(HardcodedRole, OfADisabledOrUnknownClientIsNoRole) {
    const auto claims = write({adds("off.ghost"), adds("nobody.x")});
    EXPECT_EQ(claims.find("resource_access")->find("off"), nullptr);
    EXPECT_EQ(claims.find("resource_access")->find("nobody"), nullptr);
}

TEST(HardcodedRole, OfAClientOutsideARestrictedAudienceIsLeftOut) {
    auto realm = fixture::realm();
    realm.clients[0].mappers = {adds("stock.boss")};
    const World world(std::move(realm));
    const Names audience{"billing"};
    auto request = world.request("shop", kRoles);
    request.audience = &audience;
    request.audience_restricted = true;
    EXPECT_EQ(world.write(request).find("resource_access")->find("stock"), nullptr);
}

TEST(HardcodedRole, OfTheRealmMayHaveADotWhenNoClientIsCalledSo) {
    auto realm = fixture::realm();
    realm.roles.push_back(fixture::role("", "team.lead"));
    realm.clients[0].mappers = {adds("team.lead")};
    const auto claims = World(std::move(realm)).write("shop", kRoles);
    EXPECT_EQ(*claims.find("realm_access"), parsed(R"({"roles": ["team.lead", "user"]})"));
}

TEST(RoleName, TakesThePlaceOfTheRoleTheUserHas) {
    const auto claims = write({renames("user", "billing.member"), renames("billing.reader", "x"),
                               renames("absent", "never")});
    EXPECT_EQ(*claims.find("realm_access"), parsed(R"({"roles": ["x"]})"));
    EXPECT_EQ(claims.find("resource_access")->find("billing")->to_text(),
              R"({"roles":["member","writer"]})");
}

TEST(RoleName, ComesBeforeHardcodedRoles) {
    const auto claims = write({adds("user2"), renames("user2", "x"), renames("user", "user2")});
    EXPECT_EQ(*claims.find("realm_access"), parsed(R"({"roles": ["user2"]})"));
}

TEST(RoleChange, WithoutItsRoleChangesNothingAndIsNamed) {
    auto realm = fixture::realm();
    realm.clients[0].mappers = {plain("oidc-hardcoded-role-mapper", {}), renames("user", ""),
                                adds("ghost")};
    const World world(std::move(realm));
    ASSERT_EQ(world.notes.size(), 3U);
    EXPECT_THAT(world.notes[0].text, HasSubstr("role is missing"));
    EXPECT_THAT(world.notes[1].text, HasSubstr("new.role.name is missing"));
    EXPECT_THAT(world.notes[2].text, HasSubstr("\"ghost\", which the realm does not have"));
}

MapperConfig pairwise(std::string sector = {}) {
    auto made = plain("oidc-sha256-pairwise-sub-mapper", {{"pairwiseSubAlgorithmSalt", "salt"}});
    if (!sector.empty()) made.config["sectorIdentifierUri"] = std::move(sector);
    return made;
}

// The value is Keycloak 26's for this user, sector and salt.
TEST(PairwiseSubject, IsKeycloaks) {
    auto realm = fixture::realm();
    realm.clients[0].redirect_uris = {"https://rp.example/cb"};
    realm.clients[0].mappers = {pairwise()};
    const World world(std::move(realm));
    EXPECT_TRUE(world.claims().has_pairwise());
    EXPECT_EQ(world.claims().pairwise_subject(world.client("shop"),
                                              UserId("d062e981-fd5f-4eff-90b3-afa810a212d7")),
              "00635aeb-59a7-3066-abcc-c894ab812b88");
    EXPECT_EQ(world.claims().pairwise_subject(world.client("billing"), UserId("alice-id")),
              std::nullopt);
}

TEST(PairwiseSubject, IsSharedWithinASectorAndOfNoUseOutside) {
    auto realm = fixture::realm();
    realm.clients[0].redirect_uris = {"https://a.example/cb"};
    realm.clients[0].mappers = {pairwise()};
    realm.clients[1].redirect_uris = {"https://x.example/cb", "https://y.example/cb"};
    realm.clients[1].mappers = {pairwise("https://a.example/sector.json")};
    realm.clients[2].root_url = "https://b.example:8443";
    realm.clients[2].redirect_uris = {"/cb", "myapp://cb"};
    realm.clients[2].mappers = {pairwise()};
    const World world(std::move(realm));
    EXPECT_TRUE(world.notes.empty());
    const auto subject = [&](const char* client) {
        return world.claims().pairwise_subject(world.client(client), UserId("alice-id"));
    };
    EXPECT_EQ(subject("shop"), subject("billing"));
    EXPECT_NE(subject("shop"), subject("stock"));
    EXPECT_NE(subject("stock"), std::nullopt);
}

TEST(PairwiseSubject, OfADefaultScopeServesItsClientsAndOfAnOptionalOneNobody) {
    auto realm = fixture::realm();
    realm.scopes.push_back(fixture::scope("private", {pairwise("https://a.example")}));
    realm.clients[0].default_scopes.emplace_back("private");
    realm.clients[1].optional_scopes.emplace_back("private");
    const World world(std::move(realm));
    EXPECT_NE(world.claims().pairwise_subject(world.client("shop"), UserId("u")), std::nullopt);
    EXPECT_EQ(world.claims().pairwise_subject(world.client("billing"), UserId("u")), std::nullopt);
}

TEST(PairwiseSubject, OfAClientWithoutOneHostIsOfASectorOfItsOwn) {
    auto realm = fixture::realm();
    realm.clients[0].redirect_uris = {"https://x.example/cb", "https://y.example/cb"};
    realm.clients[0].mappers = {pairwise()};
    realm.clients[1].mappers = {pairwise()};
    const World world(std::move(realm));
    const auto subject = [&](const char* client) {
        return world.claims().pairwise_subject(world.client(client), UserId("alice-id"));
    };
    EXPECT_NE(subject("shop"), std::nullopt);
    EXPECT_NE(subject("billing"), std::nullopt);
    EXPECT_NE(subject("shop"), subject("billing"));
}

TEST(PairwiseSubject, WithoutASaltOrWithABadSectorIsNamed) {
    auto realm = fixture::realm();
    realm.clients[0].mappers = {pairwise("nowhere")};
    realm.clients[1].mappers = {plain("oidc-sha256-pairwise-sub-mapper", {})};
    const World world(std::move(realm));
    ASSERT_EQ(world.notes.size(), 2U);
    EXPECT_FALSE(world.claims().has_pairwise());
}

}  // namespace
}  // namespace cambist::claims
