// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <utility>

#include "claims/compiled.h"
#include "identity/resolve.h"
#include "model/issuer.h"

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

Destinations destinations_of(const MapperConfig& config, const MapperKind& kind) {
    const auto is_set = [&](std::string_view key, bool absent) {
        const auto value = setting(config, key);
        return value.empty() ? absent : value == "true";
    };
    const bool id = is_set("id.token.claim", false);
    const bool access = is_set("access.token.claim", kind.on_by_default);
    Destinations all = 0;
    if (access) all |= bit_of(Destination::kAccessToken);
    if (id) all |= bit_of(Destination::kIdToken);
    // Two switches that old versions did not have; these are Keycloak's readings of their absence.
    if (is_set("userinfo.token.claim", id)) all |= bit_of(Destination::kUserinfo);
    if (is_set("introspection.token.claim", access)) all |= bit_of(Destination::kIntrospection);
    if (is_set("lightweight.claim", false)) all |= kLightweight;
    if (kind.in_token_response && is_set("access.tokenResponse.claim", false))
        all |= bit_of(Destination::kTokenResponse);
    return all;
}

void compile_audience(const Realm& realm, const MapperConfig& config, MapperSet& set,
                      const Notes& notes) {
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
    if (client != nullptr && !client->enabled) return;
    if (is_on(config, "access.token.claim")) set.audiences.emplace_back(audience);
    if (is_on(config, "id.token.claim")) set.id_audiences.emplace_back(audience);
}

void compile_role_change(const Realm& realm, const MapperConfig& config, MapperSet& set,
                         const Notes& notes) {
    auto change = make_role_change(realm, config);
    if (!change) {
        notes.add(config, change.error().hint + ": it changes nothing");
        return;
    }
    if (realm.find_role(change->to) == nullptr)
        notes.add(config,
                  "writes the role \"" + to_text(change->to) + "\", which the realm does not have");
    set.role_changes.push_back(*std::move(change));
}

// Whether some trusted issuer's mapper makes a note of this name.
bool is_noted(const Realm& realm, std::string_view note) {
    using enum IssuerMapper::Kind;
    const auto makes = [note](const IssuerMapper& mapper) {
        return (mapper.kind == kNote && mapper.target == note) ||
               (mapper.kind == kNotes &&
                std::ranges::any_of(mapper.tests, [note](const IssuerMapper::Test& test) {
                    return std::ranges::find(test.claims, note) != test.claims.end();
                }));
    };
    return std::ranges::any_of(realm.issuers, [&](const auto& issuer) {
        return std::ranges::any_of(issuer->mappers, makes);
    });
}

// Of a mapper that works: what it does not do, or otherwise than it says.
void note_effects(const Realm& realm, const MapperConfig& config, Destinations destinations,
                  const Notes& notes) {
    const auto claim = setting(config, "claim.name");
    if (config.type == "oidc-usersessionmodel-note-mapper") {
        const auto note = setting(config, "user.session.note");
        if (!note.empty() && !is_own_note(note) && !is_noted(realm, note))
            notes.add(config, "sessions keep no note \"" + std::string(note) +
                                  "\": tokens are made without its claim");
        const auto type = setting(config, "jsonType.label");
        const bool is_whole = (type == "long" || type == "int") && !is_on(config, "multivalued");
        if (claim == "auth_time" && !is_whole)
            notes.add(config, "auth_time is a whole number of seconds, whatever jsonType.label is");
    }
    if ((destinations & bit_of(Destination::kTokenResponse)) != 0 &&
        is_response_member(claim.substr(0, claim.find('.'))))
        notes.add(config, "the answer has a member \"" + std::string(claim) +
                              "\" of its own: none is added beside the token");
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
    if (config.type == kHardcodedRoleMapper || config.type == kRoleNameMapper) {
        compile_role_change(realm, config, set, notes);
        return;
    }
    if (config.type == kPairwiseMapper) return;  // it is its client's: compile_pairwise
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
    if (*made == nullptr) return;
    const auto destinations = destinations_of(config, *kind);
    note_effects(realm, config, destinations, notes);
    const bool is_of_organizations = config.type == kOrganizationMapper;
    set.maps_organizations = set.maps_organizations || is_of_organizations;
    set.mappers.push_back({*std::move(made), destinations, is_of_organizations});
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

const MapperConfig* find_pairwise(const std::vector<MapperConfig>& mappers) {
    const auto found = std::ranges::find(mappers, kPairwiseMapper, &MapperConfig::type);
    return found == mappers.end() ? nullptr : &*found;
}

// The client's own mapper, else that of a default scope: an optional one would make the subject
// depend on the scope of the request.
std::optional<Pairwise> compile_pairwise(const Client& client, const ScopeList& defaults,
                                         const std::string& where, std::vector<Note>& notes) {
    const auto* config = find_pairwise(client.mappers);
    for (const auto* scope : defaults)
        if (config == nullptr) config = find_pairwise(scope->scope->mappers);
    if (config == nullptr) return std::nullopt;
    auto pairwise = make_pairwise(*config, client);
    if (pairwise) return *std::move(pairwise);
    Notes{where, notes}.add(*config, pairwise.error().hint + ": sub is the user's id");
    return std::nullopt;
}

bool writes_into_response(const MapperSet& set) {
    return std::ranges::any_of(set.mappers, [](const CompiledMapper& compiled) {
        return (compiled.destinations & bit_of(Destination::kTokenResponse)) != 0;
    });
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
        const auto where = "client " + id;
        auto& compiled =
            parts->clients
                .emplace(id, CompiledClient{&client,
                                            compile_mappers(*realm, client.mappers, where, notes),
                                            allowed_roles(*realm, client, roles),
                                            find_scopes(client.default_scopes),
                                            find_scopes(client.optional_scopes),
                                            resolve_web_origins(client),
                                            {},
                                            false})
                .first->second;
        const auto light = client.attributes.find("client.use.lightweight.access.token.enabled");
        compiled.lightweight = light != client.attributes.end() && light->second == "true";
        parts->has_lightweight = parts->has_lightweight || compiled.lightweight;
        compiled.pairwise = compile_pairwise(client, compiled.defaults, where, notes);
        parts->has_pairwise = parts->has_pairwise || compiled.pairwise.has_value();
        parts->has_response_claims =
            parts->has_response_claims || writes_into_response(compiled.mappers);
    }
    for (const auto& [name, scope] : parts->scopes)
        parts->has_response_claims =
            parts->has_response_claims || writes_into_response(scope.mappers);
    parts->realm = std::move(realm);
    return std::shared_ptr<const RealmClaims>(new RealmClaims(std::move(parts)));
}

RealmClaims::RealmClaims(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}
RealmClaims::~RealmClaims() = default;

std::optional<std::string> RealmClaims::pairwise_subject(const Client& client,
                                                         const UserId& user) const {
    if (!parts_->has_pairwise) return std::nullopt;
    const auto* compiled = parts_->find_client(client);
    if (compiled == nullptr || !compiled->pairwise) return std::nullopt;
    return compiled->pairwise->subject(user.text());
}

bool RealmClaims::is_lightweight(const Client& client) const {
    if (!parts_->has_lightweight) return false;
    const auto* compiled = parts_->find_client(client);
    return compiled != nullptr && compiled->lightweight;
}

bool RealmClaims::has_pairwise() const { return parts_->has_pairwise; }

bool RealmClaims::has_response_claims() const { return parts_->has_response_claims; }

std::vector<std::string> RealmClaims::id_token_audience(
    const Client& holder, const std::vector<std::string>& client_scopes) const {
    std::vector<std::string> audience;
    const auto add = [&](const std::vector<std::string>& names) {
        for (const auto& name : names)
            if (name != holder.client_id.text() &&
                std::ranges::find(audience, name) == audience.end())
                audience.push_back(name);
    };
    for (const auto& name : client_scopes)
        if (const auto* scope = parts_->find_asked(name)) add(scope->mappers.id_audiences);
    if (const auto* compiled = parts_->find_client(holder)) add(compiled->mappers.id_audiences);
    return audience;
}

bool RealmClaims::is_protected(std::string_view claim) { return is_protected_claim(claim); }

const CompiledClient* RealmClaims::Parts::find_client(const Client& client) const {
    const auto found = clients.find(client.client_id.text());
    return found == clients.end() ? nullptr : &found->second;
}

const CompiledScope* RealmClaims::Parts::find_scope(std::string_view name) const {
    const auto found = scopes.find(name);
    return found == scopes.end() ? nullptr : &found->second;
}

const CompiledScope* RealmClaims::Parts::find_asked(std::string_view name) const {
    if (const auto* scope = find_scope(name)) return scope;
    const auto colon = name.find(':');
    const auto* scope =
        colon == std::string_view::npos ? nullptr : find_scope(name.substr(0, colon));
    return scope != nullptr && scope->mappers.maps_organizations ? scope : nullptr;
}

}  // namespace cambist::claims
