// SPDX-License-Identifier: Apache-2.0
#include "representation/dangling.h"

#include <string>
#include <vector>

namespace cambist::representation {

void drop_dangling(Realm& realm) {
    std::erase_if(realm.roles, [&](const Role& role) {
        return !role.ref.client.empty() && realm.find_client(role.ref.client) == nullptr;
    });
    realm.index();
    const auto drop_roles = [&](std::vector<RoleRef>& roles) {
        std::erase_if(roles, [&](const RoleRef& role) { return realm.find_role(role) == nullptr; });
    };
    const auto drop_scopes = [&](std::vector<std::string>& scopes) {
        std::erase_if(scopes, [&](const auto& name) { return realm.find_scope(name) == nullptr; });
    };
    const auto drop_groups = [&](std::vector<std::string>& groups) {
        std::erase_if(groups, [&](const auto& path) { return realm.find_group(path) == nullptr; });
    };
    for (auto& role : realm.roles) drop_roles(role.composites);
    for (auto& group : realm.groups) drop_roles(group.roles);
    for (auto& scope : realm.scopes) drop_roles(scope.scope_mappings);
    for (auto& client : realm.clients) {
        drop_roles(client.scope_mappings);
        drop_scopes(client.default_scopes);
        drop_scopes(client.optional_scopes);
    }
    drop_scopes(realm.default_scopes);
    drop_scopes(realm.optional_scopes);
    drop_groups(realm.default_groups);
    realm.index();
}

}  // namespace cambist::representation
