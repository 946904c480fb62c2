// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "model/group_path.h"
#include "representation/read_parts.h"

namespace cambist::representation {

namespace {

void sort_unique(std::vector<RoleRef>& roles) {
    std::ranges::sort(roles);
    roles.erase(std::ranges::unique(roles).begin(), roles.end());
}

void read_role(const Node& node, const std::string& client, Once& once, Realm& out) {
    Role role;
    role.ref = {.client = client, .name = node.text("name")};
    if (role.ref.name.empty()) return node.fault("a role has no name", "add the key \"name\"");
    if (!once.is_new(node, "name", role.ref.name)) return;
    role.id = node.text("id");
    role.description = node.text("description");
    role.attributes = node.texts_map("attributes");
    role.composites = read_role_names(node.at("composites"), "realm", "client");
    out.roles.push_back(std::move(role));
}

void read_group(const Node& node, const std::string& parent, Once& once, Realm& out) {
    const auto name = node.text("name");
    if (name.empty()) return node.fault("a group has no name", "add the key \"name\"");
    // Else its path could be that of another one, whose name holds a slash.
    if (name.ends_with('~'))
        return node.at("name").fault(
            "the name of a group must not end with a tilde: " + quoted(name), "rename it");
    Group group;
    group.path = child_path(parent, name);
    if (!once.is_new(node, "name", group.path)) return;
    if (const auto path = node.text("path", group.path); path != group.path)
        node.at("path").fault("is not where the group stands: " + quoted(group.path),
                              "remove the key \"path\"");
    group.id = node.text("id");
    group.attributes = node.texts_map("attributes");
    group.roles = read_role_names(node, "realmRoles", "clientRoles");
    const auto path = group.path;
    out.groups.push_back(std::move(group));
    for (const auto& child : node.list("subGroups")) read_group(child, path, once, out);
}

// The roles that one mapping gives to a client or to a client scope.
void read_mapping(const Node& node, const std::string& owner, Realm& out) {
    std::vector<RoleRef> roles;
    for (const auto& [name, at] : node.text_nodes("roles")) {
        roles.push_back({.client = owner, .name = name});
        at.refer_role(roles.back());
    }
    const auto client_id = node.text("client");
    const auto scope_name = node.text("clientScope");
    if (client_id.empty() == scope_name.empty()) {
        if (!node.has("clientTemplate")) node.fault("must name either a client or a clientScope");
        return;
    }
    std::vector<RoleRef>* target = nullptr;
    if (!client_id.empty()) {
        node.at("client").refer(Named::kClient, client_id);
        for (auto& client : out.clients)
            if (client.client_id.text() == client_id) target = &client.scope_mappings;
    } else {
        node.at("clientScope").refer(Named::kScope, scope_name);
        for (auto& scope : out.scopes)
            if (scope.name == scope_name) target = &scope.scope_mappings;
    }
    if (target == nullptr) return;
    target->insert(target->end(), roles.begin(), roles.end());
    sort_unique(*target);
}

}  // namespace

std::vector<RoleRef> read_role_names(const Node& owner, std::string_view realm_key,
                                     std::string_view client_key) {
    std::vector<RoleRef> roles;
    for (const auto& [name, node] : owner.text_nodes(realm_key)) {
        roles.push_back({.client = {}, .name = name});
        node.refer_role(roles.back());
    }
    const auto clients = owner.at(client_key);
    for (const auto& [client, names] : clients.members()) {
        for (const auto& [name, node] : clients.text_nodes(client)) {
            roles.push_back({.client = client, .name = name});
            node.refer_role(roles.back());
        }
    }
    sort_unique(roles);
    return roles;
}

void read_roles(const Node& realm, Realm& out) {
    const auto roles = realm.at("roles");
    Once realm_roles("role");
    for (const auto& node : roles.list("realm")) read_role(node, {}, realm_roles, out);
    const auto clients = roles.at("client");
    for (const auto& [client, list] : clients.members()) {
        if (client.empty() || client.find('\0') != std::string::npos) {
            list.fault("roles of a client without a name");
            continue;
        }
        if (!list.value().is_array() || !list.value().as_array().empty())
            list.refer(Named::kClient, client);
        Once client_roles("role of client " + quoted(client));
        for (const auto& node : clients.list(client)) read_role(node, client, client_roles, out);
    }
    const auto default_role = realm.at("defaultRole");
    out.default_role = {.client = {}, .name = default_role.text("name")};
    if (!out.default_role.name.empty()) default_role.refer_role(out.default_role);
}

void read_groups(const Node& realm, Realm& out) {
    Once once("group");
    for (const auto& node : realm.list("groups")) read_group(node, {}, once, out);
    for (const auto& [path, node] : realm.text_nodes("defaultGroups")) {
        node.refer(Named::kGroup, path);
        out.default_groups.push_back(path);
    }
}

void read_scope_mappings(const Node& realm, Realm& out) {
    for (const auto& node : realm.list("scopeMappings")) read_mapping(node, {}, out);
    const auto owners = realm.at("clientScopeMappings");
    for (const auto& [owner, list] : owners.members()) {
        list.refer(Named::kClient, owner);
        for (const auto& node : owners.list(owner)) read_mapping(node, owner, out);
    }
}

}  // namespace cambist::representation
