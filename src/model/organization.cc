// SPDX-License-Identifier: Apache-2.0
#include "model/organization.h"

#include <algorithm>

#include "model/client.h"
#include "model/realm.h"
#include "model/user.h"

namespace cambist {

bool maps_organizations(const ClientScope& scope) {
    return std::ranges::find(scope.mappers, kOrganizationMapper, &MapperConfig::type) !=
           scope.mappers.end();
}

std::optional<OrganizationScope> find_organization_scope(const Realm& realm,
                                                         std::string_view name) {
    using Kind = OrganizationScope::Kind;
    if (const auto* scope = realm.find_scope(name)) {
        if (!maps_organizations(*scope)) return std::nullopt;
        return OrganizationScope{.scope = scope, .kind = Kind::kAny, .alias = {}};
    }
    const auto colon = name.find(':');
    if (colon == std::string_view::npos || colon + 1 == name.size()) return std::nullopt;
    const auto* scope = realm.find_scope(name.substr(0, colon));
    if (scope == nullptr || !maps_organizations(*scope)) return std::nullopt;
    const auto value = name.substr(colon + 1);
    if (value == "*") return OrganizationScope{.scope = scope, .kind = Kind::kAll, .alias = {}};
    return OrganizationScope{.scope = scope, .kind = Kind::kNamed, .alias = value};
}

bool covers_scope(const Realm& realm, const std::vector<std::string>& granted,
                  std::string_view wanted) {
    if (std::ranges::find(granted, wanted) != granted.end()) return true;
    const auto asked = find_organization_scope(realm, wanted);
    if (!asked || asked->kind != OrganizationScope::Kind::kNamed) return false;
    return std::ranges::find(granted, asked->scope->name + ":*") != granted.end();
}

std::string_view lost_organization(const Realm& realm, const std::vector<std::string>& scopes,
                                   const Identity& subject) {
    for (const auto& scope : scopes) {
        if (scope.find(':') == std::string::npos) continue;
        const auto asked = find_organization_scope(realm, scope);
        if (!asked || asked->kind != OrganizationScope::Kind::kNamed) continue;
        if (!std::ranges::binary_search(subject.organizations, asked->alias)) return asked->alias;
    }
    return {};
}

}  // namespace cambist
