// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "model/realm.h"
#include "model/redirects.h"
#include "model/token_type.h"
#include "model/user.h"

namespace cambist {
namespace {

struct HostCase {
    const char* uri;
    const char* host;
};

TEST(Redirects, TheHostOfAUriIsReadWithoutPortAndUser) {
    for (const auto& [uri, host] :
         {HostCase{"https://a.example/cb", "a.example"},
          HostCase{"http://a.example:8080", "a.example"},
          HostCase{"https://u:p@a.example?x", "a.example"}, HostCase{"https://[::1]:8/x", "[::1]"},
          HostCase{"https://a.example#f", "a.example"}, HostCase{"myapp://cb", ""},
          HostCase{"/cb", ""}, HostCase{"https://", ""}, HostCase{"", ""}})
        EXPECT_EQ(host_of(uri), host) << uri;
}

TEST(Redirects, TheSectorIsTheOneHostOfAll) {
    Client client;
    EXPECT_EQ(sector_of(client), "");
    client.root_url = "https://a.example";
    client.redirect_uris = {"/cb", "https://a.example/x", "myapp://cb"};
    EXPECT_EQ(sector_of(client), "a.example");
    client.redirect_uris.emplace_back("https://b.example/x");
    EXPECT_EQ(sector_of(client), "");
}

TEST(TokenType, NamesAndUrnsAreReadBack) {
    for (const auto type : {TokenType::kAccessToken, TokenType::kRefreshToken, TokenType::kIdToken,
                            TokenType::kJwt, TokenType::kSaml1, TokenType::kSaml2}) {
        EXPECT_EQ(find_token_type(urn_of(type)), type);
        EXPECT_EQ(find_token_type_by_short_name(short_name_of(type)), type);
    }
    EXPECT_EQ(urn_of(TokenType::kSaml2), "urn:ietf:params:oauth:token-type:saml2");
    EXPECT_EQ(short_name_of(TokenType::kIdToken), "id_token");
}

TEST(TokenType, IsMatchedExactly) {
    EXPECT_FALSE(find_token_type("URN:ietf:params:oauth:token-type:jwt"));
    EXPECT_FALSE(find_token_type("jwt"));
    EXPECT_FALSE(find_token_type_by_short_name("urn:ietf:params:oauth:token-type:jwt"));
}

TEST(GrantType, NamesAreReadBack) {
    for (const auto grant : {GrantType::kTokenExchange, GrantType::kClientCredentials,
                             GrantType::kRefreshToken, GrantType::kPassword})
        EXPECT_EQ(find_grant_type(name_of(grant)), grant);
    EXPECT_EQ(name_of(GrantType::kPassword), "password");
    EXPECT_FALSE(find_grant_type("urn:ietf:params:oauth:grant-type:token_exchange"));
}

TEST(ClientAuthMethod, NamesAreReadBack) {
    for (const auto method : {ClientAuthMethod::kNone, ClientAuthMethod::kClientSecretBasic,
                              ClientAuthMethod::kClientSecretPost, ClientAuthMethod::kPrivateKeyJwt,
                              ClientAuthMethod::kClientSecretJwt, ClientAuthMethod::kTlsClientAuth,
                              ClientAuthMethod::kSelfSignedTlsClientAuth})
        EXPECT_EQ(find_client_auth_method(name_of(method)), method);
    EXPECT_EQ(name_of(ClientAuthMethod::kPrivateKeyJwt), "private_key_jwt");
    EXPECT_FALSE(find_client_auth_method("client-secret"));
}

TEST(RoleRef, IsWrittenAsItIsRead) {
    EXPECT_EQ(parse_role_ref("admin"), (RoleRef{"", "admin"}));
    EXPECT_EQ(parse_role_ref("shop:buyer"), (RoleRef{"shop", "buyer"}));
    EXPECT_EQ(parse_role_ref("shop:invoice:read"), (RoleRef{"shop", "invoice:read"}));
    EXPECT_EQ(parse_role_ref(":invoice:read"), (RoleRef{"", "invoice:read"}));
    for (const auto* text : {"admin", "shop:buyer", "shop:invoice:read", ":invoice:read"})
        EXPECT_EQ(to_text(parse_role_ref(text)), text);
}

TEST(RuleNames, AreThoseOfTheFile) {
    EXPECT_EQ(name_of(Mode::kSameSubject), "same-subject");
    EXPECT_EQ(name_of(Mode::kDelegation), "delegation");
    EXPECT_EQ(name_of(Mode::kSwitchSubject), "switch-subject");
    EXPECT_EQ(name_of(Binding::kHolder), "azp");
    EXPECT_EQ(name_of(Binding::kAny), "any");
}

TEST(Identity, IsInAGroupAndInItsAncestors) {
    Identity identity;
    identity.groups = {"/staff/berlin"};
    EXPECT_TRUE(identity.in_group("/staff/berlin"));
    EXPECT_TRUE(identity.in_group("/staff"));
    EXPECT_FALSE(identity.in_group("/sta"));
    EXPECT_FALSE(identity.in_group("/staff/berlin/north"));
    EXPECT_FALSE(identity.in_group("/staff/"));
}

TEST(Identity, HasARoleOfTheRealmOrOfAClient) {
    Identity identity;
    identity.roles = {{"", "admin"}, {"shop", "buyer"}};
    EXPECT_TRUE(identity.has_role({"", "admin"}));
    EXPECT_TRUE(identity.has_role({"shop", "buyer"}));
    EXPECT_FALSE(identity.has_role({"", "buyer"}));
}

TEST(Realm, FindsWhatWasIndexed) {
    Realm realm;
    realm.clients.resize(3);
    realm.clients[0].client_id = ClientId("shop");
    realm.clients[1].client_id = ClientId("api");
    realm.clients[1].resource_url = "https://api.example/";
    realm.clients[2].client_id = ClientId("other");
    realm.scopes.emplace_back().name = "profile";
    realm.roles.emplace_back().ref = {"", "admin"};
    realm.roles.emplace_back().ref = {"api", "admin"};
    realm.groups.emplace_back().path = "/staff";
    EXPECT_EQ(realm.find_client("shop"), nullptr);
    realm.index();
    EXPECT_EQ(realm.find_client("shop"), realm.clients.data());
    EXPECT_EQ(realm.find_client("Shop"), nullptr);
    EXPECT_EQ(realm.find_client_by_resource("https://api.example/"), &realm.clients[1]);
    EXPECT_EQ(realm.find_client_by_resource(""), nullptr);
    EXPECT_EQ(realm.find_scope("profile"), realm.scopes.data());
    EXPECT_EQ(realm.find_role({"", "admin"}), realm.roles.data());
    EXPECT_EQ(realm.find_role({"api", "admin"}), &realm.roles[1]);
    EXPECT_EQ(realm.find_group("/staff"), realm.groups.data());
    EXPECT_EQ(realm.find_group("staff"), nullptr);
}

}  // namespace
}  // namespace cambist
