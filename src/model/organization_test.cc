// SPDX-License-Identifier: Apache-2.0
#include "model/organization.h"

#include <gtest/gtest.h>

#include "model/organization_login.h"
#include "model/realm.h"
#include "model/user.h"

namespace cambist {
namespace {

using Kind = OrganizationScope::Kind;

Realm make_realm() {
    Realm realm;
    for (const char* name : {"organization", "crm:read", "crm", "all:*", "organization:literal"})
        realm.scopes.emplace_back().name = name;
    realm.scopes.front().mappers.emplace_back().type = kOrganizationMapper;
    realm.index();
    return realm;
}

TEST(OrganizationScopes, AskForAnyForAllOrForOne) {
    const auto realm = make_realm();
    EXPECT_EQ(find_organization_scope(realm, "organization")->kind, Kind::kAny);
    EXPECT_EQ(find_organization_scope(realm, "organization:*")->kind, Kind::kAll);
    const auto one = find_organization_scope(realm, "organization:acme:eu");
    ASSERT_TRUE(one);
    EXPECT_EQ(one->kind, Kind::kNamed);
    EXPECT_EQ(one->alias, "acme:eu") << "split at the first colon";
    EXPECT_EQ(one->scope->name, "organization");
}

TEST(OrganizationScopes, OtherScopesAskForNone) {
    const auto realm = make_realm();
    for (const char* name : {"crm:read", "crm:write", "crm:*", "organization:",
                             "organization:literal", "organisation:acme", "", ":", "openid"})
        EXPECT_FALSE(find_organization_scope(realm, name)) << name;
}

TEST(OrganizationScopes, AllCoversEachOneAndNothingElse) {
    const auto realm = make_realm();
    EXPECT_TRUE(covers_scope(realm, {"organization:*"}, "organization:acme"));
    EXPECT_TRUE(covers_scope(realm, {"crm:read"}, "crm:read"));
    EXPECT_FALSE(covers_scope(realm, {"organization:acme"}, "organization:partner"));
    EXPECT_FALSE(covers_scope(realm, {"organization:acme"}, "organization:*"));
    EXPECT_FALSE(covers_scope(realm, {"organization"}, "organization:acme"));
    EXPECT_FALSE(covers_scope(realm, {"organization:*"}, "organization"));
    EXPECT_FALSE(covers_scope(realm, {"all:*", "crm:*"}, "all:other")) << "no star of other scopes";
    EXPECT_FALSE(covers_scope(realm, {"organization:*"}, "organization:literal"));
}

TEST(OrganizationScopes, LostIsTheFirstThatTheUserIsNotIn) {
    const auto realm = make_realm();
    Identity user;
    user.organizations = {"acme", "partner"};
    EXPECT_EQ(lost_organization(realm, {"openid", "organization", "organization:*"}, user), "");
    EXPECT_EQ(lost_organization(realm, {"organization:acme", "organization:partner"}, user), "");
    EXPECT_EQ(lost_organization(realm, {"organization:acme", "organization:x"}, user), "x");
    EXPECT_EQ(lost_organization(realm, {"crm:read"}, Identity{}), "");
}

TEST(OrganizationLogins, AnyLevelDoesUnlessSomeAreNamed) {
    Organization organization;
    EXPECT_TRUE(takes_login(organization, "1"));
    EXPECT_TRUE(takes_login(organization, ""));
    organization.attributes["cambist.required.acr"] = {"gold", "silver"};
    EXPECT_TRUE(takes_login(organization, "silver"));
    EXPECT_FALSE(takes_login(organization, "1"));
    EXPECT_FALSE(takes_login(organization, ""));
}

}  // namespace
}  // namespace cambist
