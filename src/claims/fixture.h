// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "claims/claims.h"
#include "identity/resolve.h"
#include "json/parse.h"

// For the tests of this module: a realm as Keycloak makes it, and a person in it.
namespace cambist::claims::fixture {

using Config = std::map<std::string, std::string>;

inline Config everywhere(Config config) {
    for (const auto* key : {"id.token.claim", "access.token.claim", "userinfo.token.claim",
                            "introspection.token.claim"})
        config.emplace(key, "true");
    return config;
}

inline MapperConfig mapper(const std::string& type, Config config = {}) {
    return {type, type, "openid-connect", type, everywhere(std::move(config))};
}

inline ClientScope scope(std::string name, std::vector<MapperConfig> mappers = {}) {
    ClientScope made;
    made.id = name;
    made.name = std::move(name);
    made.mappers = std::move(mappers);
    return made;
}

inline Client client(std::string id) {
    Client made;
    made.id = id;
    made.client_id = ClientId(std::move(id));
    made.full_scope_allowed = true;
    made.default_scopes = {"basic", "profile", "email", "roles", "web-origins", "acr"};
    made.optional_scopes = {"phone", "offline_access"};
    return made;
}

inline Role role(std::string client, std::string name, std::vector<RoleRef> parts = {}) {
    Role made;
    made.ref = {std::move(client), std::move(name)};
    made.composites = std::move(parts);
    return made;
}

inline MapperConfig attribute(std::string attribute, std::string claim, Config more = {}) {
    more["user.attribute"] = std::move(attribute);
    more["claim.name"] = std::move(claim);
    return mapper("oidc-usermodel-attribute-mapper", std::move(more));
}

inline std::vector<ClientScope> builtin_scopes() {
    auto roles = scope(
        "roles",
        {mapper("oidc-usermodel-realm-role-mapper",
                {{"claim.name", "realm_access.roles"}, {"multivalued", "true"}}),
         mapper("oidc-usermodel-client-role-mapper",
                {{"claim.name", "resource_access.${client_id}.roles"}, {"multivalued", "true"}}),
         mapper("oidc-audience-resolve-mapper")});
    roles.include_in_token_scope = false;
    auto origins = scope("web-origins", {mapper("oidc-allowed-origins-mapper")});
    origins.include_in_token_scope = false;
    auto basic = scope(
        "basic", {mapper("oidc-sub-mapper"),
                  mapper("oidc-usersessionmodel-note-mapper", {{"user.session.note", "AUTH_TIME"},
                                                               {"claim.name", "auth_time"},
                                                               {"jsonType.label", "long"}})});
    basic.include_in_token_scope = false;
    auto acr = scope("acr", {mapper("oidc-acr-mapper")});
    acr.include_in_token_scope = false;
    auto offline = scope("offline_access");
    offline.scope_mappings = {{"", "offline_access"}};
    return {
        basic,
        scope("profile",
              {mapper("oidc-full-name-mapper"), attribute("username", "preferred_username"),
               attribute("firstName", "given_name"), attribute("lastName", "family_name"),
               attribute("locale", "locale")}),
        scope("email", {attribute("email", "email"), mapper("oidc-usermodel-property-mapper",
                                                            {{"user.attribute", "emailVerified"},
                                                             {"claim.name", "email_verified"},
                                                             {"jsonType.label", "boolean"}})}),
        roles,
        origins,
        acr,
        scope("phone", {attribute("phoneNumber", "phone_number")}),
        offline};
}

inline Realm realm() {
    Realm made;
    made.name = RealmName("demo");
    made.scopes = builtin_scopes();
    made.roles = {role("", "offline_access"), role("", "user"),
                  role("billing", "reader"),  role("billing", "writer", {{"billing", "reader"}}),
                  role("stock", "viewer"),    role("shop", "buyer"),
                  role("off", "ghost")};
    made.clients = {client("shop"), client("billing"), client("stock"), client("off")};
    made.clients.back().enabled = false;
    made.groups = {{"g1", "/staff", {{"team", {"blue"}}}, {}},
                   {"g2", "/staff/berlin", {{"city", {"Berlin"}}}, {}}};
    return made;
}

inline User alice() {
    User user;
    user.id = UserId("alice-id");
    user.username = "alice";
    user.email = "alice@example.com";
    user.email_verified = true;
    user.first_name = "Alice";
    user.last_name = "Liddell";
    user.roles = {{"", "user"},
                  {"billing", "writer"},
                  {"stock", "viewer"},
                  {"shop", "buyer"},
                  {"off", "ghost"}};
    return user;
}

// Compiles what was put together; its realm is indexed on the way.
class World {
  public:
    explicit World(Realm with = realm(), User user = alice()) {
        with.index();
        realm_ = std::make_shared<const Realm>(std::move(with));
        claims_ = RealmClaims::compile(realm_, notes);
        subject_ = identity::resolve_identity(*realm_, std::move(user));
    }
    const Client& client(std::string_view id) const { return *realm_->find_client(id); }
    const Identity& subject() const { return subject_; }
    const RealmClaims& claims() const { return *claims_; }

    Reach reach(std::string_view holder, const std::vector<std::string>& scopes = {},
                const std::vector<std::string>* filter = nullptr) const {
        return claims_->reach(client(holder), subject_, scopes, !scopes.empty(), filter);
    }
    ClaimRequest request(std::string_view holder, const std::vector<std::string>& scopes) const {
        ClaimRequest made;
        made.holder = &client(holder);
        made.subject = &subject_;
        made.client_scopes = &scopes;
        return made;
    }
    json::Value write(const ClaimRequest& request) const {
        auto written = json::Value::object();
        claims_->write(request, written);
        return written;
    }
    json::Value write(std::string_view holder, const std::vector<std::string>& scopes) const {
        return write(request(holder, scopes));
    }

    std::vector<Note> notes;

  private:
    std::shared_ptr<const Realm> realm_;
    std::shared_ptr<const RealmClaims> claims_;
    Identity subject_;
};

inline json::Value parsed(std::string_view text) { return json::parse(text).value(); }

}  // namespace cambist::claims::fixture
