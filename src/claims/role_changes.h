// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/client.h"
#include "model/realm.h"
#include "model/role.h"

namespace cambist::claims {

inline constexpr std::string_view kHardcodedRoleMapper = "oidc-hardcoded-role-mapper";
inline constexpr std::string_view kRoleNameMapper = "oidc-role-name-mapper";

// A change that a mapper makes to the roles a token holds, before other mappers read them. The
// rights of the user are what they were: rules look at the user, never at a token.
struct RoleChange {
    std::optional<RoleRef> from;  // nothing: `to` is added whatever the user has
    RoleRef to;
};

// kConfigInvalid when a role is missing.
Result<RoleChange> make_role_change(const Realm& realm, const MapperConfig& config);

// Keycloak's order: new names first, then what is added. The result is sorted, each role once; it
// points into `roles` and `changes`.
void apply_role_changes(const std::vector<const RoleChange*>& changes,
                        std::vector<const RoleRef*>& roles);

}  // namespace cambist::claims
