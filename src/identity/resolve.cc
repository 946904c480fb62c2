// SPDX-License-Identifier: Apache-2.0
#include "identity/resolve.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>
#include <utility>

#include "model/group_path.h"

namespace cambist::identity {

namespace {

// Collects roles with all they are composed of. Every role is entered once, so cycles end.
class Expansion {
  public:
    explicit Expansion(const Realm& realm) : realm_(realm) {}

    void add(const std::vector<RoleRef>& roles) {
        for (const auto& role : roles) add(role);
    }

    // An explicit stack: a realm file may nest composites as deep as it likes.
    void add(const RoleRef& first) {
        std::vector<const RoleRef*> open{&first};
        while (!open.empty()) {
            const auto* role = realm_.find_role(*open.back());
            open.pop_back();
            if (role == nullptr || !seen_.insert(&role->ref).second) continue;
            for (const auto& part : role->composites) open.push_back(&part);
        }
    }

    std::vector<RoleRef> take() {
        std::vector<RoleRef> roles;
        roles.reserve(seen_.size());
        for (const auto* role : seen_) roles.push_back(*role);
        return roles;
    }

  private:
    struct Before {
        bool operator()(const RoleRef* a, const RoleRef* b) const { return *a < *b; }
    };
    const Realm& realm_;
    std::set<const RoleRef*, Before> seen_;
};

// The group and its ancestors: "/a/b" gives "/a/b" and "/a".
template <class Visit>
void visit_groups(const Realm& realm, std::string_view path, const Visit& visit) {
    while (!path.empty()) {
        if (const auto* group = realm.find_group(path)) visit(*group);
        path = parent_path(path);
    }
}

// As Keycloak: a managed member has no account where his organization is switched off.
void resolve_organizations(const Realm& realm, User& user, Identity& identity) {
    if (!realm.organizations_enabled) return;
    for (const auto& membership : user.memberships) {
        const auto* organization = realm.find_organization(membership.organization);
        if (organization == nullptr) continue;
        auto& aliases =
            organization->enabled ? identity.organizations : identity.disabled_organizations;
        aliases.push_back(membership.organization);
        if (membership.managed && !organization->enabled) user.enabled = false;
    }
    std::ranges::sort(identity.organizations);
    std::ranges::sort(identity.disabled_organizations);
}

}  // namespace

Identity resolve_identity(const Realm& realm, User user) {
    Expansion roles(realm);
    roles.add(user.roles);
    if (!realm.default_role.name.empty()) roles.add(realm.default_role);
    Identity identity;
    for (const auto& path : user.groups) {
        if (realm.find_group(path) == nullptr) continue;
        identity.groups.push_back(path);
        visit_groups(realm, path, [&](const Group& group) { roles.add(group.roles); });
    }
    std::ranges::sort(identity.groups);
    const auto twice = std::ranges::unique(identity.groups);
    identity.groups.erase(twice.begin(), twice.end());
    resolve_organizations(realm, user, identity);
    identity.roles = roles.take();
    identity.user = std::make_shared<const User>(std::move(user));
    return identity;
}

std::vector<RoleRef> expand_roles(const Realm& realm, const std::vector<RoleRef>& roles) {
    Expansion expansion(realm);
    expansion.add(roles);
    return expansion.take();
}

}  // namespace cambist::identity
