// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "claims/claims.h"
#include "claims/mapper.h"
#include "claims/pairwise.h"
#include "claims/role_changes.h"

// What RealmClaims is made of.
namespace cambist::claims {

// Where a mapper's claim goes: one bit for each Destination, and one for lightweight access tokens.
using Destinations = std::uint8_t;
inline constexpr Destinations kLightweight = 1U << 5U;
constexpr Destinations bit_of(Destination destination) {
    return static_cast<Destinations>(1U << static_cast<unsigned>(destination));
}

struct CompiledMapper {
    std::unique_ptr<const Mapper> mapper;
    Destinations destinations = 0;
    bool is_of_organizations = false;
};

// The mappers of a client scope or a client.
struct MapperSet {
    std::vector<CompiledMapper> mappers;
    std::vector<std::string> audiences;     // that audience mappers add; no disabled client
    std::vector<std::string> id_audiences;  // the same for ID tokens
    std::vector<RoleChange> role_changes;
    bool resolves_audience = false;
    bool maps_organizations = false;
};

struct CompiledScope {
    const ClientScope* scope = nullptr;
    MapperSet mappers;
    std::vector<RoleRef> roles;  // its scope mappings, expanded; sorted
};

struct CompiledClient {
    const Client* client = nullptr;
    MapperSet mappers;
    std::vector<RoleRef> roles;  // its own and its scope mappings, expanded; sorted
    std::vector<const CompiledScope*> defaults;
    std::vector<const CompiledScope*> optionals;
    std::vector<std::string> web_origins;
    std::optional<Pairwise> pairwise;
    bool lightweight = false;
};

using ScopeList = std::vector<const CompiledScope*>;

struct RealmClaims::Parts {
    std::shared_ptr<const Realm> realm;
    // Keys view into the realm.
    std::unordered_map<std::string_view, CompiledScope> scopes;
    std::unordered_map<std::string_view, CompiledClient> clients;
    bool has_pairwise = false;
    bool has_lightweight = false;
    bool has_response_claims = false;

    const CompiledClient* find_client(const Client& client) const;
    const CompiledScope* find_scope(std::string_view name) const;
    // The same for a name as it is asked for: "organization:acme" is the scope organization.
    const CompiledScope* find_asked(std::string_view name) const;
    // The subject's roles that a token of this holder may hold, with these scopes; sorted. With
    // `clients`, client roles of those only. Never roles of a disabled client.
    std::vector<const RoleRef*> roles_of(const CompiledClient& holder, const ScopeList& effective,
                                         const Identity& subject,
                                         const std::vector<std::string>* clients) const;

  private:
    // What mappers add to these roles or rename.
    void change_roles(const CompiledClient& holder, const ScopeList& effective,
                      const std::vector<std::string>* clients,
                      std::vector<const RoleRef*>& roles) const;
};

// Compiles the mappers of one owner; `where` names it in notes.
MapperSet compile_mappers(const Realm& realm, const std::vector<MapperConfig>& mappers,
                          const std::string& where, std::vector<Note>& notes);
// RFC 6749 section 5, RFC 8693 section 2.2 and Keycloak's own: what the token endpoint says itself.
bool is_response_member(std::string_view name);
// The client's web origins; "+" stands for the origins of its redirect URIs.
std::vector<std::string> resolve_web_origins(const Client& client);

}  // namespace cambist::claims
