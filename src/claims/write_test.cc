// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "claims/fixture.h"

namespace cambist::claims {
namespace {

using fixture::attribute;
using fixture::Config;
using fixture::mapper;
using fixture::parsed;
using fixture::World;
using Names = std::vector<std::string>;

const Names kDefaults{"basic", "profile", "email", "roles", "web-origins", "acr"};

// What the client's own mappers alone write.
json::Value write_with(std::vector<MapperConfig> mappers, User user = fixture::alice()) {
    auto realm = fixture::realm();
    realm.clients[0].mappers = std::move(mappers);
    const Names none;
    return World(std::move(realm), std::move(user)).write("shop", none);
}

TEST(Write, MakesKeycloaksClaimsOfTheDefaultScopes) {
    const World world;
    auto request = world.request("shop", kDefaults);
    request.auth_time = 1700000000;
    EXPECT_EQ(world.write(request), parsed(R"({
        "auth_time": 1700000000, "acr": "1",
        "name": "Alice Liddell", "preferred_username": "alice", "given_name": "Alice",
        "family_name": "Liddell", "email": "alice@example.com", "email_verified": true,
        "realm_access": {"roles": ["user"]},
        "resource_access": {"billing": {"roles": ["reader", "writer"]},
                            "shop": {"roles": ["buyer"]}, "stock": {"roles": ["viewer"]}}})"));
}

TEST(Write, HoldsNoRoleOfAClientOutsideARestrictedAudience) {
    const World world;
    const Names audience{"billing"};
    auto request = world.request("shop", kDefaults);
    request.audience = &audience;
    request.audience_restricted = true;
    const auto claims = world.write(request);
    EXPECT_EQ(*claims.find("resource_access"),
              parsed(R"({"billing": {"roles": ["reader", "writer"]}})"));
    EXPECT_NE(claims.find("realm_access"), nullptr);
}

TEST(Write, LeavesOutRolesBeyondTheRoleScope) {
    auto realm = fixture::realm();
    realm.clients[0].full_scope_allowed = false;
    realm.clients[0].scope_mappings = {{"billing", "reader"}};
    const auto claims = World(realm).write("shop", kDefaults);
    EXPECT_EQ(*claims.find("resource_access"),
              parsed(R"({"billing": {"roles": ["reader"]}, "shop": {"roles": ["buyer"]}})"));
    EXPECT_EQ(claims.find("realm_access"), nullptr);
}

TEST(Write, MinimalClaimsAreNone) {
    const World world;
    auto request = world.request("shop", kDefaults);
    request.kind = ClaimsKind::kMinimal;
    EXPECT_EQ(world.write(request), json::Value::object());
}

TEST(Write, AListHoldsTheNamedClaimsOnly) {
    const World world;
    const Names names{"email", "realm_access", "absent"};
    auto request = world.request("shop", kDefaults);
    request.kind = ClaimsKind::kList;
    request.names = &names;
    EXPECT_EQ(world.write(request),
              parsed(R"({"email": "alice@example.com", "realm_access": {"roles": ["user"]}})"));
}

TEST(Write, EachDestinationHasItsSwitch) {
    const std::vector<std::pair<Destination, std::string>> switches{
        {Destination::kAccessToken, "access.token.claim"},
        {Destination::kIdToken, "id.token.claim"},
        {Destination::kUserinfo, "userinfo.token.claim"},
        {Destination::kIntrospection, "introspection.token.claim"}};
    auto realm = fixture::realm();
    for (const auto& [unused, only] : switches) {
        auto made = attribute("username", only);
        for (const auto& [also_unused, key] : switches)
            made.config[key] = key == only ? "true" : "false";
        made.config["claim.name"] = only.substr(0, only.find('.'));
        realm.clients[0].mappers.push_back(made);
    }
    const World world(realm);
    const Names none;
    for (const auto& [destination, only] : switches) {
        auto request = world.request("shop", none);
        request.destination = destination;
        const auto claims = world.write(request);
        EXPECT_EQ(claims.as_object().size(), 1U) << only;
        EXPECT_NE(claims.find(only.substr(0, only.find('.'))), nullptr) << only;
    }
}

TEST(Write, ALightweightTokenHoldsOnlyClaimsMarkedForIt) {
    auto realm = fixture::realm();
    realm.clients[0].mappers = {attribute("username", "a"),
                                attribute("username", "b", {{"lightweight.claim", "true"}})};
    const World world(realm);
    const Names none;
    auto request = world.request("shop", none);
    request.lightweight = true;
    EXPECT_EQ(world.write(request), parsed(R"({"b": "alice"})"));
    request.destination = Destination::kIntrospection;
    EXPECT_EQ(world.write(request), parsed(R"({"a": "alice", "b": "alice"})"));
}

TEST(Write, IntrospectionKeepsItsOwnMembers) {
    auto realm = fixture::realm();
    realm.clients[0].mappers = {attribute("email", "username")};
    const World world(realm);
    const Names none;
    auto request = world.request("shop", none);
    EXPECT_EQ(world.write(request), parsed(R"({"username": "alice@example.com"})"));
    request.destination = Destination::kIntrospection;
    EXPECT_EQ(world.write(request), json::Value::object());
}

TEST(Write, LeavesMembersThatAreAlreadyThere) {
    const World world;
    auto document = parsed(R"({"email": "as in the token"})");
    world.claims().write(world.request("shop", kDefaults), document);
    EXPECT_EQ(*document.find_string("email"), "as in the token");
    EXPECT_NE(document.find("name"), nullptr);
}

class ProtectedClaims : public testing::TestWithParam<const char*> {};

// An attribute that a user may edit, or a constant, must not become what the token rests on.
TEST_P(ProtectedClaims, CanNotBeWrittenByAMapper) {
    auto user = fixture::alice();
    user.attributes["evil"] = {"x"};
    const std::string name = GetParam();
    auto realm = fixture::realm();
    for (const auto& claim : {name, name + ".inner"}) {
        realm.clients[0].mappers.push_back(attribute("evil", claim));
        realm.clients[0].mappers.push_back(
            mapper("oidc-hardcoded-claim-mapper", {{"claim.name", claim}, {"claim.value", "x"}}));
        realm.clients[0].mappers.push_back(
            mapper("oidc-group-membership-mapper", {{"claim.name", claim}}));
    }
    const World world(realm, user);
    EXPECT_EQ(world.notes.size(), 6U);
    const Names none;
    EXPECT_EQ(world.write("shop", none), json::Value::object());
    EXPECT_TRUE(RealmClaims::is_protected(name));
}
INSTANTIATE_TEST_SUITE_P(All, ProtectedClaims,
                         testing::Values("iss", "sub", "aud", "azp", "client_id", "exp", "iat",
                                         "nbf", "jti", "sid", "typ", "scope", "cnf", "act",
                                         "may_act", "xid", "xp", "acr", "auth_time", "realm_access",
                                         "resource_access"),
                         [](const auto& row) { return std::string(row.param); });

TEST(Write, AClientNamedLikeAClaimWritesNoSuchClaim) {
    auto realm = fixture::realm();
    realm.clients.push_back(fixture::client("sub"));
    realm.roles.push_back(fixture::role("sub", "r"));
    realm.clients[0].mappers = {mapper("oidc-usermodel-client-role-mapper",
                                       {{"claim.name", "${client_id}"}, {"multivalued", "true"}})};
    auto user = fixture::alice();
    user.roles = {{"sub", "r"}, {"stock", "viewer"}};
    const Names none;
    EXPECT_EQ(World(realm, user).write("shop", none), parsed(R"({"stock": ["viewer"]})"));
}

TEST(AttributeMapper, WritesNestedNamesAndEscapedDots) {
    EXPECT_EQ(write_with({attribute("username", "a.b.c"), attribute("email", "a.b.d"),
                          attribute("username", R"(https://example\.com/name)")}),
              parsed(R"({"a": {"b": {"c": "alice", "d": "alice@example.com"}},
                         "https://example.com/name": "alice"})"));
}

// As Keycloak 26 splits them.
TEST(AttributeMapper, SplitsOddNamesAsKeycloakDoes) {
    EXPECT_EQ(write_with({attribute("username", R"(x\\y)"), attribute("username", ".lead.x"),
                          attribute("username", "gap..x"), attribute("username", "trail."),
                          attribute("username", R"(end\)")}),
              parsed(R"({"x\\y": "alice", ".lead.x": "alice", "gap": {".x": "alice"},
                         "trail": "alice", "end\\": "alice"})"));
}

struct TypeCase {
    const char* name;
    const char* type;
    const char* value;
    const char* expected;  // null: no claim
};
class JsonTypes : public testing::TestWithParam<TypeCase> {};

TEST_P(JsonTypes, AreWrittenOrLeftOut) {
    auto user = fixture::alice();
    user.attributes["x"] = {GetParam().value};
    const auto claims =
        write_with({attribute("x", "x", {{"jsonType.label", GetParam().type}})}, user);
    const auto* found = claims.find("x");
    ASSERT_EQ(found == nullptr, GetParam().expected == nullptr);
    if (found != nullptr) {
        EXPECT_EQ(found->to_text(), GetParam().expected);
    }
}
INSTANTIATE_TEST_SUITE_P(
    All, JsonTypes,
    testing::Values(TypeCase{"Text", "String", "a\"b", R"("a\"b")"},
                    TypeCase{"GreatestInt", "int", "2147483647", "2147483647"},
                    TypeCase{"IntBeyond32Bits", "int", "2147483648", nullptr},
                    TypeCase{"Long", "long", "2147483648", "2147483648"},
                    TypeCase{"LongBeyond64Bits", "long", "9223372036854775808", nullptr},
                    TypeCase{"NoNumber", "long", "12a", nullptr},
                    TypeCase{"WithASign", "int", "+5", "5"},
                    TypeCase{"WithTwoSigns", "int", "+-5", nullptr},
                    TypeCase{"True", "boolean", "True", "true"},
                    TypeCase{"False", "boolean", "yes", "false"},
                    TypeCase{"Json", "JSON", R"({"a": [1, null]})", R"({"a":[1,null]})"},
                    TypeCase{"JsonWithADuplicate", "JSON", R"({"a": 1, "a": 2})", nullptr},
                    TypeCase{"DeepJson", "JSON", "[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]",
                             "[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]"},
                    TypeCase{"TooDeepJson", "JSON", "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", nullptr},
                    TypeCase{"TwoJsonValues", "JSON", R"(1,"sub":"x")", nullptr}),
    [](const auto& row) { return row.param.name; });

TEST(AttributeMapper, WritesTheFirstValueOrAll) {
    auto user = fixture::alice();
    user.attributes["x"] = {"1", "2"};
    EXPECT_EQ(write_with({attribute("x", "one"), attribute("x", "all", {{"multivalued", "true"}}),
                          attribute("none", "none", {{"multivalued", "true"}})},
                         user),
              parsed(R"({"one": "1", "all": ["1", "2"]})"));
}

TEST(AttributeMapper, FillsAGapFromTheGroupsAndAggregatesOnRequest) {
    auto user = fixture::alice();
    user.groups = {"/staff/berlin"};
    EXPECT_EQ(write_with({attribute("team", "team"), attribute("city", "city")}, user),
              parsed(R"({"team": "blue", "city": "Berlin"})"));
    user.attributes["team"] = {"red", "blue"};
    const Config all{{"multivalued", "true"}, {"aggregate.attrs", "true"}};
    EXPECT_EQ(write_with({attribute("team", "own"), attribute("team", "all", all)}, user),
              parsed(R"({"own": "red", "all": ["red", "blue"]})"));
}

TEST(PropertyMapper, WritesWhatAUserHasAndNothingEmpty) {
    auto user = fixture::alice();
    user.email.clear();
    user.created_ms = 5;
    const auto property = [](const char* name, const char* type) {
        return mapper("oidc-usermodel-property-mapper",
                      {{"user.attribute", name}, {"claim.name", name}, {"jsonType.label", type}});
    };
    EXPECT_EQ(write_with({property("id", "String"), property("email", "String"),
                          property("enabled", "boolean"), property("createdTimestamp", "long")},
                         user),
              parsed(R"({"id": "alice-id", "enabled": true, "createdTimestamp": 5})"));
}

TEST(FullNameMapper, JoinsWhatThereIs) {
    auto user = fixture::alice();
    user.last_name.clear();
    EXPECT_EQ(write_with({mapper("oidc-full-name-mapper")}, user), parsed(R"({"name": "Alice"})"));
    user.first_name.clear();
    EXPECT_EQ(write_with({mapper("oidc-full-name-mapper")}, user), json::Value::object());
}

TEST(AddressMapper, ReadsConfiguredAttributes) {
    auto user = fixture::alice();
    user.attributes = {{"street", {"Mill Lane 1"}}, {"zip", {"10115"}}, {"country", {""}}};
    EXPECT_EQ(
        write_with({mapper("oidc-address-mapper", {{"user.attribute.postal_code", "zip"}})}, user),
        parsed(R"({"address": {"street_address": "Mill Lane 1", "postal_code": "10115"}})"));
}

TEST(GroupMapper, WritesPathsOrNames) {
    auto user = fixture::alice();
    user.groups = {"/staff/berlin", "/staff"};
    EXPECT_EQ(write_with({mapper("oidc-group-membership-mapper",
                                 {{"claim.name", "paths"}, {"full.path", "true"}}),
                          mapper("oidc-group-membership-mapper", {{"claim.name", "names"}})},
                         user),
              parsed(R"({"paths": ["/staff", "/staff/berlin"], "names": ["staff", "berlin"]})"));
    EXPECT_EQ(write_with({mapper("oidc-group-membership-mapper", {{"claim.name", "g"}})}),
              json::Value::object());
}

TEST(RoleMappers, PrefixMergeAndTheFirstAlone) {
    const Config into{{"claim.name", "groups"}, {"multivalued", "true"}};
    auto prefixed = into;
    prefixed["usermodel.clientRoleMapping.rolePrefix"] = "b:";
    prefixed["usermodel.clientRoleMapping.clientId"] = "billing";
    EXPECT_EQ(write_with({mapper("oidc-usermodel-realm-role-mapper", into),
                          mapper("oidc-usermodel-client-role-mapper", prefixed),
                          mapper("oidc-usermodel-realm-role-mapper", into),
                          mapper("oidc-usermodel-client-role-mapper",
                                 {{"claim.name", "text"},
                                  {"usermodel.clientRoleMapping.clientId", "billing"}})}),
              parsed(R"({"groups": ["user", "b:reader", "b:writer"], "text": "reader"})"));
}

TEST(HardcodedMapper, WritesItsValueWithItsType) {
    EXPECT_EQ(
        write_with(
            {mapper("oidc-hardcoded-claim-mapper",
                    {{"claim.name", "a"}, {"claim.value", "[1]"}, {"jsonType.label", "JSON"}}),
             mapper("oidc-hardcoded-claim-mapper", {{"claim.name", "b"}, {"claim.value", "x"}})}),
        parsed(R"({"a": [1], "b": "x"})"));
}

TEST(AllowedOriginsMapper, ExpandsPlusToTheOriginsOfRedirectUris) {
    auto realm = fixture::realm();
    auto& shop = realm.clients[0];
    shop.mappers = {mapper("oidc-allowed-origins-mapper")};
    shop.root_url = "https://root.example";
    shop.redirect_uris = {"https://shop.example/cb?x", "https://shop.example/*", "/relative",
                          "myapp://callback"};
    shop.web_origins = {"+", "https://other.example"};
    const Names none;
    EXPECT_EQ(World(realm).write("shop", none), parsed(R"({"allowed-origins":
        ["https://shop.example", "https://root.example", "https://other.example"]})"));
}

TEST(SessionMappers, ReadTheSession) {
    auto realm = fixture::realm();
    realm.clients[0].mappers = {mapper("oidc-session-state-mapper"), mapper("oidc-acr-mapper"),
                                mapper("oidc-amr-mapper")};
    const World world(realm);
    Session session;
    session.id = SessionId("s-1");
    session.started = 1600000000;
    session.auth_method = "password";
    session.acr = "2";
    const Names basic{"basic"};
    auto request = world.request("shop", basic);
    request.session = &session;
    EXPECT_EQ(world.write(request), parsed(R"({"session_state": "s-1", "acr": "2", "amr": ["pwd"],
                                               "auth_time": 1600000000})"));
    request.acr = "3";
    request.auth_time = 1;
    EXPECT_EQ(*world.write(request).find_string("acr"), "3");
    EXPECT_EQ(world.write(request).find("auth_time")->as_int64(), 1);
}

TEST(SessionMappers, ServiceAccountsTellTheirClientAndAddress) {
    const auto note = [](const char* name, const char* claim) {
        return mapper("oidc-usersessionmodel-note-mapper",
                      {{"user.session.note", name}, {"claim.name", claim}});
    };
    auto realm = fixture::realm();
    realm.clients[0].mappers = {note("client_id", "client_id"), note("clientId", "clientId"),
                                note("clientHost", "clientHost"),
                                note("clientAddress", "clientAddress")};
    auto account = fixture::alice();
    const Names none;
    EXPECT_EQ(World(realm, account).write("shop", none), json::Value::object());
    account.service_account_of = ClientId("shop");
    const World world(realm, account);
    EXPECT_TRUE(world.notes.empty());
    auto request = world.request("shop", none);
    request.client_address = "192.0.2.7";
    EXPECT_EQ(world.write(request), parsed(R"({"clientId": "shop", "clientHost": "192.0.2.7",
                                               "clientAddress": "192.0.2.7"})"));
}

}  // namespace
}  // namespace cambist::claims
