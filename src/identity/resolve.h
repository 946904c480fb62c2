// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "model/realm.h"
#include "model/user.h"

namespace cambist::identity {

// A user with everything that follows from the realm: effective roles (assigned directly, by the
// realm's default role, by groups and their ancestors, all composites expanded; sorted, each once).
// Roles, groups and organizations that the realm does not have are left out. A managed member of a
// disabled organization is disabled. Any thread.
Identity resolve_identity(const Realm& realm, User user);

// The roles and all they are composed of, sorted, each once; unknown roles are left out, cycles are
// harmless.
std::vector<RoleRef> expand_roles(const Realm& realm, const std::vector<RoleRef>& roles);

}  // namespace cambist::identity
