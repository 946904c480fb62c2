// SPDX-License-Identifier: Apache-2.0
#include "claims/organizations.h"

#include <algorithm>

#include "model/organization_login.h"

namespace cambist::claims {

std::vector<const Organization*> organizations_of(const Realm& realm, const Identity& subject,
                                                  const std::vector<std::string>& scopes,
                                                  std::string_view acr) {
    using Kind = OrganizationScope::Kind;
    const auto& own = subject.organizations;
    if (own.empty()) return {};
    std::vector<std::string> named;
    bool all = false;
    bool any = false;
    for (const auto& name : scopes) {
        const auto asked = find_organization_scope(realm, name);
        if (!asked) continue;
        all = all || asked->kind == Kind::kAll;
        any = any || asked->kind == Kind::kAny;
        if (asked->kind == Kind::kNamed) named.emplace_back(asked->alias);
    }
    std::vector<const Organization*> found;
    if (named.empty() && !all && !(any && own.size() == 1)) return found;
    for (const auto& alias : own) {
        if (!named.empty() && std::ranges::find(named, alias) == named.end()) continue;
        const auto* organization = realm.find_organization(alias);
        if (organization != nullptr && (!named.empty() || takes_login(*organization, acr)))
            found.push_back(organization);
    }
    return found;
}

}  // namespace cambist::claims
