// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "claims/compiled.h"

namespace cambist::claims {

namespace {

constexpr std::string_view kOpenid = "openid";

bool contains(const std::vector<std::string>& list, std::string_view item) {
    return std::ranges::find(list, item) != list.end();
}

bool serves(const RoleRef& role, const std::vector<std::string>* clients) {
    return role.client.empty() || clients == nullptr || contains(*clients, role.client);
}

// Keycloak: a scope with role mappings is for users who have one of these roles; with an audience
// filter, one that serves the audience.
bool is_permitted(const CompiledScope& scope, const Identity& subject,
                  const std::vector<std::string>* filter) {
    return scope.scope->scope_mappings.empty() ||
           std::ranges::any_of(scope.roles, [&](const RoleRef& role) {
               return serves(role, filter) && subject.has_role(role);
           });
}

// The effective scopes of one request.
class Effective {
  public:
    Effective(const Realm& realm, const Identity& subject, const std::vector<std::string>* filter)
        : realm_(realm), subject_(subject), filter_(filter) {}

    void add(const CompiledScope& scope) {
        if (std::ranges::find(scopes, &scope) != scopes.end()) return;
        if (is_permitted(scope, subject_, filter_)) scopes.push_back(&scope);
    }
    void request(const CompiledClient& client, const std::string& name, Reach& reach) {
        const auto is_named = [&](const CompiledScope* scope) {
            return scope->scope->name == name;
        };
        const auto optional = std::ranges::find_if(client.optionals, is_named);
        if (optional != client.optionals.end() && !(*optional)->scope->is_parameterized()) {
            add(**optional);
        } else if (const auto* of = find_parameterized(client, name)) {
            add(*of);
            // One for all its values; what was asked for is named in full.
            if (std::ranges::find(scopes, of) != scopes.end()) named.push_back(name);
        } else if (name != kOpenid && std::ranges::none_of(client.defaults, is_named) &&
                   !request_organization(client, name)) {
            reach.unknown_scopes.push_back(name);
        }
    }
    void name(bool is_openid, Reach& reach) const {
        if (is_openid) reach.scopes.emplace_back(kOpenid);
        for (const auto* compiled : scopes) {
            const auto& scope = *compiled->scope;
            const bool is_asked = !organization_.empty() && compiled == organization_scope_;
            const auto& name = is_asked ? organization_ : scope.name;
            reach.client_scopes.push_back(name);
            const bool has_name = name != kOpenid && !scope.is_parameterized();
            if ((is_asked || scope.include_in_token_scope) && has_name)
                reach.scopes.push_back(name);
        }
    }

    ScopeList scopes;
    std::vector<std::string> named;  // of parameterized scopes, as they were asked for

  private:
    // "organization:acme" for a member, where the client has the scope organization.
    bool request_organization(const CompiledClient& client, const std::string& name) {
        const auto asked = find_organization_scope(realm_, name);
        if (!asked) return false;
        const auto& own = subject_.organizations;
        if (asked->kind == OrganizationScope::Kind::kNamed &&
            std::ranges::find(own, asked->alias) == own.end())
            return false;
        for (const auto* list : {&client.defaults, &client.optionals}) {
            const auto found = std::ranges::find(*list, asked->scope, &CompiledScope::scope);
            if (found == list->end()) continue;
            add(**found);
            organization_ = name;
            organization_scope_ = *found;
            return true;
        }
        return false;
    }

    // "process:7" is of the scope "process", "delegation:user:ben" of "delegation:user".
    static const CompiledScope* find_parameterized(const CompiledClient& client,
                                                   std::string_view name) {
        const auto is_of = [&](const CompiledScope* compiled) {
            const auto& scope = *compiled->scope;
            return scope.is_parameterized() && name.size() > scope.name.size() + 1 &&
                   name.starts_with(scope.name) && name[scope.name.size()] == ':';
        };
        for (const auto* list : {&client.optionals, &client.defaults}) {
            const auto found = std::ranges::find_if(*list, is_of);
            if (found != list->end()) return *found;
        }
        return nullptr;
    }

    const Realm& realm_;
    const Identity& subject_;
    const std::vector<std::string>* filter_;
    std::string organization_;  // how organization_scope_ was asked for
    const CompiledScope* organization_scope_ = nullptr;
};

// The distinct clients of sorted roles.
template <class Visit>
void visit_clients(const std::vector<const RoleRef*>& roles, const Visit& visit) {
    std::string_view last;
    for (const auto* role : roles) {
        if (role->client == last) continue;
        last = role->client;
        visit(last);
    }
}

}  // namespace

void RealmClaims::Parts::change_roles(const CompiledClient& holder, const ScopeList& effective,
                                      const std::vector<std::string>* clients_wanted,
                                      std::vector<const RoleRef*>& roles) const {
    std::vector<const RoleChange*> changes;
    const auto collect = [&](const MapperSet& set) {
        for (const auto& change : set.role_changes) changes.push_back(&change);
    };
    for (const auto* scope : effective) collect(scope->mappers);
    collect(holder.mappers);
    if (changes.empty()) return;
    apply_role_changes(changes, roles);
    std::erase_if(roles, [&](const RoleRef* role) {
        if (role->client.empty()) return false;
        const auto* registered = realm->find_client(role->client);
        return registered == nullptr || !registered->enabled || !serves(*role, clients_wanted);
    });
}

std::vector<const RoleRef*> RealmClaims::Parts::roles_of(
    const CompiledClient& holder, const ScopeList& effective, const Identity& subject,
    const std::vector<std::string>* clients_wanted) const {
    const auto is_allowed = [&](const RoleRef& role) {
        return holder.client->full_scope_allowed ||
               std::ranges::binary_search(holder.roles, role) ||
               std::ranges::any_of(effective, [&](const CompiledScope* scope) {
                   return std::ranges::binary_search(scope->roles, role);
               });
    };
    std::vector<const RoleRef*> roles;
    roles.reserve(subject.roles.size());
    std::string_view client;  // of the roles that are just being looked at: realm roles come first
    bool is_wanted = true;
    for (const auto& role : subject.roles) {
        if (role.client != client) {
            client = role.client;
            const auto* registered = realm->find_client(client);
            is_wanted =
                registered != nullptr && registered->enabled && serves(role, clients_wanted);
        }
        if (is_wanted && is_allowed(role)) roles.push_back(&role);
    }
    change_roles(holder, effective, clients_wanted, roles);
    return roles;
}

Reach RealmClaims::reach(const Client& holder, const Identity& subject,
                         const std::vector<std::string>& requested_scopes, bool has_scope,
                         const std::vector<std::string>* audience_filter) const {
    Reach reach;
    const auto* client = parts_->find_client(holder);
    if (client == nullptr) return reach;
    Effective effective(*parts_->realm, subject, audience_filter);
    for (const auto* scope : client->defaults) effective.add(*scope);
    if (has_scope) {
        for (const auto& name : requested_scopes) effective.request(*client, name, reach);
    }
    effective.name(has_scope && contains(requested_scopes, kOpenid), reach);
    for (auto& name : effective.named)
        if (!contains(reach.scopes, name)) reach.scopes.push_back(std::move(name));

    bool resolves = client->mappers.resolves_audience;
    const auto add = [&](std::string_view audience) {
        const bool is_wanted = audience_filter == nullptr || contains(*audience_filter, audience);
        if (is_wanted && !contains(reach.audiences, audience))
            reach.audiences.emplace_back(audience);
    };
    for (const auto* scope : effective.scopes) {
        for (const auto& audience : scope->mappers.audiences) add(audience);
        resolves = resolves || scope->mappers.resolves_audience;
    }
    for (const auto& audience : client->mappers.audiences) add(audience);
    if (resolves) {
        const auto roles = parts_->roles_of(*client, effective.scopes, subject, audience_filter);
        visit_clients(roles, [&](std::string_view id) {
            if (id != holder.client_id.text()) add(id);
        });
    }
    return reach;
}

}  // namespace cambist::claims
