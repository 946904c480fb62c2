// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "claims/fixture.h"

// Every kind of mapper at every switch.
namespace cambist::claims {
namespace {

using fixture::Config;
using fixture::parsed;
using fixture::World;
using testing::ElementsAre;
using Names = std::vector<std::string>;

struct Place {
    const char* key;
    Destination destination;
    bool lightweight;
};
constexpr std::array<Place, 5> kPlaces{
    {{"access.token.claim", Destination::kAccessToken, false},
     {"id.token.claim", Destination::kIdToken, false},
     {"userinfo.token.claim", Destination::kUserinfo, false},
     {"introspection.token.claim", Destination::kIntrospection, false},
     {"lightweight.claim", Destination::kAccessToken, true}}};

struct Kind {
    const char* name;
    const char* type;
    Config config;
    const char* claim;
};
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

const Names kScopes{"basic"};

// A log-in of alice, who is in a group and has an address.
class EveryMapper : public testing::TestWithParam<Kind> {
  protected:
    // The claims at one place, the mapper having this configuration.
    static json::Value write(const Config& switches, const Place& place) {
        auto realm = fixture::realm();
        auto user = fixture::alice();
        user.groups = {"/staff"};
        user.attributes["street"] = {"Mill Lane 1"};
        auto& shop = realm.clients[0];
        shop.web_origins = {"https://shop.example"};
        MapperConfig mapper{"m", "m", "openid-connect", GetParam().type, GetParam().config};
        mapper.config.insert(switches.begin(), switches.end());
        shop.mappers = {mapper};
        const World world(realm, user);
        EXPECT_TRUE(world.notes.empty());
        Session session;
        session.id = SessionId("s-1");
        session.started = 1600000000;
        session.auth_method = "password";
        const Names none;
        auto request = world.request("shop", none);
        request.session = &session;
        request.destination = place.destination;
        request.lightweight = place.lightweight;
        return world.write(request);
    }
};

TEST_P(EveryMapper, WritesWhereItsSwitchIsOnAndNowhereElse) {
    for (const auto& on : kPlaces) {
        Config switches;
        for (const auto& place : kPlaces)
            switches[place.key] = on.key == place.key ? "true" : "false";
        for (const auto& place : kPlaces) {
            const auto claims = write(switches, place);
            EXPECT_EQ(claims.find(GetParam().claim) != nullptr, on.key == place.key)
                << on.key << " is on, " << place.key << ": " << claims.to_text();
        }
    }
}

// Keycloak's readings of switches that old versions did not have.
TEST_P(EveryMapper, UserinfoFollowsTheIdTokenAndIntrospectionTheAccessTokenWhenNotSaid) {
    const auto is_there = [](const Config& switches, const Place& place) {
        return write(switches, place).find(GetParam().claim) != nullptr;
    };
    const Config id{{"id.token.claim", "true"}, {"access.token.claim", "false"}};
    EXPECT_TRUE(is_there(id, kPlaces[2]));
    EXPECT_FALSE(is_there(id, kPlaces[3]));
    EXPECT_FALSE(is_there(id, kPlaces[4]));
    const Config access{{"access.token.claim", "true"}};
    EXPECT_FALSE(is_there(access, kPlaces[2]));
    EXPECT_TRUE(is_there(access, kPlaces[3]));
    EXPECT_FALSE(is_there(access, kPlaces[4]));
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryMapper,
    testing::Values(
        Kind{"Attribute",
             "oidc-usermodel-attribute-mapper",
             {{"user.attribute", "street"}, {"claim.name", "c"}},
             "c"},
        Kind{"Property",
             "oidc-usermodel-property-mapper",
             {{"user.attribute", "username"}, {"claim.name", "c"}},
             "c"},
        Kind{"FullName", "oidc-full-name-mapper", {}, "name"},
        Kind{"Address", "oidc-address-mapper", {}, "address"},
        Kind{"RealmRole", "oidc-usermodel-realm-role-mapper", {{"claim.name", "c"}}, "c"},
        Kind{"ClientRole", "oidc-usermodel-client-role-mapper", {{"claim.name", "c"}}, "c"},
        Kind{"Group", "oidc-group-membership-mapper", {{"claim.name", "c"}}, "c"},
        Kind{"Hardcoded",
             "oidc-hardcoded-claim-mapper",
             {{"claim.name", "c"}, {"claim.value", "v"}},
             "c"},
        Kind{"AllowedOrigins", "oidc-allowed-origins-mapper", {}, "allowed-origins"},
        Kind{"Acr", "oidc-acr-mapper", {}, "acr"}, Kind{"Amr", "oidc-amr-mapper", {}, "amr"},
        Kind{"SessionNote",
             "oidc-usersessionmodel-note-mapper",
             {{"user.session.note", "AUTH_TIME"}, {"claim.name", "c"}},
             "c"},
        Kind{"SessionState", "oidc-session-state-mapper", {}, "session_state"}),
    [](const auto& row) { return row.param.name; });

// As Keycloak: of these kinds only, and never a member that the answer has of its own.
TEST(Switches, HardcodedClaimsAndNotesMayStandBesideTheToken) {
    const auto of_kind = [](const char* type, const char* claim) {
        return MapperConfig{claim,
                            claim,
                            "openid-connect",
                            type,
                            {{"claim.name", claim},
                             {"claim.value", "v"},
                             {"user.attribute", "username"},
                             {"user.session.note", "AUTH_TIME"},
                             {"access.tokenResponse.claim", "true"}}};
    };
    constexpr auto kHardcoded = "oidc-hardcoded-claim-mapper";
    auto realm = fixture::realm();
    realm.clients[0].mappers = {of_kind(kHardcoded, "hard.coded"),
                                of_kind("oidc-usersessionmodel-note-mapper", "note"),
                                of_kind("oidc-usermodel-property-mapper", "property")};
    const auto beside = [](const World& world) {
        Session session;
        session.started = 1600000000;
        const Names none;
        auto request = world.request("shop", none);
        request.session = &session;
        request.destination = Destination::kTokenResponse;
        return world.write(request);
    };
    const World world(realm);
    EXPECT_TRUE(world.notes.empty());
    EXPECT_TRUE(world.claims().has_response_claims());
    EXPECT_EQ(beside(world), parsed(R"({"hard": {"coded": "v"}, "note": "1600000000"})"));

    realm.clients[0].mappers = {of_kind(kHardcoded, "token_type"), of_kind(kHardcoded, "error.x")};
    const World reserved(realm);
    EXPECT_EQ(reserved.notes.size(), 2U);
    EXPECT_EQ(beside(reserved), json::Value::object());
    realm.clients[0].mappers = {of_kind("oidc-usermodel-property-mapper", "property")};
    EXPECT_FALSE(World(realm).claims().has_response_claims());
}

// Exports of old versions have no switches for web origins and the resolved audience.
TEST(Switches, WebOriginsAreInAccessTokensUnlessSwitchedOff) {
    auto realm = fixture::realm();
    auto& shop = realm.clients[0];
    shop.web_origins = {"https://shop.example"};
    shop.mappers = {{"m", "m", "openid-connect", "oidc-allowed-origins-mapper", {}}};
    const Names none;
    EXPECT_EQ(World(realm).write("shop", none),
              parsed(R"({"allowed-origins": ["https://shop.example"]})"));
    shop.mappers[0].config["access.token.claim"] = "false";
    EXPECT_EQ(World(realm).write("shop", none), json::Value::object());
}

TEST(Switches, AudienceMappersServeAccessAndIdTokensApart) {
    auto realm = fixture::realm();
    const auto audience = [](const char* client, const char* key) {
        return MapperConfig{client,
                            client,
                            "openid-connect",
                            "oidc-audience-mapper",
                            {{"included.client.audience", client}, {key, "true"}}};
    };
    realm.clients[0].mappers = {
        audience("billing", "access.token.claim"), audience("stock", "id.token.claim"),
        audience("shop", "id.token.claim"), audience("off", "id.token.claim")};
    auto user = fixture::alice();
    user.roles.clear();
    const World world(realm, user);
    EXPECT_THAT(world.reach("shop").audiences, ElementsAre("billing"));
    EXPECT_THAT(world.claims().id_token_audience(world.client("shop"), {}), ElementsAre("stock"))
        << "never the holder twice, never a disabled client";
}

// Our own tokens are refused with another auth_time.
TEST(Authentication, AMapperWritesItsTimeAsAWholeNumberWhateverItIsSetTo) {
    auto realm = fixture::realm();
    Session session;
    session.started = 1600000000;
    const Names none;
    const auto written = [&](std::map<std::string, std::string> config, std::size_t notes) {
        config["user.session.note"] = "AUTH_TIME";
        config["access.token.claim"] = "true";
        realm.clients[0].mappers = {
            {"m", "m", "openid-connect", "oidc-usersessionmodel-note-mapper", std::move(config)}};
        const World world(realm);
        EXPECT_EQ(world.notes.size(), notes);
        auto request = world.request("shop", none);
        request.session = &session;
        return world.write(request).to_text();
    };
    const std::string whole = R"({"auth_time":1600000000})";
    EXPECT_EQ(written({{"claim.name", "auth_time"}, {"jsonType.label", "long"}}, 0), whole);
    for (const auto* type : {"", "String", "boolean", "JSON"})
        EXPECT_EQ(written({{"claim.name", "auth_time"}, {"jsonType.label", type}}, 1), whole);
    EXPECT_EQ(written({{"claim.name", "auth_time"}, {"multivalued", "true"}}, 1), whole);
    EXPECT_EQ(written({{"claim.name", "auth_time.x"}, {"jsonType.label", "long"}}, 1), "{}");
    EXPECT_EQ(written({{"claim.name", "at.x"}}, 0), R"({"at":{"x":"1600000000"}})");
}

// tokens/ writes what the requester of a hand-off stated.
TEST(Authentication, NoMapperWritesTheMethodsOfALogInThatWereStated) {
    auto realm = fixture::realm();
    realm.clients[0].mappers = {{"m",
                                 "m",
                                 "openid-connect",
                                 "oidc-hardcoded-claim-mapper",
                                 {{"claim.name", "amr"},
                                  {"claim.value", "v"},
                                  {"access.token.claim", "true"},
                                  {"userinfo.token.claim", "true"}}}};
    const World world(realm);
    Session session;
    const Names none;
    auto request = world.request("shop", none);
    request.session = &session;
    EXPECT_EQ(world.write(request), parsed(R"({"amr": "v"})"));
    session.auth_method = "amr:otp";
    EXPECT_EQ(world.write(request), json::Value::object());
    request.destination = Destination::kUserinfo;
    EXPECT_EQ(world.write(request), parsed(R"({"amr": "v"})"));
}

TEST(Switches, TellWhichClaimsOfAccessTokensIntrospectionShows) {
    auto realm = fixture::realm();
    const auto of = [](const char* type, const char* claim,
                       std::map<std::string, std::string> config) {
        config["claim.name"] = claim;
        config["claim.value"] = "v";
        return MapperConfig{claim, claim, "openid-connect", type, std::move(config)};
    };
    constexpr auto kHardcoded = "oidc-hardcoded-claim-mapper";
    realm.clients[0].mappers = {
        of(kHardcoded, "shown.x", {{"access.token.claim", "true"}}),
        of(kHardcoded, "kept.x",
           {{"access.token.claim", "true"}, {"introspection.token.claim", "false"}}),
        of(kHardcoded, "only", {{"introspection.token.claim", "true"}}),
        of(kHardcoded, "light", {{"lightweight.claim", "true"}}),
        of("oidc-usermodel-client-role-mapper", "${client_id}.roles",
           {{"access.token.claim", "true"}, {"introspection.token.claim", "false"}})};
    realm.clients.push_back(fixture::client("scope"));
    const World world(realm);
    const auto claims = [&](bool lightweight, bool shown) {
        return world.claims().access_claims(world.client("shop"), {}, lightweight, shown);
    };
    EXPECT_THAT(claims(false, true), ElementsAre("shown"));
    EXPECT_THAT(claims(false, false), ElementsAre("kept", "shop", "billing", "stock", "off"))
        << "never a claim of the minter's, whatever a client is called";
    EXPECT_THAT(claims(true, false), ElementsAre("light"));
}

TEST(Authentication, IsWrittenOnDemandWhateverTheMappersAre) {
    auto realm = fixture::realm();
    realm.clients[0].mappers = {};
    const World world(realm);
    Session session;
    session.started = 1600000000;
    const Names none;
    auto request = world.request("shop", none);
    request.session = &session;
    EXPECT_EQ(world.write(request), json::Value::object());
    request.with_authentication = true;
    EXPECT_EQ(world.write(request), parsed(R"({"auth_time": 1600000000, "acr": "1"})"));
    request.lightweight = true;
    EXPECT_EQ(world.write(request), parsed(R"({"auth_time": 1600000000, "acr": "1"})"));
}

}  // namespace
}  // namespace cambist::claims
