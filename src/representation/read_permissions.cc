// SPDX-License-Identifier: Apache-2.0
// Keycloak's fine-grained admin permissions (version 1) in the resource server of realm-management:
// what they say about token exchange and impersonation becomes clauses, what can not be told here
// is a risk in the report, by its name.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "json/parse.h"
#include "model/permission.h"
#include "representation/permission_policies.h"
#include "representation/read_parts.h"

namespace cambist::representation {

namespace {

constexpr std::string_view kClientResource = "client.resource.";
constexpr std::string_view kExchange = "token-exchange";
constexpr std::string_view kUsers = "Users";

// A permission: which scopes of which resources it is about, and its policies.
struct Permission {
    Node node;
    std::string name;
    bool of_resources = false;  // type resource: every scope
    std::vector<std::string> resources;
    std::vector<std::string> scopes;
    std::string resource_type;
    std::vector<std::string> policies;

    bool covers(std::string_view resource, std::string_view type, std::string_view scope) const {
        const auto holds = [](const std::vector<std::string>& names, std::string_view wanted) {
            return std::ranges::find(names, wanted) != names.end();
        };
        const bool by_type = !resource_type.empty() && resource_type == type;
        if (of_resources) return by_type || holds(resources, resource);
        const bool of_any = resources.empty() && resource_type.empty();
        return holds(scopes, scope) && (of_any || by_type || holds(resources, resource));
    }
};

class ResourceServer {
  public:
    ResourceServer(const Node& settings, const Realm& realm)
        : settings_(settings), policies_(settings, realm) {
        static constexpr Word<Strategy> kStrategies[] = {{"UNANIMOUS", Strategy::kUnanimous},
                                                         {"AFFIRMATIVE", Strategy::kAffirmative},
                                                         {"CONSENSUS", Strategy::kUnanimous}};
        strategy_ = read_word(settings, "decisionStrategy", kStrategies, Strategy::kUnanimous);
        static constexpr Word<bool> kModes[] = {
            {"ENFORCING", true}, {"PERMISSIVE", true}, {"DISABLED", false}};
        is_enforcing_ = read_word(settings, "policyEnforcementMode", kModes, true);
        for (const auto& node : settings.list("policies")) add(node);
    }

    bool knows_resource(std::string_view name) const {
        const auto resources = settings_.list("resources");
        return std::ranges::any_of(resources,
                                   [&](const Node& one) { return one.text("name") == name; });
    }
    const Permission* find(std::string_view name) const {
        const auto found = std::ranges::find(permissions_, name, &Permission::name);
        return found == permissions_.end() ? nullptr : &*found;
    }
    const std::vector<Permission>& permissions() const { return permissions_; }
    bool is_enforcing() const { return is_enforcing_; }

    // All that is said about a scope of a resource, or null when nothing is.
    ClausePointer guard(std::string_view resource, std::string_view type, std::string_view scope) {
        std::vector<ClausePointer> parts;
        for (const auto& one : permissions_)
            if (!one.policies.empty() && one.covers(resource, type, scope))
                parts.push_back(clause_of(one));
        if (parts.empty()) return nullptr;
        if (!is_enforcing_) return unmapped(std::string(scope), "nothing is enforced");
        if (parts.size() == 1) return parts.front();
        return std::make_shared<const Clause>(Clause{
            .name = {}, .what = AggregateClause{.strategy = strategy_, .parts = std::move(parts)}});
    }

  private:
    void add(const Node& node) {
        const auto type = node.text("type");
        if (type != "scope" && type != "resource") return;
        const auto config = node.at("config");
        permissions_.push_back({.node = node,
                                .name = node.text("name"),
                                .of_resources = type == "resource",
                                .resources = read_names(config, "resources"),
                                .scopes = read_names(config, "scopes"),
                                .resource_type = config.text("defaultResourceType"),
                                .policies = read_names(config, "applyPolicies")});
    }
    ClausePointer clause_of(const Permission& permission) {
        AggregateClause all{.strategy = read_strategy(permission.node), .parts = {}};
        for (const auto& name : permission.policies)
            all.parts.push_back(policies_.find(name, permission.node));
        return std::make_shared<const Clause>(
            Clause{.name = permission.name, .what = std::move(all)});
    }

    Node settings_;
    PermissionPolicies policies_;
    Strategy strategy_ = Strategy::kUnanimous;
    bool is_enforcing_ = true;
    std::vector<Permission> permissions_;
};

const Client* find_by_id(const Realm& realm, std::string_view id) {
    const auto found = std::ranges::find(realm.clients, id, &Client::id);
    return found == realm.clients.end() ? nullptr : &*found;
}

// Without policies Keycloak lets nobody exchange.
void read_targets(ResourceServer& server, const Realm& realm, LegacyPermissions& out) {
    constexpr std::string_view kOfClient = "token-exchange.permission.client.";
    for (const auto& permission : server.permissions()) {
        const std::string_view name = permission.name;
        if (permission.policies.empty()) continue;
        if (!name.starts_with(kOfClient)) continue;
        const auto id = name.substr(kOfClient.size());
        const auto* client = find_by_id(realm, id);
        if (client == nullptr) {
            permission.node.risk("permission " + quoted(name) +
                                 " is about a client that is not in the file: it lets nobody in");
            continue;
        }
        const auto resource = std::string(kClientResource) + std::string(id);
        // A permission by that name that is about something else grants nothing.
        if (auto guard = server.guard(resource, "Client", kExchange))
            out.exchange[client->client_id.text()] = std::move(guard);
    }
}

// Who may come with tokens of an identity provider.
void read_providers(ResourceServer& server, const Node& root, const Realm& realm,
                    LegacyPermissions& out) {
    for (const auto& node : root.list("identityProviders")) {
        const auto alias = node.text("alias");
        if (node.text("internalId").empty() || realm.find_issuer(alias) == nullptr) continue;
        const auto resource = "idp.resource." + node.text("internalId");
        if (auto guard = server.guard(resource, "IdentityProvider", kExchange))
            out.issuers[alias] = std::move(guard);
    }
    constexpr std::string_view kOfProvider = "token-exchange.permission.idp.";
    for (const auto& permission : server.permissions()) {
        const std::string_view name = permission.name;
        if (permission.policies.empty() || !name.starts_with(kOfProvider)) continue;
        const auto id = name.substr(kOfProvider.size());
        const bool is_served =
            std::ranges::any_of(root.list("identityProviders"), [&](const Node& node) {
                return node.text("internalId") == id && out.issuers.contains(node.text("alias"));
            });
        if (!is_served)
            permission.node.risk("permission " + quoted(name) +
                                 " is about an identity provider whose tokens are not taken");
    }
}

void read_users_permissions(ResourceServer& server, LegacyPermissions& out) {
    out.guards_users = server.knows_resource(kUsers) && server.is_enforcing();
    if (!out.guards_users) return;
    out.impersonate = server.guard(kUsers, kUsers, "impersonate");
    const auto* named = server.find("user-impersonated.permission.users");
    if (named != nullptr && !named->policies.empty())
        out.impersonated = server.guard(kUsers, kUsers, "user-impersonated");
}

}  // namespace

void read_permissions(const Node& root, Realm& out) {
    const std::string_view manager =
        out.name.text() == "master" ? "master-realm" : "realm-management";
    for (const auto& client : root.list("clients")) {
        const auto settings = client.at("authorizationSettings");
        if (client.text("clientId") != manager || !settings.present()) continue;
        ResourceServer server(settings, out);
        LegacyPermissions found;
        read_targets(server, out, found);
        read_providers(server, root, out, found);
        read_users_permissions(server, found);
        if (found.exchange.empty() && found.issuers.empty() && !found.guards_users) return;
        if (!server.is_enforcing())
            settings.at("policyEnforcementMode")
                .risk(
                    "is DISABLED: Keycloak lets everybody exchange and impersonate; here nobody "
                    "may by these permissions");
        out.permissions = std::make_shared<const LegacyPermissions>(std::move(found));
        return;
    }
}

}  // namespace cambist::representation
