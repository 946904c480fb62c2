// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <utility>

#include "claims/compiled.h"
#include "identity/resolve.h"

namespace cambist::claims {

namespace {

// Collects what is worth a note about the mappers of one owner.
struct Notes {
    const std::string& where;
    std::vector<Note>& notes;

    void add(const MapperConfig& config, std::string text) const {
        notes.push_back({where + ", mapper \"" + config.name + "\"", std::move(text)});
    }
};

Destinations destinations_of(const MapperConfig& config, bool on_by_default) {
    const auto is_set = [&](std::string_view key, bool absent) {
        const auto value = setting(config, key);
        return value.empty() ? absent : value == "true";
    };
    const bool id = is_set("id.token.claim", false);
    const bool access = is_set("access.token.claim", on_by_default);
    Destinations all = 0;
    if (access) all |= bit_of(Destination::kAccessToken);
    if (id) all |= bit_of(Destination::kIdToken);
    // Two switches that old versions did not have; these are Keycloak's readings of their absence.
    if (is_set("userinfo.token.claim", id)) all |= bit_of(Destination::kUserinfo);
    if (is_set("introspection.token.claim", access)) all |= bit_of(Destination::kIntrospection);
    if (is_set("lightweight.claim", false)) all |= kLightweight;
    return all;
}

void compile_audience(const Realm& realm, const MapperConfig& config, MapperSet& set,
                      const Notes& notes) {
    if (!is_on(config, "access.token.claim")) return;
    const auto client_id = setting(config, "included.client.audience");
    const auto custom = setting(config, "included.custom.audience");
    if (client_id.empty() && custom.empty()) {
        notes.add(config, "names no audience");
        return;
    }
    const auto audience = client_id.empty() ? custom : client_id;
    const auto* client = realm.find_client(audience);
    if (client == nullptr && !client_id.empty()) {
        notes.add(config,
                  "names the client \"" + std::string(client_id) + "\", which is not there");
        return;
    }
    if (client == nullptr || client->enabled) set.audiences.emplace_back(audience);
}

void compile_one(const Realm& realm, const MapperConfig& config, MapperSet& set,
                 const Notes& notes) {
    if (config.protocol != "openid-connect") return;
    if (config.type == kAudienceMapper) {
        compile_audience(realm, config, set, notes);
        return;
    }
    if (config.type == kAudienceResolveMapper) {
        if (setting(config, "access.token.claim") != "false") set.resolves_audience = true;
        return;
    }
    const auto* kind = find_mapper_kind(config.type);
    if (kind == nullptr) {
        notes.add(config, "mappers of type \"" + config.type +
                              "\" are not served: tokens are made without its claim");
        return;
    }
    auto made = kind->make(config);
    if (!made) {
        notes.add(config, made.error().hint + ": tokens are made without its claim");
        return;
    }
    if (*made != nullptr)
        set.mappers.push_back({*std::move(made), destinations_of(config, kind->on_by_default)});
}

using RolesByClient = std::map<std::string_view, std::vector<RoleRef>>;

RolesByClient group_roles(const Realm& realm) {
    RolesByClient roles;
    for (const auto& role : realm.roles) {
        if (!role.ref.client.empty()) roles[role.ref.client].push_back(role.ref);
    }
    return roles;
}

// Keycloak: a client's tokens may hold its own roles and those that are mapped to it.
std::vector<RoleRef> allowed_roles(const Realm& realm, const Client& client,
                                   const RolesByClient& roles) {
    if (client.full_scope_allowed) return {};
    auto all = client.scope_mappings;
    if (const auto own = roles.find(client.client_id.text()); own != roles.end())
        all.insert(all.end(), own->second.begin(), own->second.end());
    return identity::expand_roles(realm, all);
}

std::string origin_of(std::string_view uri) {
    const auto scheme = uri.find("://");
    if (scheme == std::string_view::npos || !uri.starts_with("http")) return {};
    return std::string(uri.substr(0, uri.find_first_of("/?#", scheme + 3)));
}

}  // namespace

MapperSet compile_mappers(const Realm& realm, const std::vector<MapperConfig>& mappers,
                          const std::string& where, std::vector<Note>& notes) {
    MapperSet set;
    for (const auto& config : mappers) compile_one(realm, config, set, {where, notes});
    return set;
}

std::vector<std::string> resolve_web_origins(const Client& client) {
    std::vector<std::string> origins;
    const auto add = [&](std::string origin) {
        if (!origin.empty() && std::ranges::find(origins, origin) == origins.end())
            origins.push_back(std::move(origin));
    };
    for (const auto& origin : client.web_origins) {
        if (origin != "+") {
            add(origin);
            continue;
        }
        for (const auto& uri : client.redirect_uris)
            add(origin_of(uri.starts_with('/') ? client.root_url : uri));
    }
    return origins;
}

std::shared_ptr<const RealmClaims> RealmClaims::compile(std::shared_ptr<const Realm> realm,
                                                        std::vector<Note>& notes) {
    auto parts = std::make_unique<Parts>();
    parts->scopes.reserve(realm->scopes.size());
    for (const auto& scope : realm->scopes) {
        if (scope.protocol != "openid-connect") continue;
        parts->scopes.emplace(
            scope.name,
            CompiledScope{
                &scope, compile_mappers(*realm, scope.mappers, "client scope " + scope.name, notes),
                identity::expand_roles(*realm, scope.scope_mappings)});
    }
    const auto find_scopes = [&](const std::vector<std::string>& names) {
        ScopeList found;
        for (const auto& name : names) {
            if (const auto* scope = parts->find_scope(name)) found.push_back(scope);
        }
        return found;
    };
    const auto roles = group_roles(*realm);
    parts->clients.reserve(realm->clients.size());
    for (const auto& client : realm->clients) {
        const auto& id = client.client_id.text();
        parts->clients.emplace(
            id,
            CompiledClient{&client, compile_mappers(*realm, client.mappers, "client " + id, notes),
                           allowed_roles(*realm, client, roles), find_scopes(client.default_scopes),
                           find_scopes(client.optional_scopes), resolve_web_origins(client)});
    }
    parts->realm = std::move(realm);
    return std::shared_ptr<const RealmClaims>(new RealmClaims(std::move(parts)));
}

RealmClaims::RealmClaims(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}
RealmClaims::~RealmClaims() = default;

bool RealmClaims::is_protected(std::string_view claim) { return is_protected_claim(claim); }

const CompiledClient* RealmClaims::Parts::find_client(const Client& client) const {
    const auto found = clients.find(client.client_id.text());
    return found == clients.end() ? nullptr : &found->second;
}

const CompiledScope* RealmClaims::Parts::find_scope(std::string_view name) const {
    const auto found = scopes.find(name);
    return found == scopes.end() ? nullptr : &found->second;
}

}  // namespace cambist::claims
